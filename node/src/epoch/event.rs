//! What happens to an epoch, and what it asks for.

use chinampa_jobs::{JobId, JobInputs, JobResult};
use chinampa_protocol::blob::batch::FinalBlobBatch;
use chinampa_protocol::circuits::RootRollupPublicInputs;
use chinampa_protocol::proof::Proof;

use crate::execution::ExecutedCheckpoint;
use crate::planner::{EpochError, OutputError};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A checkpoint landed on L1 and was executed. It is next, or it replaces the one with its number and removes those
    /// above.
    Checkpoint(Box<ExecutedCheckpoint>),
    /// The checkpoints from this number on are no longer on L1.
    Removed {
        /// The first one that is gone.
        from: u32,
    },
    /// No checkpoint after this one belongs to the epoch. It may come before the checkpoint itself. A checkpoint that is
    /// replaced or removed takes it back: it is then said again.
    Complete {
        /// The last checkpoint.
        last: u32,
    },
    /// A job is done.
    Done {
        /// The job.
        id: JobId,
        /// Its result.
        result: Box<JobResult>,
    },
    /// A job failed for good: the broker will not try again.
    Failed {
        /// The job.
        id: JobId,
        /// What the broker says.
        reason: String,
    },
}

/// A job to enqueue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    /// Its id, as Aztec's prover would name it.
    pub id: JobId,
    /// What it is given.
    pub inputs: JobInputs,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Enqueue this job. It may have been asked for before: ids make that harmless.
    Enqueue(Box<PlannedJob>),
    /// Nothing waits for this job any more. It may be cancelled, or left alone in case its checkpoint comes back; its
    /// result is still welcome. (A cancelled job counts as rejected at Aztec's broker: it cannot be enqueued again.)
    Abandon(JobId),
    /// The epoch cannot be proven as it stands. A reorg may still change that.
    Failed(JobId, JobFailure),
    /// All checkpoints of the epoch are there, and they are not an epoch. A reorg may still change that.
    Unlinked(EpochError),
    /// The epoch is proven.
    Proven(Box<EpochProof>),
}

/// Why a job stops its epoch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JobFailure {
    /// The broker gave up on it.
    #[error("the job was rejected: {0}")]
    Rejected(String),
    /// Its result is not what was planned.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// A proven epoch, ready for L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochProof {
    /// Its first checkpoint.
    pub first: u32,
    /// Its last checkpoint.
    pub last: u32,
    /// What L1 checks.
    pub public_inputs: RootRollupPublicInputs,
    /// The root proof.
    pub proof: Proof,
    /// The opening of all its blobs.
    pub blob_batch: FinalBlobBatch,
}
