//! Job ids.
//!
//! Producers build ids as `<epoch>:<TYPE_NAME>:<sha256 of the inputs>`, which makes enqueueing idempotent. Brokers
//! must accept any text, as Aztec's does, so [`JobId`] carries an opaque text and, when it has that shape,
//! the three parts. Both are worked out once, when the id enters the process.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::epoch::EpochNumber;
use crate::error::{Error, check_len};
use crate::limits::MAX_JOB_ID_LEN;
use crate::request_type::RequestType;

const FIELD: &str = "job id";

/// Name of a proving job: any non-empty text of at most [`MAX_JOB_ID_LEN`] bytes. Cheap to clone.
///
/// Two ids are equal when their texts are.
#[derive(Clone)]
pub struct JobId {
    text: Arc<str>,
    parts: Option<JobIdParts>,
}

/// What a job id of the usual shape says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobIdParts {
    /// Epoch that the job belongs to.
    pub epoch: EpochNumber,
    /// Kind of proof.
    pub request_type: RequestType,
    /// SHA-256 of the inputs' binary form.
    pub inputs_sha256: [u8; 32],
}

impl JobId {
    /// The id that Aztec gives to a job with these inputs (binary form; for `PUBLIC_VM` the JSON text).
    pub fn derive(epoch: EpochNumber, request_type: RequestType, inputs: &[u8]) -> Self {
        JobIdParts { epoch, request_type, inputs_sha256: Sha256::digest(inputs).into() }.into()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Epoch, type and hash, if the id is written exactly as [`JobId::derive`] writes it.
    pub fn parts(&self) -> Option<&JobIdParts> {
        self.parts.as_ref()
    }
}

impl JobIdParts {
    fn parse(text: &str) -> Option<Self> {
        let (epoch_text, rest) = text.split_once(':')?;
        let (name, digest) = rest.split_once(':')?;
        let mut inputs_sha256 = [0; 32];
        hex::decode_to_slice(digest, &mut inputs_sha256).ok()?;
        let epoch = EpochNumber::new(epoch_text.parse().ok()?).ok()?;
        let parts = Self { epoch, request_type: name.parse().ok()?, inputs_sha256 };
        // Leading zeros, a plus sign or upper-case digits make another id, not another spelling of this one.
        (parts.to_string() == text).then_some(parts)
    }
}

impl fmt::Display for JobIdParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.epoch, self.request_type, hex::encode(self.inputs_sha256))
    }
}

impl From<JobIdParts> for JobId {
    fn from(parts: JobIdParts) -> Self {
        Self { text: parts.to_string().into(), parts: Some(parts) }
    }
}

impl FromStr for JobId {
    type Err = Error;

    /// # Errors
    /// [`Error::Empty`], [`Error::TooLong`]
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty { field: FIELD });
        }
        check_len(FIELD, MAX_JOB_ID_LEN, text.len())?;
        Ok(Self { text: text.into(), parts: JobIdParts::parse(text) })
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobId").field(&self.text).finish()
    }
}

impl PartialEq for JobId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for JobId {}

impl PartialOrd for JobId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for JobId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for JobId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Borrow<str> for JobId {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl Serialize for JobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
