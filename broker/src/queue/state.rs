//! The queue itself: dispatch of events, and what every rule needs.

use std::array;
use std::collections::{BTreeMap, BTreeSet};

use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobId, JobStatus, ProvingJob, RequestType, UnixMs};

use super::agents::Agents;
use super::completions::Completions;
use super::config::QueueConfig;
use super::effects::{Change, Effects, FeedEntry, Notice, Settlement};
use super::event::{Event, Outcome, Refusal};
use super::lanes::Waiting;
use super::leases::Leases;
use super::pace::Pace;
use super::restore::StoredJob;
use super::setting::Settings;
use super::table::{Held, Record, Slot, State, Table};

/// Hand-outs and completions between two restarts. The number of each is the number of the restart times this, plus
/// a count.
const NUMBERS_PER_RUN: u64 = 1 << 40;

/// The state of a broker.
#[derive(Debug)]
pub struct Queue {
    pub(super) config: QueueConfig,
    pub(super) table: Table,
    pub(super) waiting: Waiting,
    pub(super) leases: Leases,
    pub(super) by_epoch: BTreeSet<(EpochNumber, Slot)>,
    pub(super) epochs: BTreeMap<EpochNumber, Epoch>,
    pub(super) completions: Completions,
    pub(super) newest_epoch: EpochNumber,
    pub(super) held_count: [usize; RequestType::COUNT],
    pub(super) quarantined_count: usize,
    pub(super) agents: Agents,
    pub(super) settings: Settings,
    pub(super) pace: Pace,
    /// Grows whenever a job may have become claimable.
    pub(super) wakeups: u64,
    pub(super) next_sequence: u64,
    pub(super) next_attempt: u64,
    pub(super) now_ms: i64,
}

/// What is known about an epoch with jobs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epoch {
    pub(super) jobs: usize,
    pub(super) first_enqueue_ms: i64,
    pub(super) last_enqueue_ms: i64,
}

impl Queue {
    /// An empty queue. `run` is the number of this start; no two starts of a broker have the same.
    pub fn new(config: QueueConfig, run: u64, now: UnixMs) -> Self {
        let first_number = run.saturating_mul(NUMBERS_PER_RUN);
        Self {
            config,
            table: Table::default(),
            waiting: Waiting::default(),
            leases: Leases::default(),
            by_epoch: BTreeSet::new(),
            epochs: BTreeMap::new(),
            completions: Completions::starting_at(first_number),
            newest_epoch: EpochNumber::default(),
            held_count: array::from_fn(|_| 0),
            quarantined_count: 0,
            agents: Agents::default(),
            settings: Settings::default(),
            pace: Pace::default(),
            wakeups: 0,
            next_sequence: 0,
            next_attempt: first_number,
            now_ms: now.0,
        }
    }

