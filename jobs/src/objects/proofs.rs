//! Inputs and results of jobs, where Aztec's programs keep them in a proof store.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::{Bucket, ObjectsError};
use crate::job_id::JobId;
use crate::limits::{MAX_INPUTS_LEN, MAX_RESULT_JSON_LEN};
use crate::payload::{JobInputs, JobResult};
use crate::request_type::RequestType;
use crate::uri::{ObjectKind, ObjectLocation, ProofLocation, ProofUri, object_path};

/// First bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A proof store as `PROVER_PROOF_STORE` names it. Objects are read from wherever their URI points, inline too.
#[derive(Clone, Debug)]
pub struct ProofObjects {
    /// None writes into the URI itself.
    bucket: Option<Bucket>,
    /// The query of the store's URL: how its service is reached, which URIs do not say.
    query: String,
}

impl ProofObjects {
    /// The store at `url`; without one, objects are written into their URIs.
    ///
    /// # Errors
    /// [`ObjectsError::Url`]
    pub fn open(url: Option<&str>) -> Result<Self, ObjectsError> {
        let query = url.and_then(|url| url.split_once('?')).map(|(_, query)| format!("?{query}"));
        Ok(Self { bucket: url.map(Bucket::open).transpose()?, query: query.unwrap_or_default() })
    }

    /// Writes the inputs of a job.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn write_inputs(&self, id: &JobId, inputs: &JobInputs) -> Result<ProofUri, ObjectsError> {
        let Some(bucket) = &self.bucket else { return Ok(inputs.to_inline_uri()?) };
        let key = object_path(ObjectKind::Inputs, inputs.request_type(), id)?;
        bucket.write(&key, inputs.buffer().to_vec()).await?;
        Ok(bucket.uri(&key).parse()?)
    }

    /// Writes the result of a job.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn write_result(
        &self,
        id: &JobId,
        request_type: RequestType,
        result: &JobResult,
    ) -> Result<ProofUri, ObjectsError> {
        let Some(bucket) = &self.bucket else { return Ok(result.to_inline_uri()?) };
        let key = object_path(ObjectKind::Outputs, request_type, id)?;
        bucket.write(&key, result.to_json().into_bytes()).await?;
        Ok(bucket.uri(&key).parse()?)
    }

    /// The inputs at `uri`.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn read_inputs(&self, uri: &ProofUri) -> Result<JobInputs, ObjectsError> {
        match uri.location()? {
            ProofLocation::Inline(payload) => Ok(JobInputs::from_json(payload.decode()?.as_bytes())?),
            ProofLocation::Object(location) => {
                let request_type = location.request_type()?;
                let bytes = self.read(&location, MAX_INPUTS_LEN).await?;
                Ok(JobInputs::from_buffer(request_type, bytes)?)
            }
        }
    }

    /// The result at `uri`.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn read_result(&self, uri: &ProofUri) -> Result<JobResult, ObjectsError> {
        match uri.location()? {
            ProofLocation::Inline(payload) => Ok(JobResult::from_json(payload.decode()?.as_bytes())?),
            ProofLocation::Object(location) => {
                Ok(JobResult::from_json(&self.read(&location, MAX_RESULT_JSON_LEN).await?)?)
            }
        }
    }

    /// The object, decompressed if it is gzip, as Aztec's programs read it.
    async fn read(&self, location: &ObjectLocation<'_>, limit: usize) -> Result<Vec<u8>, ObjectsError> {
        let (base, key) = match location.bucket {
            "" => (format!("{}/", location.scheme.prefix()), location.key),
            bucket => (format!("{}{bucket}{}", location.scheme.prefix(), self.query), location.key),
        };
        let found = Bucket::open(&base)?.read(key, limit).await?;
        let bytes = found.ok_or_else(|| ObjectsError::Missing { key: key.to_owned() })?;
        if !bytes.starts_with(&GZIP) {
            return Ok(bytes);
        }
        let mut inflated = Vec::new();
        let read = GzDecoder::new(bytes.as_slice()).take(limit as u64 + 1).read_to_end(&mut inflated);
        read.map_err(|source| ObjectsError::File { key: key.to_owned(), source })?;
        if inflated.len() > limit {
            let actual = inflated.len() as u64;
            return Err(ObjectsError::TooLong { key: key.to_owned(), limit, actual });
        }
        Ok(inflated)
    }
}
