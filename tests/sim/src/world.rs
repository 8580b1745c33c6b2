//! A broker, its callers, and a network between them that does what it likes.

use chinampa_broker::engine::{Engine, EngineError};
use chinampa_broker::queue::{Assigned, Attempt, Event, Outcome, QueueConfig, Setting};
use chinampa_broker::store::{RedbStore, Store, StoreError};
use chinampa_jobs::agent::{
    AgentId, BeatRequest, FailureClass, HeldJob, JobFate, JobOutcome, Offer, ReleaseReason, ReleaseRequest,
    SettleRequest, Settled, Usage,
};
use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProvingJob, RequestType, UnixMs};

use crate::disk::Disk;
use crate::faulty::FaultyMemory;
use crate::model::Model;
use crate::random::Random;
use crate::redis::{RedisConnection, RedisMachine};
use crate::shared::SharedMemory;

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

    /// How many brokers work on it at once.
    fn brokers(&self) -> usize {
        1
    }
}

impl Machine for SharedMemory {
    type Store = Self;

    fn open(&self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }

    fn fail(&self, random: &mut Random) {
        Self::fail(self, random);
    }

    fn mend(&self) {
        Self::mend(self);
    }

    fn restart(&self, _random: &mut Random) {
        Self::mend(self);
    }

    fn brokers(&self) -> usize {
        3
    }
}

impl Machine for RedisMachine {
    type Store = RedisConnection;

    fn open(&self) -> Result<RedisConnection, StoreError> {
        self.connect()
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

    fn brokers(&self) -> usize {
        2
    }
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
    /// Brokers; none where one is down.
    engines: Vec<Option<Engine<M::Store>>>,
    now_ms: i64,
    model: Model,
    /// Calls on their way.
    wire: Vec<Event>,
    /// What agents hold, or believe that they do. Aztec's have no name.
    held: Vec<(Option<AgentId>, Assigned)>,
    next_job: u32,
    results: u32,
}

impl<M: Machine> World<M> {
    /// Plays the schedule of a seed.
    ///
    /// # Panics
    /// Where something does not hold that always must.
    pub fn run(machine: M, seed: u64) {
        let engines = (0..machine.brokers()).map(|_| None).collect();
        let mut world = Self {
            machine,
            random: Random::new(seed),
            engines,
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
        let event = match (self.random.below(10), held) {
            (0 | 1, _) => Event::Enqueue(self.job()),
            (2, _) => Event::Claim(self.filter()),
            (3, _) => self.take(),
            (4 | 5, Some((None, held))) => self.unnamed_call(&held),
            (4..=7, Some((Some(agent), held))) => self.agent_call(agent, &held),
            (8, Some((_, held))) if self.random.chance(30) => self.decision(held.job.id),
            (9, _) => Event::Tick,
            _ => Event::Claim(JobFilter::default()),
        };
        self.wire.push(event);
    }

    fn agent(&mut self) -> AgentId {
        format!("agent-{}", self.random.below(5)).parse().expect("a short word")
    }

    fn take(&mut self) -> Event {
        let offer = Offer { ram_bytes: self.random.below(3) as u64, ..Offer::default() };
        Event::Take { agent: self.agent(), version: String::new(), offer }
    }

    /// A call by Aztec's wire about a job.
    fn unnamed_call(&mut self, held: &Assigned) -> Event {
        let (id, filter) = (held.job.id.clone(), other_than(held.job.request_type));
        match self.random.below(3) {
            0 => self.success(&held.job),
            1 => {
                let (reason, retry) = ("fault".to_owned(), self.random.chance(80));
                Event::Fail { id, reason, retry, filter }
            }
            _ => Event::Progress { id, started_at: held.time, filter },
        }
    }

    /// A call by our own wire about a job.
    fn agent_call(&mut self, agent: AgentId, held: &Assigned) -> Event {
        let (id, attempt) = (held.job.id.clone(), held.attempt.0);
        let usage = Usage::default();
        match self.random.below(5) {
            0 => {
                self.results += 1;
                let value = format!("data:result {}", self.results).parse().expect("a short text");
                let outcome = JobOutcome::Success { value };
                Event::Report(SettleRequest { agent, id, attempt, outcome, usage })
            }
            1 => {
                let class = FailureClass::ALL[self.random.below(FailureClass::ALL.len())];
                let (reason, retry) = ("fault".to_owned(), self.random.chance(80));
                let outcome = JobOutcome::Failure { class, reason, retry };
                Event::Report(SettleRequest { agent, id, attempt, outcome, usage })
            }
            2 => {
                let is_spot = self.random.chance(50);
                let reason = if is_spot { ReleaseReason::SpotReclaim } else { ReleaseReason::Shutdown };
                Event::Release(ReleaseRequest { agent, id, attempt, reason })
            }
            _ => Event::Beat(BeatRequest { agent, jobs: vec![HeldJob { id, attempt, progress: None }] }),
        }
    }

    /// Somebody decides something.
    fn decision(&mut self, id: JobId) -> Event {
        match self.random.below(4) {
            0 => Event::Cancel(id),
            1 => Event::Quarantine { id, is_quarantined: self.random.chance(50) },
            2 => Event::Prioritize { id, priority: self.random.below(3) as i8 - 1 },
            _ => Event::Set(Setting::Agent(self.agent(), None)),
        }
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
        let request_type = RequestType::ALL[number as usize % RequestType::AZTEC_COUNT];
        ProvingJob {
            id: format!("{epoch}:{request_type}:{number}").parse().expect("a short text"),
            request_type,
            epoch_number: EpochNumber::from(epoch),
            inputs_uri: format!("data:{number}").parse().expect("a short text"),
        }
    }

    fn filter(&mut self) -> JobFilter {
        JobFilter { allow_list: vec![RequestType::ALL[self.random.below(RequestType::AZTEC_COUNT)]] }
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
        if self.random.chance(50) {
            let index = self.random.below(self.engines.len());
            self.engines[index] = None;
        } else {
            self.engines.iter_mut().for_each(|engine| *engine = None);
        }
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
                assert!(!has_effect(outcome), "{event:?} is stale and does {outcome:?}");
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
        let index = self.random.below(self.engines.len());
        if self.engines[index].is_none() {
            let config = QueueConfig { job_timeout_ms: TIMEOUT_MS as u64, ..QueueConfig::default() };
            let store = self.machine.open().ok()?;
            self.engines[index] = Some(Engine::open(config, store, UnixMs(self.now_ms)).ok()?);
        }
        let outcomes = self.engines[index].as_mut()?.run(events, UnixMs(self.now_ms));
        if outcomes.iter().any(|outcome| matches!(outcome, Err(EngineError::Store(_)))) {
            assert!(outcomes.iter().all(Result::is_err), "a commit fails as a whole");
            return None;
        }
        Some(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Done)).collect())
    }

