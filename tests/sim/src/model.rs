//! What the broker has promised, and whether it keeps to it.

use std::collections::BTreeMap;

use chinampa_broker::queue::Attempt;
use chinampa_jobs::{JobId, JobStatus, ProvingJob};

/// Promises so far.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Jobs whose enqueue was acknowledged.
    accepted: BTreeMap<JobId, ProvingJob>,
    /// Settled jobs, with the status that was seen first.
    settled: BTreeMap<JobId, JobStatus>,
    /// The last hand-out of each job that was seen.
    attempts: BTreeMap<JobId, Attempt>,
    newest_attempt: Option<Attempt>,
    /// The newest epoch of any enqueue that may have arrived.
    newest_epoch: u64,
}

impl Model {
    pub(crate) fn sent(&mut self, job: &ProvingJob) {
        self.newest_epoch = self.newest_epoch.max(job.epoch_number.get());
    }

    pub(crate) fn accept(&mut self, job: &ProvingJob) {
        self.accepted.insert(job.id.clone(), job.clone());
    }

    pub(crate) fn hand_out(&mut self, id: &JobId, attempt: Attempt) {
        assert!(self.newest_attempt.is_none_or(|newest| attempt > newest), "{attempt:?} of {id} is not new");
        self.newest_attempt = Some(attempt);
        self.attempts.insert(id.clone(), attempt);
        assert!(
            !matches!(self.settled.get(id), Some(status) if !is_aborted(status)),
            "{id} is settled and handed out"
        );
    }

    /// Whether a later hand-out of the job was seen.
    pub(crate) fn is_stale(&self, id: &JobId, attempt: Attempt) -> bool {
        self.attempts.get(id).is_some_and(|last| *last > attempt)
    }

    /// Compares a status with what was promised.
    pub(crate) fn see(&mut self, id: &JobId, status: &JobStatus) {
        let Some(job) = self.accepted.get(id) else { return };
        if *status == JobStatus::NotFound {
            let is_old = job.epoch_number.get() + 1 < self.newest_epoch;
            assert!(is_old, "{id} was acknowledged and is lost");
            return;
        }
        match self.settled.get(id) {
            // A cancelled job may have been enqueued again.
            Some(first) if !is_aborted(first) => {
                assert_eq!(status, first, "{id} has changed after it was settled");
            }
            _ if status.is_settled() => {
                self.settled.insert(id.clone(), status.clone());
            }
            _ => {
                self.settled.remove(id);
            }
        }
    }

    pub(crate) fn accepted(&self) -> Vec<JobId> {
        self.accepted.keys().cloned().collect()
    }
}

pub(crate) fn is_aborted(status: &JobStatus) -> bool {
    matches!(status, JobStatus::Rejected { reason } if reason == JobStatus::REASON_ABORTED)
}
