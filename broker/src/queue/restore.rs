//! Jobs as a store has them, and the queue that they make.

use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{ProvingJob, UnixMs};

use super::config::QueueConfig;
use super::effects::{Settlement, StoredLease};
use super::event::Attempt;
use super::history::History;
use super::setting::Setting;
use super::state::{Epoch, Queue};
use super::table::{Held, Record, Slot, State};

/// A job as a store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJob {
    /// The job.
    pub job: ProvingJob,
    /// Its place among the jobs of its lane.
    pub sequence: u64,
    /// What went wrong so far, if anything did.
    pub history: Option<Box<History>>,
    /// The last hand-out, if it is known.
    pub lease: Option<StoredLease>,
    /// How it ended, if it did.
    pub settlement: Option<Settlement>,
    /// The trace of its producer, if that has named one.
    pub trace: Option<TraceContext>,
}

impl StoredJob {
    /// A job that waits, of which nothing else is known.
    pub fn new(job: ProvingJob, sequence: u64, trace: Option<TraceContext>) -> Self {
        Self { job, sequence, history: None, lease: None, settlement: None, trace }
    }
}

impl Queue {
    /// The queue with these jobs and decisions, as a store has them in any order.
    pub fn restore(
        config: QueueConfig,
        run: u64,
        now: UnixMs,
        jobs: Vec<StoredJob>,
        settings: Vec<Setting>,
    ) -> Self {
        let mut queue = Self::new(config, run, now);
        settings.into_iter().for_each(|setting| queue.settings.apply(setting));
        jobs.into_iter().for_each(|job| queue.restore_job(job));
        queue.newest_epoch = queue.newest_in_reach();
        queue
    }

    pub(super) fn insert(&mut self, stored: StoredJob) -> Slot {
        let StoredJob { job, sequence, history, lease, settlement, trace } = stored;
        let trace = trace.map(Box::new);
        let (epoch, now_ms) = (job.epoch_number, self.now_ms);
        let is_quarantined = history.as_ref().is_some_and(|history| history.is_quarantined);
        let fence = lease.as_ref().map_or(0, |lease| lease.attempt);
        let is_settled = settlement.is_some();
        let state = settlement.map_or(State::Waiting, State::Settled);
        let last_time_ms = lease.as_ref().map_or(i64::MIN, |lease| lease.started_at_ms);
        let waiting_since_ms = now_ms;
        let record = Record { job, sequence, history, waiting_since_ms, last_time_ms, fence, trace, state };
        let slot = self.table.insert(record);
        self.by_epoch.insert((epoch, slot));
        let entry = self.epochs.entry(epoch).or_insert(Epoch {
            jobs: 0,
            first_enqueue_ms: now_ms,
            last_enqueue_ms: now_ms,
        });
        entry.jobs += 1;
        if is_settled {
            return slot;
        }
        if is_quarantined {
            self.table.get_mut(slot).state = State::Quarantined;
            self.quarantined_count += 1;
        } else if let Some(lease) = lease.filter(|lease| lease.is_held) {
            self.hold(slot, self.restored(lease));
        } else {
            self.wait(slot);
        }
        slot
    }

    /// A stored lease, with its full time before it.
    pub(super) fn restored(&self, lease: StoredLease) -> Held {
        Held {
            attempt: Attempt(lease.attempt),
            agent: lease.agent,
            started_at: UnixMs(lease.started_at_ms),
            deadline_ms: self.deadline_ms(),
            progress: None,
        }
    }

    fn restore_job(&mut self, stored: StoredJob) {
        self.next_sequence = self.next_sequence.max(stored.sequence.saturating_add(1));
        if let Some(lease) = &stored.lease {
            self.next_attempt = self.next_attempt.max(lease.attempt.saturating_add(1));
        }
        if stored.settlement.is_some() {
            // Producers learn again what was settled before, within their next poll.
            self.completions.push(self.now_ms, stored.job.id.clone(), self.config.completions_max);
        }
        self.insert(stored);
    }
}
