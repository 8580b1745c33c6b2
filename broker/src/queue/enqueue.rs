//! Adding, reviving and cancelling jobs.

use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobId, JobStatus, ProvingJob, RequestType, UnixMs};

use super::effects::{Change, Effects, Notice, Settlement, StoredLease};
use super::event::Refusal;
use super::state::Queue;
use super::table::{Record, State};
use crate::payload;

impl Queue {
    /// Adds a job. Returns its status before.
    pub(super) fn enqueue(
        &mut self,
        job: ProvingJob,
        trace: Option<TraceContext>,
        effects: &mut Effects,
    ) -> Result<JobStatus, Refusal> {
        let Some(slot) = self.table.find(&job.id) else {
            self.check_epoch(&job)?;
            self.check_room(&job)?;
            self.add(job, trace, effects);
            return Ok(JobStatus::NotFound);
        };
        if !is_same(&self.table.get(slot).job, &job) {
            return Err(Refusal::DuplicateId);
        }
        if !matches!(self.table.get(slot).state, State::Settled(Settlement::Aborted)) {
            effects.notices.push(Notice::Cached(job.request_type));
            return Ok(self.status_at(slot));
        }
        // A cancelled job runs again. Its producer learns of it as of a new one, so that it waits for the result.
        self.check_epoch(&job)?;
        let mut record = self.forget(slot);
        record.trace = trace.map(Box::new).or(record.trace);
        self.revive(record, effects);
        Ok(JobStatus::NotFound)
    }

    /// Adds a job again that was forgotten just now. It has no past, except that attempts at it are still told apart.
    pub(super) fn revive(&mut self, record: Record, effects: &mut Effects) {
        let (epoch, id) = (record.job.epoch_number, record.job.id.clone());
        self.add(record.job, record.trace.map(|trace| *trace), effects);
        if record.fence == 0 {
            return;
        }
        let Some(slot) = self.table.find(&id) else { return };
        let renewed = self.table.get_mut(slot);
        renewed.fence = record.fence.saturating_add(1);
        renewed.last_time_ms = record.last_time_ms;
        let (sequence, lease) = (renewed.sequence, ended(renewed));
        effects.change(Change::Leased { epoch, id, lease, sequence: Some(sequence) });
    }

    /// Forgets a job and adds it, whatever its epoch. Returns that it waits.
    pub(super) fn replay(&mut self, job: ProvingJob, effects: &mut Effects) -> Result<JobStatus, Refusal> {
        match self.table.find(&job.id) {
            None => {
                self.check_room(&job)?;
                self.add(job, None, effects);
            }
            Some(slot) => {
                let record = self.forget(slot);
                let (epoch, id) = (record.job.epoch_number, record.job.id.clone());
                effects.change(Change::Forgotten { epoch, id });
                self.revive(Record { job, ..record }, effects);
            }
        }
        Ok(JobStatus::InQueue)
    }

    /// Settles an unsettled job as cancelled.
    pub(super) fn cancel(&mut self, id: &JobId, effects: &mut Effects) {
        let Some(slot) = self.table.find(id) else { return };
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return;
        }
        let held = self.detach(slot);
        self.settle(slot, Settlement::Aborted, effects);
        self.show("cancelled", slot, held.as_ref(), effects);
        effects.notices.push(Notice::Aborted(self.table.get(slot).job.request_type));
    }

    /// Settles an unsettled job as rejected, whoever works on it.
    pub(super) fn give_up(&mut self, id: &JobId, reason: &str, effects: &mut Effects) {
        let Some(slot) = self.table.find(id) else { return };
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return;
        }
        let held = self.detach(slot);
        self.settle(slot, Settlement::Rejected(reason.into()), effects);
        self.show("rejected", slot, held.as_ref(), effects);
        let request_type = self.table.get(slot).job.request_type;
        effects.notices.push(Notice::Rejected { request_type, duration_ms: None });
    }

    pub(super) fn check_epoch(&self, job: &ProvingJob) -> Result<(), Refusal> {
        let epoch = job.epoch_number;
        if job.request_type == RequestType::NoirProgram && !epoch.is_day() {
            return Err(Refusal::ProgramOfEpoch { epoch });
        }
        if self.is_old(epoch) {
            let today = EpochNumber::of_day(UnixMs(self.now_ms));
            let newest = if epoch.is_day() { today } else { self.newest_epoch };
            return Err(Refusal::EpochTooOld { job: epoch, newest });
        }
        Ok(())
    }

    fn check_room(&self, job: &ProvingJob) -> Result<(), Refusal> {
        let limit = self.config.max_jobs;
        if self.table.len() >= limit {
            return Err(Refusal::Full { limit });
        }
        let limit = self.config.max_epochs;
        if self.epochs.len() >= limit && !self.epochs.contains_key(&job.epoch_number) {
            return Err(Refusal::TooManyEpochs { limit });
        }
        Ok(())
    }
}

/// Whether both are the same job, also where its inputs are kept in another place than before.
fn is_same(known: &ProvingJob, job: &ProvingJob) -> bool {
    let is_alike = known.request_type == job.request_type && known.epoch_number == job.epoch_number;
    is_alike && payload::is_same(&known.inputs_uri, &job.inputs_uri, job.epoch_number)
}

/// That nobody holds the job, and which attempts may come back to it.
pub(super) fn ended(record: &Record) -> StoredLease {
    StoredLease { attempt: record.fence, agent: None, started_at_ms: record.last_time_ms, is_held: false }
}
