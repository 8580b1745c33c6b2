//! Replies.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::error::{ErrorCode, RpcError};
use super::member::RawMember;
use crate::job::{AgentStatus, Assignment};
use crate::job_id::JobId;
use crate::status::JobStatus;

/// What a call returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// Nothing; the reply has no `result`.
    Void,
    /// State of a job.
    Status(JobStatus),
    /// A job to work on, or none; without one the reply has no `result`.
    Assignment(Option<Assignment>),
    /// Ids of settled jobs; one may occur more than once.
    CompletedJobs(Vec<JobId>),
    /// State of an agent.
    AgentStatus(AgentStatus),
}

impl CallResult {
    fn has_value(&self) -> bool {
        !matches!(self, Self::Void | Self::Assignment(None))
    }
}

impl Serialize for CallResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Void | Self::Assignment(None) => serializer.serialize_unit(),
            Self::Status(status) => status.serialize(serializer),
            Self::Assignment(Some(assignment)) => assignment.serialize(serializer),
            Self::CompletedJobs(ids) => ids.serialize(serializer),
            Self::AgentStatus(status) => status.serialize(serializer),
        }
    }
}

/// Answer to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The `jsonrpc` member.
    pub version: RawMember,
    /// The `id` member, absent if the request had none.
    pub id: Option<RawMember>,
    /// What the call returned, or why there is nothing.
    pub outcome: Result<CallResult, RpcError>,
}

impl Reply {
    /// The error reply to a body in which there is no request to answer.
    pub fn to_nothing(error: RpcError) -> Self {
        Self { version: RawMember::version_2(), id: Some(RawMember::null()), outcome: Err(error) }
    }

    /// The reply as JSON text.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("jsonrpc", &self.version)?;
        if let Some(id) = &self.id {
            map.serialize_entry("id", id)?;
        }
        match &self.outcome {
            Ok(result) if result.has_value() => map.serialize_entry("result", result)?,
            Ok(_) => {}
            Err(error) => map.serialize_entry("error", error)?,
        }
        map.end()
    }
}

/// Status and body of an HTTP reply. Its content type is `application/json; charset=utf-8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// The reply to a single request: status 400 if it is an error.
    pub fn single(reply: &Reply) -> Self {
        let status = if reply.outcome.is_ok() { 200 } else { 400 };
        Self { status, body: reply.to_json().into_bytes() }
    }

    /// The reply to a batch: status 200 whatever is inside.
    pub fn batch(replies: &[Reply]) -> Self {
        Self { status: 200, body: to_json(&replies).into_bytes() }
    }

    /// The reply if reading the request failed in a way that no other error names.
    pub fn internal_error(message: &str) -> Self {
        let error = RpcError::new(ErrorCode::InvalidRequest, message);
        Self { status: 500, body: Reply::to_nothing(error).to_json().into_bytes() }
    }
}

fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("replies are maps with text keys, which are always valid JSON")
}
