//! What an event leaves behind: changes to store, and notices for metrics and logs.

use std::sync::Arc;

use chinampa_jobs::agent::{AgentId, FailureClass};
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobId, JobStatus, ProofUri, ProvingJob, RequestType};
use serde::{Deserialize, Serialize};

use super::history::History;

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settlement {
    /// Proven.
    Fulfilled(ProofUri),
    /// Failed for good.
    Rejected(Arc<str>),
    /// Cancelled. To Aztec's clients this is a rejection.
    Aborted,
}

impl Settlement {
    /// The status that clients see.
    pub fn status(&self) -> JobStatus {
        match self {
            Self::Fulfilled(value) => JobStatus::Fulfilled { value: value.clone() },
            Self::Rejected(reason) => JobStatus::Rejected { reason: reason.to_string() },
            Self::Aborted => JobStatus::Rejected { reason: JobStatus::REASON_ABORTED.to_owned() },
        }
    }
}

/// A hand-out as a store has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLease {
    /// Its number. While nobody holds the job, the smallest number that may still be worked on.
    pub attempt: u64,
    /// Who has the job; none for Aztec's agents.
    pub agent: Option<AgentId>,
    /// The `time` that the owner got, or the one that it claims, milliseconds since 1970.
    pub started_at_ms: i64,
    /// Whether it goes on.
    pub is_held: bool,
}

/// A change to store. Changes are applied in order; those of one event together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The job waits; no failure and no settlement of it is known any more.
    Enqueued {
        /// The job.
        job: ProvingJob,
        /// Its place among the jobs of its type and epoch.
        sequence: u64,
    },
    /// What is known of the job's failures has changed.
    Noted {
        /// Epoch of the job.
        epoch: EpochNumber,
        /// The job.
        id: JobId,
        /// All of it.
        history: Box<History>,
    },
    /// The job was handed out, or a hand-out of it has ended.
    Leased {
        /// Epoch of the job.
        epoch: EpochNumber,
        /// The job.
        id: JobId,
        /// The last hand-out.
        lease: StoredLease,
        /// Where the job waits again, if the hand-out has ended.
        sequence: Option<u64>,
    },
    /// The holder of the job has given a sign of life. Only brokers that share a store need to know.
    Renewed {
        /// Epoch of the job.
        epoch: EpochNumber,
        /// The job.
        id: JobId,
        /// The hand-out.
        attempt: u64,
    },
    /// The job ended.
    Settled {
        /// Epoch of the job.
        epoch: EpochNumber,
        /// The job.
        id: JobId,
        /// How.
        settlement: Settlement,
    },
    /// Nothing is known of the job.
    Forgotten {
        /// Epoch of the job.
        epoch: EpochNumber,
        /// The job.
        id: JobId,
    },
    /// Nothing is known of any job of an epoch below.
    EpochsDropped {
        /// The oldest epoch that stays.
        oldest_kept: EpochNumber,
    },
    /// Nothing is known of any job of this epoch.
    EpochDropped {
        /// The epoch.
        epoch: EpochNumber,
    },
    /// A decision; none takes it back. See [`super::Setting`].
    Set {
        /// Its key.
        key: Arc<str>,
        /// Its value.
        value: Option<Arc<str>>,
    },
    /// As [`Change::Enqueued`], with the trace of its producer. Apart and last, so that logs of before are read.
    EnqueuedInTrace {
        /// The job.
        job: ProvingJob,
        /// Its place among the jobs of its type and epoch.
        sequence: u64,
        /// The trace.
        trace: TraceContext,
    },
}

/// Something that metrics count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A job is new.
    Enqueued(RequestType),
    /// A job was enqueued that is known.
    Cached(RequestType),
    /// A job was handed out.
    Claimed {
        /// Its type.
        request_type: RequestType,
        /// How long it waited.
        waited_ms: u64,
    },
    /// A job is proven.
    Fulfilled {
        /// Its type.
        request_type: RequestType,
        /// How long the attempt took, if there was one.
        duration_ms: Option<u64>,
    },
    /// A job failed for good.
    Rejected {
        /// Its type.
        request_type: RequestType,
        /// How long the attempt took, if there was one.
        duration_ms: Option<u64>,
    },
    /// A job was cancelled.
    Aborted(RequestType),
    /// A job failed and waits again.
    Retried(RequestType),
    /// A job lost its lease and waits again.
    TimedOut(RequestType),
    /// An attempt ended without a proof.
    Failed(RequestType, FailureClass),
    /// A job was handed back.
    Released(RequestType),
    /// A job was put aside.
    Quarantined(RequestType),
    /// An agent was put aside.
    AgentQuarantined,
    /// Jobs of old epochs are gone.
    Dropped {
        /// How many.
        count: usize,
    },
}

/// What happened to a job, for those who watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedEntry {
    /// `enqueued`, `claimed`, `fulfilled`, `rejected`, `cancelled`, `retried`, `timedOut`, `released`, `quarantined`.
    pub kind: &'static str,
    /// The job.
    pub id: JobId,
    /// Its type.
    pub request_type: &'static str,
    /// Its epoch.
    pub epoch: EpochNumber,
    /// The agent, if it has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The attempt, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    /// The trace of its producer, if that has named one.
    #[serde(rename = "traceparent", skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceContext>,
}

/// Everything that a series of events left behind, in order.
#[derive(Debug, Default)]
pub struct Effects {
    /// To store.
    pub changes: Vec<Change>,
    /// Whether they have to be stored before any outcome is told. If not, any time soon will do.
    pub is_urgent: bool,
    /// To count.
    pub notices: Vec<Notice>,
    /// To show.
    pub feed: Vec<FeedEntry>,
}

impl Effects {
    /// A change that has to be stored before the outcome is told.
    pub(super) fn change(&mut self, change: Change) {
        self.changes.push(change);
        self.is_urgent = true;
    }

    /// A change that may be lost with the process.
    pub(super) fn later(&mut self, change: Change) {
        self.changes.push(change);
    }
}
