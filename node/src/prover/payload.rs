//! Where inputs go and results come from.

use chinampa_jobs::objects::{Bucket, ObjectsError, ProofObjects};
use chinampa_jobs::{JobId, JobInputs, JobResult, ObjectKind, ProofLocation, ProofUri, object_path};

/// Where inputs are put for agents, and what results are read from: the job itself, or a folder or a bucket that nodes and
/// agents share under the same name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PayloadStore {
    objects: ProofObjects,
    bucket: Option<Bucket>,
}

/// Why a payload cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The text or the bytes are not what they should be.
    #[error(transparent)]
    Format(chinampa_jobs::Error),
    /// A place that this node does not read from.
    #[error("{uri:?} is outside of the proof store")]
    Place {
        /// The place.
        uri: ProofUri,
    },
    /// The store refuses, or does not have it.
    #[error(transparent)]
    Objects(ObjectsError),
}

impl From<ObjectsError> for PayloadError {
    fn from(error: ObjectsError) -> Self {
        match error {
            ObjectsError::Object(error) => Self::Format(error),
            error => Self::Objects(error),
        }
    }
}

impl From<chinampa_jobs::Error> for PayloadError {
    fn from(error: chinampa_jobs::Error) -> Self {
        Self::Format(error)
    }
}

impl PayloadStore {
    /// The store at `url`, as [`Bucket::open`] takes it; without one, payloads are in the jobs themselves.
    ///
    /// # Errors
    /// [`ObjectsError::Url`]
    pub fn open(url: Option<&str>) -> Result<Self, ObjectsError> {
        Ok(Self { objects: ProofObjects::open(url)?, bucket: url.map(Bucket::open).transpose()? })
    }

    /// Whether payloads are in the jobs themselves.
    pub fn is_inline(&self) -> bool {
        self.bucket.is_none()
    }

    /// Puts inputs where agents find them. An object is whole or not there; one that is there is not written again,
    /// because its name has the hash of its contents.
    ///
    /// # Errors
    /// [`PayloadError`]
    pub async fn save_inputs(&self, id: &JobId, inputs: &JobInputs) -> Result<ProofUri, PayloadError> {
        let Some(bucket) = &self.bucket else { return Ok(inputs.to_inline_uri()?) };
        let key = object_path(ObjectKind::Inputs, inputs.request_type(), id)?;
        if !bucket.has(&key).await? {
            bucket.write(&key, inputs.buffer().to_vec()).await?;
        }
        Ok(bucket.uri(&key).parse()?)
    }

    /// Reads a result, from the job or from the store; agents do not say what else is read.
    ///
    /// # Errors
    /// [`PayloadError`]
    pub async fn load_result(&self, uri: &ProofUri) -> Result<JobResult, PayloadError> {
        // Segments such as `..` are refused here.
        if let ProofLocation::Object(_) = uri.location()? {
            let is_inside =
                self.bucket.as_ref().is_some_and(|store| uri.as_str().starts_with(&store.uri("")));
            if !is_inside {
                return Err(PayloadError::Place { uri: uri.clone() });
            }
        }
        Ok(self.objects.read_result(uri).await?)
    }
}
