//! A broker, its callers, and a network between them that does what it likes.

use chinampa_broker::engine::{Engine, EngineError};
use chinampa_broker::queue::{Assigned, Event, Lease, Outcome, QueueConfig};
use chinampa_broker::store::{RedbStore, Store, StoreError};
use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProvingJob, RequestType, UnixMs};

use crate::disk::Disk;
use crate::faulty::FaultyMemory;
use crate::model::Model;
use crate::random::Random;

/// Steps under faults.
const STEPS: usize = 250;
/// Steps without, in which everything must come to an end.
const QUIET_STEPS: usize = 2000;
const TIMEOUT_MS: i64 = 1000;

/// Where a broker's store is, and how it breaks.
pub trait Machine {
    /// The store.
    type Store: Store;

    /// Opens the store.
    ///
    /// # Errors
    /// [`StoreError`], only while the machine fails
    fn open(&self) -> Result<Self::Store, StoreError>;

    /// Breaks soon.
    fn fail(&self, random: &mut Random);

    /// Works again, without loss.
    fn mend(&self);

    /// Goes off and on.
    fn restart(&self, random: &mut Random);
}

impl Machine for FaultyMemory {
    type Store = Self;

    fn open(&self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }

    fn fail(&self, random: &mut Random) {
        Self::fail(self, random.chance(50));
    }

    fn mend(&self) {
        Self::mend(self);
    }

    fn restart(&self, _random: &mut Random) {
        Self::mend(self);
    }
}

impl Machine for Disk {
    type Store = RedbStore;

    fn open(&self) -> Result<RedbStore, StoreError> {
        self.store()
    }

    fn fail(&self, random: &mut Random) {
        self.fail_after(random.below(30));
    }

    fn mend(&self) {
        Self::mend(self);
    }

    fn restart(&self, random: &mut Random) {
        self.cut_power(random);
    }
}

/// One schedule.
#[derive(Debug)]
pub struct World<M: Machine> {
    machine: M,
    random: Random,
    engine: Option<Engine<M::Store>>,
    now_ms: i64,
    model: Model,
    /// Calls on their way.
    wire: Vec<Event>,
    /// What agents hold, or believe that they do.
    held: Vec<Assigned>,
    next_job: u32,
    results: u32,
}

impl<M: Machine> World<M> {
    /// Plays the schedule of a seed.
    ///
    /// # Panics
    /// Where something does not hold that always must.
    pub fn run(machine: M, seed: u64) {
        let mut world = Self {
            machine,
            random: Random::new(seed),
            engine: None,
            now_ms: 1_000_000,
            model: Model::default(),
            wire: Vec::new(),
            held: Vec::new(),
            next_job: 0,
            results: 0,
        };
        for _ in 0..STEPS {
            world.call();
            world.fault();
            world.deliver();
            world.now_ms += world.random.below(100) as i64;
        }
        world.settle_all();
    }

    /// Somebody calls.
    fn call(&mut self) {
        let held = (!self.held.is_empty()).then(|| self.held[self.random.below(self.held.len())].clone());
        let event = match (self.random.below(8), held) {
            (0 | 1, _) => Event::Enqueue(self.job()),
            (2, _) => Event::Claim(self.filter()),
            (3, Some(held)) => self.success(&held.job),
            (4, Some(held)) => Event::Fail {
                id: held.job.id,
                reason: "fault".to_owned(),
                retry: self.random.chance(80),
                attempt: self.random.chance(70).then_some(held.attempt),
                filter: other_than(held.job.request_type),
            },
            (5, Some(held)) => {
                let is_numbered = self.random.chance(50);
                let lease =
                    if is_numbered { Lease::Attempt(held.attempt) } else { Lease::StartedAt(held.time) };
                let filter = other_than(held.job.request_type);
                Event::Progress { id: held.job.id, lease, filter }
            }
            (6, Some(held)) if self.random.chance(20) => Event::Cancel(held.job.id),
            (7, _) => Event::Tick,
            _ => Event::Claim(JobFilter::default()),
        };
        self.wire.push(event);
    }

    /// A job, new or enqueued before.
    fn job(&mut self) -> ProvingJob {
        let number = if self.next_job > 0 && self.random.chance(20) {
            self.random.below(self.next_job as usize) as u32
        } else {
            self.next_job += 1;
            self.next_job - 1
        };
        let epoch = 1 + number / 25;
        let request_type = RequestType::ALL[number as usize % RequestType::COUNT];
        ProvingJob {
            id: format!("{epoch}:{request_type}:{number}").parse().expect("a short text"),
            request_type,
            epoch_number: EpochNumber::from(epoch),
            inputs_uri: format!("data:{number}").parse().expect("a short text"),
        }
    }

    fn filter(&mut self) -> JobFilter {
        JobFilter { allow_list: vec![RequestType::ALL[self.random.below(RequestType::COUNT)]] }
    }

    fn success(&mut self, job: &ProvingJob) -> Event {
        self.results += 1;
        let value = format!("data:result {}", self.results).parse().expect("a short text");
        Event::Succeed { id: job.id.clone(), value, filter: other_than(job.request_type) }
    }

    fn fault(&mut self) {
        match self.random.below(100) {
            0..4 => self.machine.fail(&mut self.random),
            4..7 => self.machine.mend(),
            7..10 => self.restart(),
            10..12 => self.now_ms += self.random.below(3_600_000) as i64,
            12..14 => self.now_ms -= self.random.below(3_600_000) as i64,
            14..16 => self.wire.clear(),
            16..20 => {
                // A call that is sent twice, the second time perhaps much later.
                if let Some(event) = self.wire.last().cloned() {
                    self.wire.push(event);
                }
            }
            _ => {}
        }
    }

