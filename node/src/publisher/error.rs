//! Why a proof did not land.

use alloy::primitives::{Address, B256};

use crate::l1::L1Error;
use crate::leader::LeadershipError;

/// Failures to submit. Only those that no waiting can mend end a submission before its deadline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// There is no account to send from.
    #[error(
        "no key to submit proofs with is configured; set publisher.private_keys (PROVER_PUBLISHER_PRIVATE_KEYS)"
    )]
    NoKeys,
    /// L1 could not be asked.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// A longer proof of the epoch is there, so nothing is left to earn.
    #[error("checkpoint {proven} is proven, beyond the last one of this proof, {last}")]
    Superseded {
        /// On L1.
        proven: u64,
        /// Of the proof.
        last: u32,
    },
    /// The chain no longer has the proof's checkpoints.
    #[error("the proof ends with checkpoint {last}, but L1's chain ends with {pending}")]
    NotPending {
        /// On L1.
        pending: u64,
        /// Of the proof.
        last: u32,
    },
    /// L1 has another chain than the one that was proven.
    #[error("the archive root of checkpoint {checkpoint} is {actual} on L1, the proof has {expected}")]
    Archive {
        /// The checkpoint.
        checkpoint: u32,
        /// As proven.
        expected: B256,
        /// On L1.
        actual: B256,
    },
    /// The contract would verify the proof against other public inputs.
    #[error("public input {index} is {actual} on L1, the proof has {expected}")]
    PublicInput {
        /// Its index.
        index: usize,
        /// As proven.
        expected: B256,
        /// As the contract has it.
        actual: B256,
    },
    /// The contract has another number of public inputs.
    #[error("L1 has {actual} public inputs, the proof has {expected}")]
    PublicInputCount {
        /// As proven.
        expected: usize,
        /// As the contract has it.
        actual: usize,
    },
    /// The contract refuses the proof.
    #[error("the rollup refuses the proof of epoch {epoch}: {reason}")]
    Refused {
        /// The epoch.
        epoch: u64,
        /// The contract's error.
        reason: String,
    },
    /// The transaction was mined and reverted, and nobody else submitted for this prover.
    #[error("transaction {transaction} was mined in L1 block {block} and reverted")]
    Reverted {
        /// Its hash.
        transaction: B256,
        /// The block.
        block: u64,
    },
    /// The window closed before the transaction was mined.
    #[error(
        "the proof of epoch {epoch} was not mined before its window closed at {deadline_s}{}",
        last_failure(reason)
    )]
    Deadline {
        /// The epoch.
        epoch: u64,
        /// When, seconds since 1970.
        deadline_s: u64,
        /// What failed last, if something did.
        reason: Option<String>,
    },
    /// Another node may submit, or nobody says that it may not.
    #[error("not sent: {0}")]
    Leadership(#[from] LeadershipError),
    /// The account cannot sign.
    #[error("account {account} cannot sign")]
    Sign {
        /// Its address.
        account: Address,
        /// Why.
        #[source]
        source: crate::keys::SignError,
    },
}

impl PublishError {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKeys => "no-keys",
            Self::L1(_) => "l1-unavailable",
            Self::Superseded { .. } => "superseded",
            Self::NotPending { .. } | Self::Archive { .. } => "reorg",
            Self::PublicInput { .. } | Self::PublicInputCount { .. } => "public-inputs",
            Self::Refused { .. } => "refused-by-l1",
            Self::Reverted { .. } => "reverted",
            Self::Deadline { .. } => "window-closed",
            Self::Leadership(LeadershipError::Unconfirmed(_)) => "leader-lock",
            Self::Leadership(_) => "not-leader",
            Self::Sign { .. } => "signer",
        }
    }
}

fn last_failure(reason: &Option<String>) -> String {
    reason.as_ref().map_or_else(String::new, |reason| format!("; last failure: {reason}"))
}
