//! Why the archiver could not follow L1. Every failure leaves the store as it was, and the next round tries again.

use alloy::primitives::B256;

use super::propose::ProposalError;
use super::rebuild::RebuildError;
use super::store::ArchiverStoreError;
use crate::blobs::BlobSourceError;
use crate::l1::L1Error;

/// Failures of a round.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiverError {
    /// L1 could not be asked.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] ArchiverStoreError),
    /// The messages that L1 lists do not lead to the state of its inbox. Nodes of one provider may lag one behind
    /// the other; if it stays so, a node serves incomplete logs.
    #[error("the inbox has {expected} messages, but its events lead to {actual}")]
    Messages {
        /// As the contract counts them.
        expected: u64,
        /// As the events do.
        actual: u64,
    },
    /// An event is not the next message.
    #[error("message {index} of checkpoint {checkpoint} does not follow the one before it: {what}")]
    MessageOrder {
        /// Leaf index.
        index: u64,
        /// The checkpoint it is for.
        checkpoint: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A number of an event is larger than any chain's.
    #[error("{what} of an event is out of range")]
    EventRange {
        /// Which number.
        what: &'static str,
    },
    /// A transaction that emitted an event is gone.
    #[error("L1 transaction {transaction} of checkpoint {checkpoint} is not found")]
    NoTransaction {
        /// The checkpoint.
        checkpoint: u32,
        /// Its hash.
        transaction: B256,
    },
    /// The proposal cannot be found in its transaction.
    #[error("the proposal of checkpoint {checkpoint} is not found in L1 transaction {transaction}")]
    Proposal {
        /// The checkpoint.
        checkpoint: u32,
        /// The transaction.
        transaction: B256,
        /// Why.
        #[source]
        source: ProposalError,
    },
    /// The blobs cannot be had.
    #[error("the blobs of checkpoint {checkpoint} are missing")]
    Blobs {
        /// The checkpoint.
        checkpoint: u32,
        /// Why.
        #[source]
        source: BlobSourceError,
    },
    /// The blobs are not those of the header.
    #[error("the blobs of checkpoint {checkpoint} do not have the hash of its header")]
    BlobsHash {
        /// The checkpoint.
        checkpoint: u32,
    },
    /// Header and blobs do not make a checkpoint.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The messages that are known are not those that the proposer included.
    #[error("the messages of checkpoint {checkpoint} do not have the hash of its header")]
    InHash {
        /// The checkpoint.
        checkpoint: u32,
    },
    /// L1's checkpoints are not consecutive.
    #[error("expected checkpoint {expected} next, L1 has {actual}")]
    Gap {
        /// The one after the newest that is stored.
        expected: u32,
        /// The next one that L1 has.
        actual: u32,
    },
}

impl ArchiverError {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::L1(_) => "l1-unavailable",
            Self::Store(_) => "storage",
            Self::Messages { .. } => "messages-behind",
            Self::MessageOrder { .. } | Self::EventRange { .. } => "l1-garbage",
            Self::NoTransaction { .. } => "transaction-missing",
            Self::Proposal { .. } => "proposal-missing",
            Self::Blobs { .. } => "blobs-missing",
            Self::BlobsHash { .. } | Self::Rebuild(_) | Self::InHash { .. } => "checkpoint-invalid",
            Self::Gap { .. } => "checkpoint-missing",
        }
    }
}