    fn restart(&mut self) {
        self.engine = None;
        self.machine.restart(&mut self.random);
        self.check_all();
    }

    /// Some calls arrive, in any order, and share a commit.
    fn deliver(&mut self) {
        let mut batch = Vec::new();
        for _ in 0..self.random.below(4) {
            if !self.wire.is_empty() {
                let index = self.random.below(self.wire.len());
                batch.push(self.wire.swap_remove(index));
            }
        }
        if !batch.is_empty() {
            self.serve(batch);
        }
    }

    /// Handles calls, each between two looks at the state of its job.
    fn serve(&mut self, batch: Vec<Event>) {
        let mut events = Vec::new();
        for event in &batch {
            if let Event::Enqueue(job) = event {
                self.model.sent(job);
            }
            let look = subject(event).map_or(Event::Tick, Event::Status);
            events.extend([look.clone(), event.clone(), look]);
        }
        let Some(outcomes) = self.ask(events) else { return };
        for (event, outcomes) in batch.into_iter().zip(outcomes.chunks_exact(3)) {
            let [before, outcome, after] = outcomes else { continue };
            if is_stale(&self.model, &event) {
                assert_eq!(before, after, "{event:?} is stale");
                assert_ne!(*outcome, Outcome::Lease { is_held: true }, "{event:?} is stale");
            }
            let id = subject(&event);
            self.note(event, outcome.clone());
            if let (Some(id), Outcome::Status(after)) = (id, after) {
                self.model.see(&id, after);
            }
        }
    }

    /// Outcomes of all events, or none: then nothing is promised.
    fn ask(&mut self, events: Vec<Event>) -> Option<Vec<Outcome>> {
        if self.engine.is_none() {
            let config = QueueConfig { job_timeout_ms: TIMEOUT_MS as u64, ..QueueConfig::default() };
            let store = self.machine.open().ok()?;
            self.engine = Some(Engine::open(config, store, UnixMs(self.now_ms)).ok()?);
        }
        let outcomes = self.engine.as_mut()?.run(events, UnixMs(self.now_ms));
        if outcomes.iter().any(|outcome| matches!(outcome, Err(EngineError::Store(_)))) {
            assert!(outcomes.iter().all(Result::is_err), "a commit fails as a whole");
            return None;
        }
        Some(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Done)).collect())
    }

    fn note(&mut self, event: Event, outcome: Outcome) {
        match (event, outcome) {
            (Event::Enqueue(job), Outcome::Status(_)) => self.model.accept(&job),
            (_, Outcome::Assignment(Some(assigned))) => {
                self.model.hand_out(&assigned.job.id, assigned.attempt);
                if self.held.len() > 20 {
                    self.held.remove(0);
                }
                // The reply may be lost: then nobody works on it.
                if self.random.chance(85) {
                    self.held.push(assigned);
                }
            }
            _ => {}
        }
    }

    /// Compares every promise with the broker.
    fn check_all(&mut self) {
        let ids = self.model.accepted();
        let Some(outcomes) = self.ask(ids.iter().cloned().map(Event::Status).collect()) else { return };
        for (id, outcome) in ids.iter().zip(outcomes) {
            if let Outcome::Status(status) = outcome {
                self.model.see(id, &status);
            }
        }
    }

    /// The faults stop: every job is handed out and settles.
    fn settle_all(&mut self) {
        self.restart();
        self.wire.clear();
        for _ in 0..QUIET_STEPS {
            self.now_ms += TIMEOUT_MS;
            let outcomes = self.ask(vec![Event::Tick, Event::Claim(JobFilter::default())]);
            let outcomes = outcomes.expect("nothing fails any more");
            if let Some(Outcome::Assignment(Some(assigned))) = outcomes.into_iter().nth(1) {
                self.model.hand_out(&assigned.job.id, assigned.attempt);
                let success = self.success(&assigned.job);
                self.serve(vec![success]);
            } else if self.is_settled() {
                self.check_all();
                return;
            }
        }
        panic!("some jobs are never handed out");
    }

    fn is_settled(&mut self) -> bool {
        let ids = self.model.accepted();
        let outcomes =
            self.ask(ids.into_iter().map(Event::Status).collect()).expect("nothing fails any more");
        outcomes.iter().all(|outcome| match outcome {
            Outcome::Status(status) => status.is_settled() || *status == JobStatus::NotFound,
            _ => false,
        })
    }
}

/// The job that a call is about.
fn subject(event: &Event) -> Option<JobId> {
    match event {
        Event::Enqueue(job) | Event::Replay(job) => Some(job.id.clone()),
        Event::Progress { id, .. }
        | Event::Succeed { id, .. }
        | Event::Fail { id, .. }
        | Event::Cancel(id) => Some(id.clone()),
        Event::Claim(_) | Event::Status(_) | Event::Completed(_) | Event::Tick => None,
    }
}

/// Whether a call holds an attempt after which there was another one.
fn is_stale(model: &Model, event: &Event) -> bool {
    match event {
        Event::Fail { id, attempt: Some(attempt), .. } => model.is_stale(id, *attempt),
        Event::Progress { id, lease: Lease::Attempt(attempt), .. } => model.is_stale(id, *attempt),
        _ => false,
    }
}

/// A filter for a caller that wants some other work than a job of this type.
fn other_than(request_type: RequestType) -> JobFilter {
    let number = (usize::from(request_type.number()) + 1) % RequestType::COUNT;
    JobFilter { allow_list: vec![RequestType::ALL[number]] }
}
