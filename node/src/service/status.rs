//! What is known of every open epoch, for logs, API and progress bars.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

/// States of an epoch, with the names that Aztec's `prover_getJobs` uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EpochState {
    /// Opened; nothing executed yet.
    #[default]
    Initialized,
    /// Checkpoints are executed and proven as they land.
    Processing,
    /// All checkpoints are there; jobs are open.
    AwaitingProver,
    /// The root proof is on its way to L1.
    PublishingProof,
    /// The proof is on L1.
    Completed,
    /// Something keeps it from getting on; it is tried again where that can help.
    Failed,
    /// Its window closed.
    TimedOut,
    /// L1 undid its first checkpoint.
    Reorg,
}

impl EpochState {
    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::TimedOut | Self::Reorg)
    }
}

/// An epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochStatus {
    /// Its number.
    pub epoch: u64,
    /// State.
    pub state: EpochState,
    /// First checkpoint.
    pub first_checkpoint: u32,
    /// Checkpoints that are executed.
    pub checkpoints: u32,
    /// Txs in them.
    pub txs: u32,
    /// Whether all checkpoints are there.
    pub complete: bool,
    /// Jobs that are done.
    pub jobs_done: u32,
    /// Jobs that are asked for and not done.
    pub jobs_pending: u32,
    /// Why it does not get on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Transaction that carried its proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
}

/// The epochs of a node, shared by all that look at them.
#[derive(Clone, Debug, Default)]
pub struct StatusBoard {
    epochs: Arc<RwLock<BTreeMap<u64, EpochStatus>>>,
}

/// Ended epochs that stay listed.
const ENDED_MAX: usize = 64;

impl StatusBoard {
    /// All epochs, oldest first.
    pub fn epochs(&self) -> Vec<EpochStatus> {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Changes the status of an epoch and logs a change of its state.
    pub(super) fn update(&self, epoch: u64, change: impl FnOnce(&mut EpochStatus)) {
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        let status = epochs.entry(epoch).or_insert_with(|| EpochStatus { epoch, ..EpochStatus::default() });
        let before = (status.state, status.error.clone());
        change(status);
        if before != (status.state, status.error.clone()) {
            let EpochStatus { state, error, jobs_done, .. } = status;
            match error {
                Some(error) => tracing::warn!(epoch, ?state, jobs_done, %error, "epoch"),
                None => tracing::info!(epoch, ?state, jobs_done, "epoch"),
            }
        }
        let ended: Vec<u64> =
            epochs.values().filter(|status| status.state.is_final()).map(|status| status.epoch).collect();
        for epoch in ended.iter().take(ended.len().saturating_sub(ENDED_MAX)) {
            epochs.remove(epoch);
        }
    }
}
