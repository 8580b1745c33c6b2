//! What an event leaves behind: changes to store, and notices for metrics and logs.

use std::sync::Arc;

use chinampa_jobs::{EpochNumber, JobId, JobStatus, ProofUri, ProvingJob, RequestType};

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A change to store. Changes are applied in order; those of one event together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The job waits; no failure and no settlement of it is known any more.
    Enqueued {
        /// The job.
        job: ProvingJob,
        /// Its place among the jobs of its type and epoch.
        sequence: u64,
    },
    /// The job failed and waits again.
    Failed {
        /// Epoch of the job.
        epoch: EpochNumber,
        /// The job.
        id: JobId,
        /// Failures so far.
        failures: u32,
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
    /// Jobs of old epochs are gone.
    Dropped {
        /// How many.
        count: usize,
    },
}

/// Everything that a series of events left behind, in order.
#[derive(Debug, Default)]
pub struct Effects {
    /// To store before any outcome is told.
    pub changes: Vec<Change>,
    /// To count.
    pub notices: Vec<Notice>,
}
