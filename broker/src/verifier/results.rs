//! Where verifiers get results from.

use chinampa_jobs::objects::{ObjectsError, ProofObjects};
use chinampa_jobs::{JobResult, ProofUri, ProvingJob};

use super::VerifyError;

/// Reads results from wherever they are.
#[derive(Debug)]
pub(super) struct Results(ProofObjects);

impl Results {
    /// What `proof_store` says besides its place, such as an endpoint, holds for all.
    pub(super) fn open(proof_store: Option<&str>) -> Result<Self, ObjectsError> {
        ProofObjects::open(proof_store).map(Self)
    }

    /// The result at `value`, which is one of the job's type with a proof.
    pub(super) async fn read(&self, job: &ProvingJob, value: &ProofUri) -> Result<JobResult, VerifyError> {
        let result = self.0.read_result(value).await.map_err(|error| match error {
            ObjectsError::Object(error) => VerifyError::Invalid(error.to_string()),
            error => VerifyError::Unavailable(error.to_string()),
        })?;
        if result.request_type() != job.request_type {
            let (expected, actual) = (job.request_type, result.request_type());
            return Err(VerifyError::Invalid(format!("result of {actual}, not of {expected}")));
        }
        if result.proof().binary().is_empty() {
            return Err(VerifyError::Invalid("result without a binary proof".to_owned()));
        }
        Ok(result)
    }
}
