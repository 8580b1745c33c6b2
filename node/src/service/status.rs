//! What is known of every open epoch, for logs, API and progress bars.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chinampa_jobs::{RequestType, with_causes};
use serde::{Deserialize, Serialize};

use super::EpochFailure;
use crate::epoch::Progress;
use crate::metrics::Metrics;

/// Ended epochs that stay listed.
const ENDED_MAX: usize = 64;
/// Failed jobs of an epoch that stay listed.
const FAILURES_MAX: usize = 32;

/// States of an epoch, with the names that Aztec's `prover_getJobs` uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// It is not worked on any more: an operator said so, or nothing is left to earn.
    Stopped,
}

impl EpochState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Initialized,
        Self::Processing,
        Self::AwaitingProver,
        Self::PublishingProof,
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Reorg,
        Self::Stopped,
    ];

    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::TimedOut | Self::Reorg | Self::Stopped)
    }

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialized => "initialized",
            Self::Processing => "processing",
            Self::AwaitingProver => "awaiting-prover",
            Self::PublishingProof => "publishing-proof",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Reorg => "reorg",
            Self::Stopped => "stopped",
        }
    }
}

/// An epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochStatus {
    /// Its number.
    pub epoch: u64,
    /// State.
    pub state: EpochState,
    /// First checkpoint.
    pub first_checkpoint: u32,
    /// When L1 stops taking its proof, seconds since 1970.
    pub deadline_s: u64,
    /// Checkpoints that are executed.
    pub checkpoints: u32,
    /// Blocks in them.
    pub blocks: u32,
    /// Txs in them.
    pub txs: u32,
    /// Whether all checkpoints are there.
    pub complete: bool,
    /// Jobs that are done.
    pub jobs_done: u32,
    /// Jobs that are asked for and not done.
    pub jobs_pending: u32,
    /// Time from opening it to its end, or nothing while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Why it does not get on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The same as a word for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<&'static str>,
    /// Transaction that carried its proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
}

impl EpochStatus {
    /// Notes why it does not get on, or that it does.
    pub(super) fn note(&mut self, failure: Option<&EpochFailure>) {
        self.error = failure.map(|failure| with_causes(failure));
        self.error_code = failure.map(EpochFailure::code);
    }
}

/// A job that stops its epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFault {
    /// Its id.
    pub job: String,
    /// Why.
    pub reason: String,
}

/// Jobs of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KindStatus {
    /// Aztec's name of the type.
    pub request_type: &'static str,
    /// Asked for and not done.
    pub pending: u32,
    /// Done.
    pub done: u32,
    /// Failed for good.
    pub failed: u32,
}

/// An epoch with its jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochDetail {
    /// How it is.
    #[serde(flatten)]
    pub status: EpochStatus,
    /// Types that it has jobs of.
    pub jobs: Vec<KindStatus>,
    /// Jobs that stop it, the newest last.
    pub failures: Vec<JobFault>,
}

/// Why L1 is not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncFault {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// Rounds in a row that failed.
    pub failures: u32,
}

/// The epochs of a node, shared by all that look at them.
#[derive(Clone, Debug, Default)]
pub struct StatusBoard {
    epochs: Arc<RwLock<BTreeMap<u64, EpochDetail>>>,
    sync: Arc<RwLock<Option<SyncFault>>>,
    metrics: Metrics,
}

impl StatusBoard {
    /// All epochs, oldest first.
    pub fn epochs(&self) -> Vec<EpochStatus> {
        let epochs = self.epochs.read().unwrap_or_else(PoisonError::into_inner);
        epochs.values().map(|detail| detail.status.clone()).collect()
    }

    /// One epoch with its jobs.
    pub fn epoch(&self, epoch: u64) -> Option<EpochDetail> {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner).get(&epoch).cloned()
    }

    /// Why L1 is not followed at the moment, if it is not.
    pub fn sync_fault(&self) -> Option<SyncFault> {
        self.sync.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(super) fn synced(&self, fault: Option<SyncFault>) {
        if let Some(fault) = &fault {
            self.metrics.sync_failed(fault.code);
        }
        *self.sync.write().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Changes the status of an epoch and logs a change of its state.
    pub(super) fn update(&self, epoch: u64, change: impl FnOnce(&mut EpochStatus)) {
        self.change(epoch, |detail| change(&mut detail.status));
    }

    /// An epoch begins from nothing.
    pub(super) fn begin(&self, epoch: u64, first_checkpoint: u32, deadline_s: u64) {
        let status = EpochStatus { epoch, first_checkpoint, deadline_s, ..EpochStatus::default() };
        self.change(epoch, |detail| *detail = EpochDetail { status, ..EpochDetail::default() });
    }

    /// Another node goes on with all that is open.
    pub(super) fn depose(&self) {
        let open = self.epochs().into_iter().filter(|status| !status.state.is_final());
        for epoch in open.map(|status| status.epoch) {
            self.update(epoch, |status| {
                status.state = EpochState::Stopped;
                status.note(Some(&EpochFailure::Deposed));
            });
        }
    }

    pub(super) fn progress(&self, epoch: u64, progress: &Progress) {
        let kinds = RequestType::ALL.into_iter().zip(progress.kinds);
        let kinds = kinds.filter(|(_, counts)| counts.pending + counts.done + counts.failed > 0);
        let jobs = kinds.map(|(kind, counts)| KindStatus {
            request_type: kind.name(),
            pending: counts.pending,
            done: counts.done,
            failed: counts.failed,
        });
        self.change(epoch, |detail| {
            detail.jobs = jobs.collect();
            detail.status.jobs_done = u32::try_from(progress.done).unwrap_or(u32::MAX);
            detail.status.jobs_pending = u32::try_from(progress.pending).unwrap_or(u32::MAX);
        });
    }

    pub(super) fn job_failed(&self, epoch: u64, fault: JobFault) {
        self.change(epoch, |detail| {
            detail.failures.retain(|other| other.job != fault.job);
            detail.failures.push(fault);
            let extra = detail.failures.len().saturating_sub(FAILURES_MAX);
            detail.failures.drain(..extra);
        });
    }

    fn change(&self, epoch: u64, change: impl FnOnce(&mut EpochDetail)) {
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        let detail = epochs.entry(epoch).or_insert_with(|| EpochDetail {
            status: EpochStatus { epoch, ..EpochStatus::default() },
            ..EpochDetail::default()
        });
        let before = (detail.status.state, detail.status.error.clone());
        change(detail);
        let status = &detail.status;
        if before != (status.state, status.error.clone()) {
            let EpochStatus { state, error, error_code, jobs_done, .. } = status;
            self.metrics.epoch_changed(before.0, status);
            match error {
                Some(error) => tracing::warn!(epoch, ?state, jobs_done, code = error_code, %error, "epoch"),
                None => tracing::info!(epoch, ?state, jobs_done, "epoch"),
            }
        }
        let ended: Vec<u64> = epochs
            .values()
            .map(|detail| &detail.status)
            .filter(|status| status.state.is_final())
            .map(|status| status.epoch)
            .collect();
        for epoch in ended.iter().take(ended.len().saturating_sub(ENDED_MAX)) {
            epochs.remove(epoch);
        }
    }
}
