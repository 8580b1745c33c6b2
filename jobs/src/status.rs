//! What a broker knows about a job.

use serde::{Deserialize, Serialize};

use crate::uri::ProofUri;

/// State of a job as a broker reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum JobStatus {
    /// Never seen, or forgotten because its epoch is too old.
    NotFound,
    /// Waits for an agent.
    InQueue,
    /// An agent works on it.
    InProgress,
    /// Proven.
    Fulfilled {
        /// Where the result is.
        value: ProofUri,
    },
    /// Given up.
    Rejected {
        /// Message of the last error, or `Aborted` for a cancelled job.
        reason: String,
    },
}

impl JobStatus {
    /// Reason that Aztec's broker gives for a cancelled job.
    pub const REASON_ABORTED: &str = "Aborted";

    /// Whether the job is done, well or badly.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Fulfilled { .. } | Self::Rejected { .. })
    }
}
