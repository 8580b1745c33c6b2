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
    /// The leader lock failed.
    #[error(transparent)]
    Lock(#[from] crate::leader::LockError),
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
    /// The agents simulate, and the node is told that proofs are real.
    #[error(
        "the root proof is simulated, but proofs are to be real; set prover.proofs (PROVER_REAL_PROOFS) alike for node \
         and agents"
    )]
    Simulated,
    /// The proof was not accepted.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A blocking task ended by a bug.
    #[error("execution ended: {0}")]
    Task(String),
    /// Its window closed while something was missing.
    #[error("the window for its proof closed at {deadline_s}{}", before(last))]
    Window {
        /// Seconds since 1970.
        deadline_s: u64,
        /// What kept it last, if something did.
        last: Option<String>,
    },
    /// L1 has other checkpoints now.
    #[error("L1 undid its first checkpoint {first}")]
    Undoing {
        /// The checkpoint.
        first: u32,
    },
    /// An operator ended it.
    #[error("cancelled by an operator")]
    Cancelled,
    /// This node no longer holds the leader lock.
    #[error("another node goes on with it")]
    Deposed,
}

fn before(last: &Option<String>) -> String {
    last.as_ref().map_or_else(String::new, |last| format!("; before that: {last}"))
}

impl ServiceError {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archiver(_) | Self::State(_) => "storage",
            Self::Lock(_) => "leader-lock",
            Self::Task(_) => "internal",
        }
    }
}

impl EpochFailure {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Txs(_) => "txs-missing",
            Self::Execution(error) => match **error {
                ExecutionError::PublicCalls { .. } => "public-calls",
                _ => "execution",
            },
            Self::Archiver(_) => "storage",
            Self::Undone { .. } | Self::Undoing { .. } => "reorg",
            Self::Job { .. } => "job-failed",
            Self::Plan(_) => "not-an-epoch",
            Self::Simulated => "simulated-proof",
            Self::Publish(error) => error.code(),
            Self::Task(_) => "internal",
            Self::Window { .. } => "window-closed",
            Self::Cancelled => "cancelled",
            Self::Deposed => "not-leader",
        }
    }
}
