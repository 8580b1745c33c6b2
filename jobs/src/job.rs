//! The structures that producers, broker and agents exchange. Members are written in Aztec's order.

use serde::{Deserialize, Serialize};

use crate::epoch::EpochNumber;
use crate::job_id::JobId;
use crate::request_type::RequestType;
use crate::unix_ms::UnixMs;
use crate::uri::ProofUri;

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvingJob {
    /// Its name.
    pub id: JobId,
    /// Kind of proof wanted.
    #[serde(rename = "type")]
    pub request_type: RequestType,
    /// Epoch that it belongs to. Need not be the one in the id.
    pub epoch_number: EpochNumber,
    /// Where its inputs are.
    pub inputs_uri: ProofUri,
}

/// Which kinds of jobs an agent wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFilter {
    /// The accepted request types; empty accepts all that Aztec has.
    pub allow_list: Vec<RequestType>,
}

impl JobFilter {
    /// Whether a job of this type may be handed out. One that Aztec does not have may not.
    pub fn accepts(&self, request_type: RequestType) -> bool {
        request_type.is_aztecs() && (self.allow_list.is_empty() || self.allow_list.contains(&request_type))
    }
}

/// A job handed to an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The job.
    pub job: ProvingJob,
    /// The broker's clock at hand-out. The agent sends it back as `startedAt` in its heartbeats.
    pub time: UnixMs,
}

/// What an agent process says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum AgentStatus {
    /// Takes no jobs.
    Stopped,
    /// Polls for jobs.
    Running,
    /// Works on a job.
    Proving {
        /// The job.
        job_id: JobId,
        /// Its kind.
        proof_type: RequestType,
        /// When it started, ISO 8601 in UTC with milliseconds.
        #[serde(rename = "startedAtISO")]
        started_at_iso: String,
    },
}
