//! The queue itself: dispatch of events, hand-outs, and what every rule needs.

use std::array;

use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProvingJob, RequestType, UnixMs};
use std::collections::BTreeSet;

use super::completions::Completions;
use super::config::QueueConfig;
use super::effects::{Change, Effects, Notice, Settlement};
use super::event::{Assigned, Attempt, Event, Outcome, Refusal};
use super::leases::Leases;
use super::table::{Held, Record, Slot, State, Table};
use super::waiting::Waiting;

/// Hand-outs between two restarts. The number of a hand-out is the number of the restart times this, plus a count.
const ATTEMPTS_PER_RUN: u64 = 1 << 40;

/// A job as a store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJob {
    /// The job.
    pub job: ProvingJob,
    /// Its place among the jobs of its type and epoch.
    pub sequence: u64,
    /// Failures so far.
    pub failures: u32,
    /// How it ended, if it did.
    pub settlement: Option<Settlement>,
}

/// The state of a broker.
#[derive(Debug)]
pub struct Queue {
    pub(super) config: QueueConfig,
    pub(super) table: Table,
    pub(super) waiting: Waiting,
    pub(super) leases: Leases,
    pub(super) by_epoch: BTreeSet<(EpochNumber, Slot)>,
    pub(super) completions: Completions,
    pub(super) newest_epoch: EpochNumber,
    pub(super) held_count: [usize; RequestType::COUNT],
    next_sequence: u64,
    next_attempt: u64,
    now_ms: i64,
}

impl Queue {
    /// The queue with these jobs, as a store has them in any order. `run` is the number of this start; no two
    /// starts of a broker have the same.
    pub fn restore(config: QueueConfig, run: u64, now: UnixMs, jobs: Vec<StoredJob>) -> Self {
        let mut queue = Self {
            config,
            table: Table::default(),
            waiting: Waiting::default(),
            leases: Leases::default(),
            by_epoch: BTreeSet::new(),
            completions: Completions::default(),
            newest_epoch: EpochNumber::default(),
            held_count: array::from_fn(|_| 0),
            next_sequence: 0,
            next_attempt: run.saturating_mul(ATTEMPTS_PER_RUN),
            now_ms: now.0,
        };
        jobs.into_iter().for_each(|job| queue.restore_job(job));
        queue
    }

    /// Handles an event. Time never runs backwards here: an earlier `now` counts as the latest one so far.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing has changed
    pub fn apply(&mut self, event: Event, now: UnixMs, effects: &mut Effects) -> Result<Outcome, Refusal> {
        self.now_ms = self.now_ms.max(now.0);
        match event {
            Event::Enqueue(job) => self.enqueue(job, effects).map(Outcome::Status),
            Event::Replay(job) => self.replay(job, effects).map(Outcome::Status),
            Event::Claim(filter) => Ok(Outcome::Assignment(self.claim(&filter, effects))),
            Event::Progress { id, lease, filter } => Ok(self.progress(&id, lease, &filter, effects)),
            Event::Succeed { id, value, filter } => {
                Ok(Outcome::Assignment(self.succeed(&id, value, &filter, effects)))
            }
            Event::Fail { id, reason, retry, attempt, filter } => {
                let next = match self.fail(&id, &reason, retry, attempt, effects) {
                    None => None,
                    Some(requeue) => {
                        // The caller gets other work before the job that it failed waits again.
                        let next = self.claim(&filter, effects);
                        requeue.into_iter().for_each(|slot| self.wait_again(slot));
                        next
                    }
                };
                Ok(Outcome::Assignment(next))
            }
            Event::Cancel(id) => {
                self.cancel(&id, effects);
                Ok(Outcome::Done)
            }
            Event::Status(id) => Ok(Outcome::Status(self.status(&id))),
            Event::Completed(ids) => Ok(Outcome::Completed(self.completed(ids))),
            Event::Tick => {
                self.tick(effects);
                Ok(Outcome::Done)
            }
        }
    }

    /// How many jobs are known.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no job is known.
    pub fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    /// How many jobs of a type wait.
    pub fn waiting_count(&self, request_type: RequestType) -> usize {
        self.waiting.len(request_type)
    }

    /// How many jobs of a type are handed out.
    pub fn held_count(&self, request_type: RequestType) -> usize {
        self.held_count[usize::from(request_type.number())]
    }

    /// Settled jobs in the order in which they settled: at most `limit` from `cursor` on, and the cursor for the next
    /// call. Start with 0; each reader keeps its own cursor. What is older than the log is skipped.
    pub fn completions(&self, cursor: u64, limit: usize) -> (Vec<JobId>, u64) {
        self.completions.read(cursor, limit)
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub(super) fn take_sequence(&mut self) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        sequence
    }

    pub(super) fn status(&self, id: &JobId) -> JobStatus {
        self.table.find(id).map_or(JobStatus::NotFound, |slot| self.status_at(slot))
    }

    pub(super) fn status_at(&self, slot: Slot) -> JobStatus {
        match &self.table.get(slot).state {
            State::Waiting => JobStatus::InQueue,
            State::Held(_) => JobStatus::InProgress,
            State::Settled(settlement) => settlement.status(),
        }
    }

    /// Hands out the first job that the filter accepts.
    pub(super) fn claim(&mut self, filter: &JobFilter, effects: &mut Effects) -> Option<Assigned> {
        let slot = self.waiting.pop(filter)?;
        let attempt = Attempt(self.next_attempt);
        self.next_attempt += 1;
        let now_ms = self.now_ms;
        let record = self.table.get_mut(slot);
        let time = UnixMs(now_ms.max(record.last_time_ms.saturating_add(1)));
        record.last_time_ms = time.0;
        let (job, waiting_since_ms) = (record.job.clone(), record.waiting_since_ms);
        self.hold(slot, attempt, time);
        let waited_ms = elapsed(waiting_since_ms, now_ms);
        effects.notices.push(Notice::Claimed { request_type: job.request_type, waited_ms });
        Some(Assigned { job, time, attempt })
    }

