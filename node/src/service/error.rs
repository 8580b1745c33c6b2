//! Failures of the node and of single epochs.

use crate::archiver::ArchiverStoreError;
use crate::epoch::JobFailure;
use crate::execution::ExecutionError;
use crate::planner::EpochError;
use crate::publisher::PublishError;
use crate::state::StateError;
use crate::txs::TxSourceError;

/// Failures that end the node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The archiver's store failed. redb does not go on with a file that could not be written; a restart opens it anew.
    #[error(transparent)]
    Archiver(#[from] ArchiverStoreError),
    /// The world state failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// A task ended by a bug.
    #[error("a task of the node ended: {0}")]
    Task(String),
}

/// Why an epoch is not getting on. All but a refusal are tried again until its window closes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EpochFailure {
    /// Its txs are not there.
    #[error(transparent)]
    Txs(#[from] TxSourceError),
    /// A checkpoint cannot be executed, for example because a tx has public calls.
    #[error(transparent)]
    Execution(#[from] Box<ExecutionError>),
    /// The store of the archiver failed.
    #[error(transparent)]
    Archiver(#[from] ArchiverStoreError),
    /// The archiver lacks a checkpoint that it had.
    #[error("checkpoint {number} was undone while it was read")]
    Undone {
        /// Which one.
        number: u32,
    },
    /// A job failed for good.
    #[error("job {job} failed: {failure}")]
    Job {
        /// Its id.
        job: String,
        /// Why.
        failure: JobFailure,
    },
    /// Its checkpoints are not an epoch.
    #[error(transparent)]
    Plan(#[from] EpochError),
    /// The proof was not accepted.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A blocking task ended by a bug.
    #[error("execution ended: {0}")]
    Task(String),
}