    fn note(&mut self, event: Event, outcome: Outcome) {
        match (event, outcome) {
            (Event::Enqueue(job), Outcome::Status(_)) => self.model.accept(&job),
            (Event::Take { agent, .. }, Outcome::Taken(Some(assigned), _)) => {
                self.hand_out(Some(agent), assigned);
            }
            (_, Outcome::Assignment(Some(assigned))) => self.hand_out(None, assigned),
            _ => {}
        }
    }

    fn hand_out(&mut self, agent: Option<AgentId>, assigned: Assigned) {
        self.model.hand_out(&assigned.job.id, assigned.attempt);
        if self.held.len() > 20 {
            self.held.remove(0);
        }
        // The reply may be lost: then nobody works on it.
        if self.random.chance(85) {
            self.held.push((agent, assigned));
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
            } else {
                // What was put aside waits for people.
                let ids = self.model.accepted().into_iter();
                let released = ids.map(|id| Event::Quarantine { id, is_quarantined: false }).collect();
                self.ask(released).expect("nothing fails any more");
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
        Event::Enqueue(job) | Event::EnqueueInTrace(job, _) | Event::Replay(job) => Some(job.id.clone()),
        Event::Progress { id, .. }
        | Event::Succeed { id, .. }
        | Event::Fail { id, .. }
        | Event::Report(SettleRequest { id, .. })
        | Event::Release(ReleaseRequest { id, .. })
        | Event::Quarantine { id, .. }
        | Event::Prioritize { id, .. }
        | Event::GiveUp { id, .. }
        | Event::Retry(id)
        | Event::Cancel(id) => Some(id.clone()),
        Event::Beat(request) => request.jobs.first().map(|job| job.id.clone()),
        Event::Claim(_)
        | Event::Take { .. }
        | Event::Set(_)
        | Event::DropEpoch(_)
        | Event::Status(_)
        | Event::Completed(_)
        | Event::Tick => None,
    }
}

/// Whether a call that is no proof holds an attempt after which there was another one.
fn is_stale(model: &Model, event: &Event) -> bool {
    let (id, attempt) = match event {
        Event::Report(SettleRequest { id, attempt, outcome: JobOutcome::Failure { .. }, .. })
        | Event::Release(ReleaseRequest { id, attempt, .. }) => (id, *attempt),
        Event::Beat(request) => match request.jobs.first() {
            Some(job) => (&job.id, job.attempt),
            None => return false,
        },
        _ => return false,
    };
    model.is_stale(id, Attempt(attempt))
}

/// Whether a call about an attempt says that it has done something.
fn has_effect(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Beaten(reply) => reply.fates.contains(&JobFate::Held),
        Outcome::Reported(reply) => {
            !matches!(reply.settled, Settled::Stale | Settled::AlreadySettled | Settled::Unknown)
        }
        Outcome::Released(reply) => reply.is_released,
        _ => false,
    }
}

/// A filter for a caller that wants some other work than a job of this type.
fn other_than(request_type: RequestType) -> JobFilter {
    let number = (usize::from(request_type.number()) + 1) % RequestType::AZTEC_COUNT;
    JobFilter { allow_list: vec![RequestType::ALL[number]] }
}