    /// Handles an event. Time never runs backwards here: an earlier `now` counts as the latest one so far.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing has changed
    pub fn apply(&mut self, event: Event, now: UnixMs, effects: &mut Effects) -> Result<Outcome, Refusal> {
        self.now_ms = self.now_ms.max(now.0);
        match event {
            Event::Enqueue(job) => self.enqueue(job, None, effects).map(Outcome::Status),
            Event::EnqueueInTrace(job, trace) => self.enqueue(job, Some(trace), effects).map(Outcome::Status),
            Event::Replay(job) => self.replay(job, effects).map(Outcome::Status),
            Event::Claim(filter) => Ok(Outcome::Assignment(self.claim_unnamed(&filter, effects))),
            Event::Progress { id, started_at, filter } => {
                Ok(Outcome::Assignment(self.progress(&id, started_at, &filter, effects)))
            }
            Event::Succeed { id, value, filter } => {
                Ok(Outcome::Assignment(self.succeed(&id, value, &filter, effects)))
            }
            Event::Fail { id, reason, retry, filter } => {
                Ok(Outcome::Assignment(self.fail(&id, reason, retry, &filter, effects)))
            }
            Event::Take { agent, version, offer } => self.take(&agent, version, &offer, effects),
            Event::Beat(request) => self.beat(&request, effects).map(Outcome::Beaten),
            Event::Report(request) => Ok(Outcome::Reported(self.report(request, effects))),
            Event::Release(request) => Ok(Outcome::Released(self.hand_back(&request, effects))),
            Event::Cancel(id) => {
                self.cancel(&id, effects);
                Ok(Outcome::Done)
            }
            Event::GiveUp { id, reason } => {
                self.give_up(&id, &reason, effects);
                Ok(Outcome::Done)
            }
            Event::Retry(id) => self.retry(&id, effects).map(Outcome::Status),
            Event::Quarantine { id, is_quarantined } => {
                Ok(Outcome::Status(self.quarantine(&id, is_quarantined, effects)))
            }
            Event::Prioritize { id, priority } => {
                Ok(Outcome::Status(self.prioritize(&id, priority, effects)))
            }
            Event::Set(setting) => {
                self.set(setting, effects);
                Ok(Outcome::Done)
            }
            Event::DropEpoch(epoch) => {
                self.drop_epoch(epoch, effects);
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

    /// How many jobs are put aside.
    pub fn quarantined_count(&self) -> usize {
        self.quarantined_count
    }

    /// How many agents are known.
    pub fn agent_count(&self) -> usize {
        self.agents.len()
    }

    /// Whether any job waits.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Grows whenever a job may have become claimable.
    pub fn wakeups(&self) -> u64 {
        self.wakeups
    }

    /// Decisions in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Settled jobs in the order in which they settled: at most `limit` from `cursor` on, and the cursor for the next
    /// call. Start with 0; each reader keeps its own cursor, over restarts too. What is older than the log is skipped.
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
            State::Waiting | State::Quarantined => JobStatus::InQueue,
            State::Held(_) => JobStatus::InProgress,
            State::Settled(settlement) => settlement.status(),
        }
    }

    /// Gives a waiting job, which is in no lane any more, to an owner.
    pub(super) fn hold(&mut self, slot: Slot, held: Held) {
        if let Some(agent) = &held.agent
            && let Some(agent) = self.agents.get_mut(agent)
        {
            agent.held += 1;
        }
        let deadline_ms = held.deadline_ms;
        let record = self.table.get_mut(slot);
        // Callers without a name never say the number of an attempt; it matters only behind one with a name.
        if held.agent.is_some() || record.fence != 0 {
            record.fence = record.fence.max(held.attempt.0);
        }
        record.state = State::Held(Box::new(held));
        let number = usize::from(record.job.request_type.number());
        self.held_count[number] += 1;
        self.leases.insert(deadline_ms, slot);
    }

    /// Says that nobody may come back to a job with this hand-out.
    pub(super) fn revoke(&mut self, slot: Slot, held: Option<&Held>) {
        let record = self.table.get_mut(slot);
        if let Some(held) = held
            && record.fence != 0
        {
            record.fence = held.attempt.0.saturating_add(1);
        }
    }

    /// Ends the lease of a job, if it has one. The job is then in no lane.
    pub(super) fn unhold(&mut self, slot: Slot) -> Option<Held> {
        let record = self.table.get_mut(slot);
        if !matches!(record.state, State::Held(_)) {
            return None;
        }
        let State::Held(held) = std::mem::replace(&mut record.state, State::Waiting) else { return None };
        let number = usize::from(record.job.request_type.number());
        self.held_count[number] -= 1;
        self.leases.remove(held.deadline_ms, slot);
        if let Some(agent) = &held.agent
            && let Some(agent) = self.agents.get_mut(agent)
        {
            agent.held = agent.held.saturating_sub(1);
        }
        Some(*held)
    }

    /// Takes a job out of whatever it waits in or is held by. Returns the lease, if there was one.
    pub(super) fn detach(&mut self, slot: Slot) -> Option<Held> {
        if let Some(held) = self.unhold(slot) {
            return Some(held);
        }
        let record = self.table.get_mut(slot);
        match record.state {
            State::Waiting => self.waiting.remove(record.lane(), record.sequence),
            State::Quarantined => {
                record.state = State::Waiting;
                self.quarantined_count -= 1;
            }
            State::Held(_) | State::Settled(_) => {}
        }
        None
    }

    /// Puts a job that is in no lane into its lane, at the place that it had.
    pub(super) fn wait(&mut self, slot: Slot) {
        let now_ms = self.now_ms;
        let record = self.table.get_mut(slot);
        record.waiting_since_ms = now_ms;
        record.state = State::Waiting;
        self.waiting.insert(record.lane(), record.sequence, slot);
        self.wakeups += 1;
    }

    /// Puts a job that is in no lane behind the waiting ones of its lane.
    pub(super) fn wait_at_the_end(&mut self, slot: Slot) {
        self.table.get_mut(slot).sequence = self.take_sequence();
        self.wait(slot);
    }

    /// Adds a job that is not known and puts it in line.
    pub(super) fn add(&mut self, job: ProvingJob, trace: Option<TraceContext>, effects: &mut Effects) {
        let (sequence, epoch, request_type) = (self.take_sequence(), job.epoch_number, job.request_type);
        effects.change(match trace {
            None => Change::Enqueued { job: job.clone(), sequence },
            Some(trace) => Change::EnqueuedInTrace { job: job.clone(), sequence, trace },
        });
        effects.notices.push(Notice::Enqueued(request_type));
        let slot = self.insert(StoredJob::new(job, sequence, trace));
        self.note_enqueue(epoch);
        self.show("enqueued", slot, None, effects);
    }

    /// Settles a job that is in no lane.
    pub(super) fn settle(&mut self, slot: Slot, settlement: Settlement, effects: &mut Effects) {
        let record = self.table.get_mut(slot);
        let (epoch, id) = (record.job.epoch_number, record.job.id.clone());
        record.state = State::Settled(settlement.clone());
        self.completions.push(self.now_ms, id.clone(), self.config.completions_max);
        effects.change(Change::Settled { epoch, id, settlement });
    }

    /// Removes a job from everything.
    pub(super) fn forget(&mut self, slot: Slot) -> Record {
        self.detach(slot);
        let record = self.table.remove(slot);
        let epoch = record.job.epoch_number;
        self.by_epoch.remove(&(epoch, slot));
        if let Some(entry) = self.epochs.get_mut(&epoch) {
            entry.jobs -= 1;
            if entry.jobs == 0 {
                self.epochs.remove(&epoch);
            }
        }
        record
    }

    pub(super) fn deadline_ms(&self) -> i64 {
        self.now_ms.saturating_add(i64::try_from(self.config.job_timeout_ms).unwrap_or(i64::MAX))
    }

    /// Tells those who watch.
    pub(super) fn show(&self, kind: &'static str, slot: Slot, held: Option<&Held>, effects: &mut Effects) {
        let record = self.table.get(slot);
        let job = &record.job;
        effects.feed.push(FeedEntry {
            kind,
            id: job.id.clone(),
            request_type: job.request_type.name(),
            epoch: job.epoch_number,
            agent: held.and_then(|held| held.agent.clone()),
            attempt: held.map(|held| held.attempt.0),
            trace: record.trace.as_deref().copied(),
        });
    }

    fn completed(&mut self, asked: Vec<JobId>) -> Vec<JobId> {
        self.drop_old_completions();
        let settled = |id: &JobId| {
            let slot = self.table.find(id);
            slot.is_some_and(|slot| matches!(self.table.get(slot).state, State::Settled(_)))
        };
        let is_aztecs = |id: &&JobId| {
            self.table.find(id).is_none_or(|slot| self.table.get(slot).job.request_type.is_aztecs())
        };
        let logged = self.completions.ids().filter(is_aztecs).cloned();
        logged.chain(asked.into_iter().filter(settled)).collect()
    }
}

/// Milliseconds from one time to a later one.
pub(super) fn elapsed(from_ms: i64, to_ms: i64) -> u64 {
    u64::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(0)
}
