//! Where inputs are read and results written: inside the URI, or in a folder.
//!
//! # Sources
//! `InlineProofStore` and `FileStoreProofStore` of `@aztec/prover-client` 4.1.2.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chinampa_jobs::limits::MAX_INPUTS_LEN;
use chinampa_jobs::{
    JobId, JobInputs, JobResult, ObjectKind, ObjectScheme, ProofLocation, ProofUri, RequestType, object_path,
};
use flate2::read::GzDecoder;

/// First bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why an object cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URI or the object is not one of a job. Every agent would say so.
    #[error("{0}")]
    Object(#[from] chinampa_jobs::Error),
    /// The URI points into a kind of store that this agent does not have.
    #[error("{scheme} is not a store that this agent reads")]
    Scheme {
        /// Start of the URI.
        scheme: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether another attempt, here or elsewhere, may do better.
    pub fn is_temporary(&self) -> bool {
        !matches!(self, Self::Object(_))
    }
}

/// Where results go. Inputs are read from wherever their URI points.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum ProofStore {
    /// Into the URI itself.
    #[default]
    Inline,
    /// Into files below this folder.
    Folder(PathBuf),
}

impl ProofStore {
    /// The inputs at `uri`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn read_inputs(&self, uri: &ProofUri) -> Result<JobInputs, StoreError> {
        let location = match uri.location()? {
            ProofLocation::Inline(payload) => return Ok(JobInputs::from_json(payload.decode()?.as_bytes())?),
            ProofLocation::Object(location) => location,
        };
        if location.scheme != ObjectScheme::File || !location.bucket.is_empty() {
            return Err(StoreError::Scheme { scheme: location.scheme.prefix() });
        }
        let request_type = location.request_type()?;
        let path = Path::new("/").join(location.key);
        let bytes = read(&path).map_err(|source| StoreError::File { path, source })?;
        Ok(JobInputs::from_buffer(request_type, bytes)?)
    }

    /// Writes a result and returns where it is.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn write_result(
        &self,
        id: &JobId,
        request_type: RequestType,
        result: &JobResult,
    ) -> Result<ProofUri, StoreError> {
        let Self::Folder(folder) = self else { return Ok(result.to_inline_uri()?) };
        let path = folder.join(object_path(ObjectKind::Outputs, request_type, id)?);
        write(&path, result.to_json().as_bytes())
            .map_err(|source| StoreError::File { path: path.clone(), source })?;
        Ok(format!("file://{}", path.display()).parse()?)
    }
}

/// A file of inputs, decompressed if it is gzip. One byte more than the limit is read, so that the decoder refuses it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let limit = MAX_INPUTS_LEN as u64 + 1;
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut inflated = Vec::new();
    GzDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut inflated)?;
    Ok(inflated)
}

/// Writes beside the file and renames, so that nobody reads half of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().expect("an object's path has folders");
    fs::create_dir_all(folder)?;
    let name = path.file_name().expect("an object's path has a name").to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
