//! Inputs of a job.

use std::fmt;

use super::base64_json;
use crate::epoch::EpochNumber;
use crate::error::{Error, JsonKind, check_len};
use crate::job_id::JobId;
use crate::limits::{MAX_INPUTS_JSON_LEN, MAX_INPUTS_LEN};
use crate::raw_json;
use crate::request_type::RequestType;
use crate::uri::ProofUri;

const FIELD: &str = "inputs";

/// Inputs of a job: the request type and the binary form of the circuit's inputs.
///
/// The "binary form" of `PUBLIC_VM` is the UTF-8 text of a JSON object. It is kept byte for byte, because its hash
/// is in the job's id.
#[derive(Clone, PartialEq, Eq)]
pub struct JobInputs {
    request_type: RequestType,
    buffer: Vec<u8>,
}

impl JobInputs {
    /// Inputs from their binary form, as a proof store holds it.
    ///
    /// # Errors
    /// [`Error::TooLong`]; for `PUBLIC_VM` also [`Error::Utf8`], [`Error::Json`], [`Error::WrongKind`] and, if white
    /// space surrounds the text, [`Error::Length`]
    pub fn from_buffer(request_type: RequestType, buffer: Vec<u8>) -> Result<Self, Error> {
        check_len(FIELD, MAX_INPUTS_LEN, buffer.len())?;
        if request_type == RequestType::PublicVm {
            let raw = raw_json::parse(FIELD, &buffer)?;
            expect_object(raw_json::kind(raw))?;
            if raw.get().len() != buffer.len() {
                return Err(Error::Length { field: FIELD, expected: raw.get().len(), actual: buffer.len() });
            }
        }
        Ok(Self { request_type, buffer })
    }

    /// Kind of proof that these are inputs of.
    pub fn request_type(&self) -> RequestType {
        self.request_type
    }

    /// The binary form.
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    /// The binary form.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// The id of a job with these inputs.
    pub fn job_id(&self, epoch: EpochNumber) -> JobId {
        JobId::derive(epoch, self.request_type, &self.buffer)
    }

    /// The JSON form `{"type":n,"inputs":...}`, as Aztec writes it.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(base64_json::encoded_len(self.buffer.len()) + 32);
        out.push_str(&format!("{{\"type\":{},\"inputs\":", self.request_type.number()));
        if self.request_type == RequestType::PublicVm {
            out.push_str(std::str::from_utf8(&self.buffer).expect("checked to be JSON text when built"));
        } else {
            base64_json::write(&mut out, &self.buffer);
        }
        out.push('}');
        out
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// Any of [`Error`] but those of URIs and ids
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        check_len("inputs JSON", MAX_INPUTS_JSON_LEN, text.len())?;
        let raw = raw_json::parse("inputs JSON", text)?;
        let (request_type, [inputs]) = super::result::read_tagged(raw, "inputs JSON", ["inputs"])?;
        let inputs = inputs.ok_or(Error::Missing { field: FIELD })?;
        if request_type == RequestType::PublicVm {
            expect_object(raw_json::kind(inputs))?;
            check_len(FIELD, MAX_INPUTS_LEN, inputs.get().len())?;
            Ok(Self { request_type, buffer: inputs.get().as_bytes().to_vec() })
        } else {
            Ok(Self { request_type, buffer: base64_json::read(FIELD, MAX_INPUTS_LEN, inputs)? })
        }
    }

    /// The inline URI that holds them.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn to_inline_uri(&self) -> Result<ProofUri, Error> {
        ProofUri::inline(&self.to_json())
    }

    /// Reads an inline URI.
    ///
    /// # Errors
    /// Those of [`ProofUri::inline_json`] and [`JobInputs::from_json`]
    pub fn from_inline_uri(uri: &ProofUri) -> Result<Self, Error> {
        Self::from_json(uri.inline_json()?.as_bytes())
    }
}

impl fmt::Debug for JobInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobInputs({}, {} bytes)", self.request_type, self.buffer.len())
    }
}

fn expect_object(actual: JsonKind) -> Result<(), Error> {
    if actual == JsonKind::Object {
        Ok(())
    } else {
        Err(Error::WrongKind { field: FIELD, expected: "an object", actual })
    }
}
