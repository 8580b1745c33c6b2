//! Replies as a client reads them.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::{ErrorCode, RpcError};
use super::member::RawMember;
use super::method::Method;
use super::reply::{CallResult, Reply};
use crate::error::{Error, JsonKind, check_len};
use crate::raw_json;

/// A reply whose result was not read yet: that needs the method.
#[derive(Clone, Debug)]
pub struct ReplyMessage {
    /// The `jsonrpc` member.
    pub version: RawMember,
    /// The `id` member.
    pub id: Option<RawMember>,
    /// The `result` member, none if absent, or the `error` member.
    pub outcome: Result<Option<Box<RawValue>>, RpcError>,
}

impl ReplyMessage {
    /// Reads the result as that of `method`. Like Aztec's clients, takes null and the strings `"null"` and
    /// `"undefined"` for "nothing".
    ///
    /// # Errors
    /// [`Error::Missing`] if there is nothing where the method returns something, [`Error::Json`]
    pub fn decode(&self, method: Method) -> Result<Reply, Error> {
        let outcome = match &self.outcome {
            Err(error) => Err(error.clone()),
            Ok(result) => Ok(decode_result(method, result.as_deref())?),
        };
        Ok(Reply { version: self.version.clone(), id: self.id.clone(), outcome })
    }

    fn read(raw: &RawValue) -> Result<Self, Error> {
        let [version, id, result, error] = raw_json::members(raw, ["jsonrpc", "id", "result", "error"])
            .ok_or_else(|| Error::WrongKind {
                field: "reply",
                expected: "an object",
                actual: raw_json::kind(raw),
            })?;
        let outcome = match error {
            Some(error) => Err(read_error(error)?),
            None => Ok(result.map(ToOwned::to_owned)),
        };
        let version = version.map_or_else(RawMember::version_2, RawMember::new);
        Ok(Self { version, id: id.map(RawMember::new), outcome })
    }
}

/// Reads a reply body: an array of replies, or one reply. At most `max_count` are read.
///
/// # Errors
/// [`Error::TooLong`] above `max_len` bytes, [`Error::Utf8`], [`Error::Json`], [`Error::WrongKind`],
/// [`Error::Missing`], and [`Error::Length`] for more replies than `max_count`
pub fn parse_replies(body: &[u8], max_len: usize, max_count: usize) -> Result<Vec<ReplyMessage>, Error> {
    check_len("reply body", max_len, body.len())?;
    let raw = raw_json::parse("reply body", body)?;
    match raw_json::elements(raw, max_count) {
        None => Ok(vec![ReplyMessage::read(raw)?]),
        Some((_, count)) if count > max_count => {
            Err(Error::Length { field: "reply batch", expected: max_count, actual: count })
        }
        Some((entries, _)) => entries.into_iter().map(ReplyMessage::read).collect(),
    }
}

fn read_error(raw: &RawValue) -> Result<RpcError, Error> {
    let [code, message, data] = raw_json::members(raw, ["code", "message", "data"]).ok_or_else(|| {
        Error::WrongKind { field: "error", expected: "an object", actual: raw_json::kind(raw) }
    })?;
    let code = code.ok_or(Error::Missing { field: "error.code" })?;
    let code: i64 = serde_json::from_str(code.get()).map_err(|error| Error::json("error.code", &error))?;
    let message = message.and_then(raw_json::string).ok_or(Error::Missing { field: "error.message" })?;
    let data = data.filter(|data| raw_json::kind(data) != JsonKind::Null).map(ToOwned::to_owned);
    Ok(RpcError { code: ErrorCode::from(code), data, message: message.into_owned() })
}

fn decode_result(method: Method, result: Option<&RawValue>) -> Result<CallResult, Error> {
    let result = result.filter(|raw| !matches!(raw.get(), "null" | "\"null\"" | "\"undefined\""));
    Ok(match method {
        Method::CancelProvingJob => CallResult::Void,
        Method::EnqueueProvingJob | Method::GetProvingJobStatus | Method::ReplayProvingJob => {
            CallResult::Status(required(result)?)
        }
        Method::GetCompletedJobs => CallResult::CompletedJobs(required(result)?),
        Method::AgentGetStatus { .. } => CallResult::AgentStatus(required(result)?),
        Method::GetProvingJob
        | Method::ReportProvingJobError
        | Method::ReportProvingJobProgress
        | Method::ReportProvingJobSuccess => {
            CallResult::Assignment(result.map(|raw| required(Some(raw))).transpose()?)
        }
    })
}

fn required<T: DeserializeOwned>(result: Option<&RawValue>) -> Result<T, Error> {
    let raw = result.ok_or(Error::Missing { field: "result" })?;
    serde_json::from_str(raw.get()).map_err(|error| Error::json("result", &error))
}