    /// A number for a job that an agent takes by itself.
    pub(super) fn take_attempt(&mut self) -> Attempt {
        let attempt = Attempt(self.next_attempt);
        self.next_attempt += 1;
        attempt
    }

    /// Gives a waiting job, which is in no tree any more, to an owner.
    pub(super) fn hold(&mut self, slot: Slot, attempt: Attempt, started_at: UnixMs) {
        let deadline_ms = self.deadline_ms();
        let record = self.table.get_mut(slot);
        record.state = State::Held(Held { attempt, started_at, deadline_ms });
        let number = usize::from(record.job.request_type.number());
        self.held_count[number] += 1;
        self.leases.insert(deadline_ms, slot);
    }

    /// Ends the lease of a job, if it has one.
    pub(super) fn release(&mut self, slot: Slot) -> Option<Held> {
        let record = self.table.get_mut(slot);
        let State::Held(held) = record.state else { return None };
        record.state = State::Waiting;
        let number = usize::from(record.job.request_type.number());
        self.held_count[number] -= 1;
        self.leases.remove(held.deadline_ms, slot);
        Some(held)
    }

    /// Takes a job out of whatever it waits in or is held by. Returns the lease, if there was one.
    pub(super) fn detach(&mut self, slot: Slot) -> Option<Held> {
        if let Some(held) = self.release(slot) {
            return Some(held);
        }
        let record = self.table.get(slot);
        if matches!(record.state, State::Waiting) {
            self.waiting.remove(record.job.request_type, record.job.epoch_number, record.sequence);
        }
        None
    }

    /// Puts a job that is in no tree behind the waiting ones of its epoch.
    pub(super) fn wait_again(&mut self, slot: Slot) {
        let (sequence, now_ms) = (self.take_sequence(), self.now_ms);
        let record = self.table.get_mut(slot);
        record.sequence = sequence;
        record.waiting_since_ms = now_ms;
        record.state = State::Waiting;
        self.waiting.insert(record.job.request_type, record.job.epoch_number, sequence, slot);
    }

    /// Adds a job that is not known and puts it in line.
    pub(super) fn add(&mut self, job: ProvingJob, effects: &mut Effects) {
        let (sequence, epoch, request_type) = (self.take_sequence(), job.epoch_number, job.request_type);
        effects.changes.push(Change::Enqueued { job: job.clone(), sequence });
        effects.notices.push(Notice::Enqueued(request_type));
        let stored = StoredJob { job, sequence, failures: 0, settlement: None };
        self.insert(stored);
        self.newest_epoch = self.newest_epoch.max(epoch);
    }

    /// Settles a job that is in no tree.
    pub(super) fn settle(&mut self, slot: Slot, settlement: Settlement, effects: &mut Effects) {
        let record = self.table.get_mut(slot);
        let (epoch, id) = (record.job.epoch_number, record.job.id.clone());
        record.state = State::Settled(settlement.clone());
        self.completions.push(self.now_ms, id.clone(), self.config.completions_max);
        effects.changes.push(Change::Settled { epoch, id, settlement });
    }

    /// Removes a job from everything.
    pub(super) fn forget(&mut self, slot: Slot) -> Record {
        self.detach(slot);
        let record = self.table.remove(slot);
        self.by_epoch.remove(&(record.job.epoch_number, slot));
        record
    }

    pub(super) fn deadline_ms(&self) -> i64 {
        self.now_ms.saturating_add(i64::try_from(self.config.job_timeout_ms).unwrap_or(i64::MAX))
    }

    /// The oldest epoch whose jobs are kept.
    pub(super) fn oldest_kept(&self) -> EpochNumber {
        EpochNumber::new(self.newest_epoch.get().saturating_sub(self.config.epochs_kept)).unwrap_or_default()
    }

    fn completed(&mut self, asked: Vec<JobId>) -> Vec<JobId> {
        self.drop_old_completions();
        let settled = |id: &JobId| {
            let slot = self.table.find(id);
            slot.is_some_and(|slot| matches!(self.table.get(slot).state, State::Settled(_)))
        };
        self.completions.ids().cloned().chain(asked.into_iter().filter(settled)).collect()
    }

    fn insert(&mut self, stored: StoredJob) -> Slot {
        let StoredJob { job, sequence, failures, settlement } = stored;
        let (request_type, epoch) = (job.request_type, job.epoch_number);
        let state = settlement.map_or(State::Waiting, State::Settled);
        let is_waiting = matches!(state, State::Waiting);
        let now_ms = self.now_ms;
        let record =
            Record { job, sequence, failures, waiting_since_ms: now_ms, last_time_ms: i64::MIN, state };
        let slot = self.table.insert(record);
        self.by_epoch.insert((epoch, slot));
        if is_waiting {
            self.waiting.insert(request_type, epoch, sequence, slot);
        }
        slot
    }

    fn restore_job(&mut self, stored: StoredJob) {
        self.newest_epoch = self.newest_epoch.max(stored.job.epoch_number);
        self.next_sequence = self.next_sequence.max(stored.sequence.saturating_add(1));
        if stored.settlement.is_some() {
            // Producers learn again what was settled before, within their next poll.
            self.completions.push(self.now_ms, stored.job.id.clone(), self.config.completions_max);
        }
        self.insert(stored);
    }
}

/// Milliseconds from one time to a later one.
pub(super) fn elapsed(from_ms: i64, to_ms: i64) -> u64 {
    u64::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(0)
}
