//! Error objects of the wire.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::epoch::EpochNumber;
use crate::job_id::JobId;

/// Codes of errors that Aztec's servers and clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub enum ErrorCode {
    /// -32700: the body is not JSON that the server accepts.
    Parse,
    /// -32600: the JSON is no request, or the HTTP layer refused it.
    InvalidRequest,
    /// -32601: no such method.
    MethodNotFound,
    /// -32701: a parameter is not what the method takes.
    InvalidParams,
    /// -32702: the method failed.
    Handler,
    /// -32000: the client got no reply. Not on the wire.
    Transport,
    /// -32001: the reply's id is not the request's. Not on the wire.
    IdMismatch,
    /// Any other.
    Other(i64),
}

impl From<i64> for ErrorCode {
    fn from(code: i64) -> Self {
        match code {
            -32700 => Self::Parse,
            -32600 => Self::InvalidRequest,
            -32601 => Self::MethodNotFound,
            -32701 => Self::InvalidParams,
            -32702 => Self::Handler,
            -32000 => Self::Transport,
            -32001 => Self::IdMismatch,
            other => Self::Other(other),
        }
    }
}

impl From<ErrorCode> for i64 {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Parse => -32700,
            ErrorCode::InvalidRequest => -32600,
            ErrorCode::MethodNotFound => -32601,
            ErrorCode::InvalidParams => -32701,
            ErrorCode::Handler => -32702,
            ErrorCode::Transport => -32000,
            ErrorCode::IdMismatch => -32001,
            ErrorCode::Other(code) => code,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        i64::from(*self).fmt(f)
    }
}

/// The `error` member of a reply.
#[derive(Clone, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// What kind of error.
    pub code: ErrorCode,
    /// More data, as its JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// What a person reads.
    pub message: String,
}

impl PartialEq for RpcError {
    /// Compares the JSON text of the data.
    fn eq(&self, other: &Self) -> bool {
        let data = |error: &Self| error.data.as_ref().map(|data| data.get().to_owned());
        self.code == other.code && self.message == other.message && data(self) == data(other)
    }
}

impl RpcError {
    /// An error without data.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, data: None, message: message.into() }
    }

    /// The entry of a batch is no object, or the batch is empty.
    pub fn not_a_request() -> Self {
        Self::new(ErrorCode::InvalidRequest, "Invalid Request")
    }

    /// An object without a method. (Aztec spells the two messages differently.)
    pub fn no_method() -> Self {
        Self::new(ErrorCode::InvalidRequest, "Invalid request")
    }

    /// No such method; `name` is the full name as sent.
    pub fn method_not_found(name: &str) -> Self {
        Self::new(ErrorCode::MethodNotFound, format!("Method not found: {name}"))
    }

    /// The parameters do not fit; `issues` has each problem with its path.
    pub fn invalid_params(issues: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParams, issues)
    }

    /// The parameters are not in an array; `method` is without namespace, `found` as JavaScript prints it.
    pub fn params_not_array(method: &str, found: &str) -> Self {
        Self::handler(format!("Params to {method} is not an array: {found}"))
    }

    /// The method failed.
    pub fn handler(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Handler, message)
    }

    /// A known job id with another type, epoch or inputs. Aztec's message goes on with a comparison of both jobs, which
    /// shows the stored inputs to whoever asks; this is its first line.
    pub fn duplicate_job() -> Self {
        Self::handler("Duplicate proving job ID")
    }

    /// The job's epoch is too far behind the newest one.
    pub fn epoch_too_old(job: EpochNumber, current: EpochNumber) -> Self {
        Self::handler(format!("Epoch too old: job epoch {job}, current epoch: {current}"))
    }

    /// Aztec's broker cannot store the result of a job whose id does not start with an epoch.
    pub fn no_epoch_in_id(id: &JobId) -> Self {
        Self::handler(format!("Proving Job ID {id} does not contain valid epoch"))
    }
}
