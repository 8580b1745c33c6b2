//! Adding, reviving and cancelling jobs.

use chinampa_jobs::{JobId, JobStatus, ProvingJob};

use super::effects::{Change, Effects, Notice, Settlement};
use super::event::Refusal;
use super::state::Queue;
use super::table::State;

impl Queue {
    /// Adds a job. Returns its status before.
    pub(super) fn enqueue(&mut self, job: ProvingJob, effects: &mut Effects) -> Result<JobStatus, Refusal> {
        let Some(slot) = self.table.find(&job.id) else {
            self.check_epoch(&job)?;
            self.check_room()?;
            self.add(job, effects);
            return Ok(JobStatus::NotFound);
        };
        if self.table.get(slot).job != job {
            return Err(Refusal::DuplicateId);
        }
        if !matches!(self.table.get(slot).state, State::Settled(Settlement::Aborted)) {
            effects.notices.push(Notice::Cached(job.request_type));
            return Ok(self.status_at(slot));
        }
        // A cancelled job runs again. Its producer learns of it as of a new one, so that it waits for the result.
        self.check_epoch(&job)?;
        self.forget(slot);
        self.add(job, effects);
        Ok(JobStatus::NotFound)
    }

    /// Forgets a job and adds it, whatever its epoch. Returns that it waits.
    pub(super) fn replay(&mut self, job: ProvingJob, effects: &mut Effects) -> Result<JobStatus, Refusal> {
        match self.table.find(&job.id) {
            None => self.check_room()?,
            Some(slot) => {
                let record = self.forget(slot);
                effects.changes.push(Change::Forgotten { epoch: record.job.epoch_number, id: record.job.id });
            }
        }
        self.add(job, effects);
        Ok(JobStatus::InQueue)
    }

    /// Settles an unsettled job as cancelled.
    pub(super) fn cancel(&mut self, id: &JobId, effects: &mut Effects) {
        let Some(slot) = self.table.find(id) else { return };
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return;
        }
        self.detach(slot);
        self.settle(slot, Settlement::Aborted, effects);
        effects.notices.push(Notice::Aborted(self.table.get(slot).job.request_type));
    }

    fn check_epoch(&self, job: &ProvingJob) -> Result<(), Refusal> {
        if job.epoch_number < self.oldest_kept() {
            return Err(Refusal::EpochTooOld { job: job.epoch_number, newest: self.newest_epoch });
        }
        Ok(())
    }

    fn check_room(&self) -> Result<(), Refusal> {
        let limit = self.config.max_jobs;
        if self.table.len() >= limit { Err(Refusal::Full { limit }) } else { Ok(()) }
    }
}
