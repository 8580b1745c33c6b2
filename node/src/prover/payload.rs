//! Where inputs go and results come from.

use std::path::{Path, PathBuf};

use chinampa_jobs::{
    JobId, JobInputs, JobResult, ObjectKind, ObjectScheme, ProofLocation, ProofUri, limits, object_path,
};

/// Where inputs are put for agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadStore {
    /// In the job itself.
    Inline,
    /// In a folder that nodes and agents share under the same path.
    Folder(PathBuf),
}

/// Why a payload cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The text or the bytes are not what they should be.
    #[error(transparent)]
    Format(#[from] chinampa_jobs::Error),
    /// A place that this node does not read from.
    #[error("{uri:?} is outside of the proof store {store:?}")]
    Place {
        /// The place.
        uri: ProofUri,
        /// The store.
        store: PayloadStore,
    },
    /// The file system refused.
    #[error("cannot {op} {path:?}")]
    File {
        /// What was tried.
        op: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// More than a result can be.
    #[error("{path:?} has {actual} bytes, at most {limit} are read")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
        /// Its size in bytes.
        actual: u64,
    },
}

impl PayloadStore {
    /// Puts inputs where agents find them. A file is whole or not there; one that is there is not written again,
    /// because its name has the hash of its contents.
    ///
    /// # Errors
    /// [`PayloadError`]
    pub fn save_inputs(&self, id: &JobId, inputs: &JobInputs) -> Result<ProofUri, PayloadError> {
        let Self::Folder(folder) = self else { return Ok(inputs.to_inline_uri()?) };
        let path = folder.join(object_path(ObjectKind::Inputs, inputs.request_type(), id)?);
        let uri = format!("{}{}", ObjectScheme::File.prefix(), path.display()).parse()?;
        if !path.exists() {
            write(&path, inputs.buffer())?;
        }
        Ok(uri)
    }

    /// Reads a result.
    ///
    /// # Errors
    /// [`PayloadError`]
    pub fn load_result(&self, uri: &ProofUri) -> Result<JobResult, PayloadError> {
        let object = match uri.location()? {
            ProofLocation::Inline(_) => return Ok(JobResult::from_inline_uri(uri)?),
            ProofLocation::Object(object) => object,
        };
        let outside = || PayloadError::Place { uri: uri.clone(), store: self.clone() };
        let Self::Folder(folder) = self else { return Err(outside()) };
        if object.scheme != ObjectScheme::File || !object.bucket.is_empty() {
            return Err(outside());
        }
        // Segments such as `..` were refused when the URI was read.
        let path = Path::new("/").join(object.key);
        if !path.starts_with(folder) {
            return Err(outside());
        }
        let failed = |source| PayloadError::File { op: "read", path: path.clone(), source };
        let (actual, limit) = (path.metadata().map_err(failed)?.len(), limits::MAX_RESULT_JSON_LEN as u64);
        if actual > limit {
            return Err(PayloadError::TooLong { path, limit, actual });
        }
        Ok(JobResult::from_json(&std::fs::read(&path).map_err(failed)?)?)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PayloadError> {
    let failed = |op| move |source| PayloadError::File { op, path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    std::fs::write(&partial, bytes).map_err(failed("write"))?;
    std::fs::rename(&partial, path).map_err(failed("rename"))
}
