//! Rules that the recorded exchanges of Aztec's broker do not show.

use chinampa_jobs::agent::{
    AgentId, BeatRequest, Directive, FailureClass, HeldJob, JobFate, JobOutcome, Needs, Offer, Progress,
    ReleaseReason, ReleaseRequest, SettleReply, SettleRequest, Settled, Usage,
};
use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProofUri, ProvingJob, RequestType, UnixMs};

use super::*;

mod order;

struct Harness {
    queue: Queue,
    now_ms: i64,
    effects: Effects,
}

impl Harness {
    fn new(config: QueueConfig) -> Self {
        let queue = Queue::restore(config, 1, UnixMs(1000), Vec::new(), Vec::new());
        Self { queue, now_ms: 1000, effects: Effects::default() }
    }

    fn apply(&mut self, event: Event) -> Result<Outcome, Refusal> {
        self.queue.apply(event, UnixMs(self.now_ms), &mut self.effects)
    }

    fn enqueue(&mut self, job: &ProvingJob) -> Result<Outcome, Refusal> {
        self.apply(Event::Enqueue(job.clone()))
    }

    fn claim(&mut self) -> Option<Assigned> {
        assignment(self.apply(Event::Claim(JobFilter::default())))
    }

    fn status(&mut self, id: &JobId) -> JobStatus {
        match self.apply(Event::Status(id.clone())) {
            Ok(Outcome::Status(status)) => status,
            other => panic!("{other:?}"),
        }
    }

    fn take(&mut self, agent: &str) -> Option<Assigned> {
        self.take_as(agent, Offer::default())
    }

    fn take_as(&mut self, agent: &str, offer: Offer) -> Option<Assigned> {
        match self.apply(Event::Take { agent: id(agent), version: String::new(), offer }) {
            Ok(Outcome::Taken(assigned, _)) => assigned,
            other => panic!("{other:?}"),
        }
    }

    fn beat(&mut self, agent: &str, job: &JobId, attempt: Attempt) -> JobFate {
        let job = HeldJob { id: job.clone(), attempt: attempt.0, progress: None };
        match self.apply(Event::Beat(BeatRequest { agent: id(agent), jobs: vec![job] })) {
            Ok(Outcome::Beaten(reply)) => reply.fates[0],
            other => panic!("{other:?}"),
        }
    }

    fn report(&mut self, agent: &str, job: &JobId, attempt: Attempt, outcome: JobOutcome) -> SettleReply {
        let (agent, job, usage) = (id(agent), job.clone(), Usage { cpu_ms: 7, ..Usage::default() });
        match self.apply(Event::Report(SettleRequest { agent, id: job, attempt: attempt.0, outcome, usage }))
        {
            Ok(Outcome::Reported(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// A take and a failure of what was taken.
    fn take_and_fail(&mut self, agent: &str, class: FailureClass) -> (Assigned, Settled) {
        let assigned = self.take(agent).unwrap();
        let settled = self.report(agent, &assigned.job.id, assigned.attempt, failure(class)).settled;
        (assigned, settled)
    }

    fn release(&mut self, agent: &str, job: &JobId, attempt: Attempt, reason: ReleaseReason) -> bool {
        let (agent, job) = (id(agent), job.clone());
        match self.apply(Event::Release(ReleaseRequest { agent, id: job, attempt: attempt.0, reason })) {
            Ok(Outcome::Released(reply)) => reply.is_released,
            other => panic!("{other:?}"),
        }
    }

    fn set(&mut self, setting: Setting) {
        self.apply(Event::Set(setting)).unwrap();
    }

    fn state(&self, id: &JobId) -> &'static str {
        self.queue.job(id).map_or("unknown", |job| job.state)
    }

    fn succeed(&mut self, id: &JobId, value: &str) {
        let value = value.parse().unwrap();
        self.apply(Event::Succeed { id: id.clone(), value, filter: none() }).unwrap();
    }

    fn fail(&mut self, id: &JobId, retry: bool) -> Option<Assigned> {
        let (reason, filter) = ("broken".to_owned(), JobFilter::default());
        assignment(self.apply(Event::Fail { id: id.clone(), reason, retry, filter }))
    }

    fn tick(&mut self, later_ms: i64) {
        self.now_ms += later_ms;
        self.apply(Event::Tick).unwrap();
    }
}

fn id(agent: &str) -> AgentId {
    agent.parse().unwrap()
}

fn failure(class: FailureClass) -> JobOutcome {
    JobOutcome::Failure { class, reason: "broken".to_owned(), retry: true }
}

fn success(value: &str) -> JobOutcome {
    JobOutcome::Success { value: value.parse().unwrap() }
}

/// A filter that no test job passes.
fn none() -> JobFilter {
    JobFilter { allow_list: vec![RequestType::RootRollup] }
}

fn assignment(outcome: Result<Outcome, Refusal>) -> Option<Assigned> {
    match outcome {
        Ok(Outcome::Assignment(assigned)) => assigned,
        other => panic!("{other:?}"),
    }
}

fn job(number: u32, epoch: u32) -> ProvingJob {
    ProvingJob {
        id: format!("{epoch}:PARITY_BASE:{number}").parse().unwrap(),
        request_type: RequestType::ParityBase,
        epoch_number: EpochNumber::from(epoch),
        inputs_uri: format!("data:{number}").parse().unwrap(),
    }
}

#[test]
fn a_stale_attempt_changes_nothing() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let first = harness.take("a").unwrap();
    harness.tick(30_000);
    let second = harness.take("b").unwrap();
    assert!(second.attempt > first.attempt);
    let stale = harness.report("a", &job.id, first.attempt, failure(FailureClass::JobError));
    assert_eq!(stale.settled, Settled::Stale);
    assert_eq!(harness.beat("a", &job.id, first.attempt), JobFate::Superseded);
    assert!(!harness.release("a", &job.id, first.attempt, ReleaseReason::Other));
    assert_eq!(harness.status(&job.id), JobStatus::InProgress);
    assert_eq!(harness.beat("b", &job.id, second.attempt), JobFate::Held);
}

#[test]
fn attempts_after_a_restart_are_higher() {
    let mut harness = Harness::new(QueueConfig::default());
    harness.enqueue(&job(1, 1)).unwrap();
    let before = harness.claim().unwrap();
    let stored =
        StoredJob { job: job(1, 1), sequence: 0, history: None, lease: None, settlement: None, trace: None };
    harness.queue = Queue::restore(QueueConfig::default(), 2, UnixMs(0), vec![stored], Vec::new());
    assert!(harness.claim().unwrap().attempt > before.attempt);
}

#[test]
fn two_hand_outs_of_a_job_have_different_times() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let first = harness.claim().unwrap();
    harness.fail(&job.id, true);
    let second = harness.claim().unwrap();
    assert!(second.time > first.time, "though no time has passed");
}

#[test]
fn a_failed_job_does_not_go_back_to_the_caller_that_failed_it() {
    let mut harness = Harness::new(QueueConfig::default());
    let (failing, other) = (job(1, 1), job(2, 1));
    harness.enqueue(&failing).unwrap();
    harness.claim().unwrap();
    assert_eq!(harness.fail(&failing.id, true), None, "no other work");
    harness.enqueue(&other).unwrap();
    assert_eq!(harness.claim().unwrap().job, failing);
    assert_eq!(harness.fail(&failing.id, true).unwrap().job, other);
    assert_eq!(harness.claim().unwrap().job, failing);
    harness.fail(&failing.id, true);
    assert_eq!(harness.status(&failing.id), JobStatus::Rejected { reason: "broken".to_owned() });
}

#[test]
fn a_late_result_settles_and_the_first_one_wins() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    harness.claim().unwrap();
    harness.tick(30_000);
    assert_eq!(harness.status(&job.id), JobStatus::InQueue);
    harness.succeed(&job.id, "first");
    harness.succeed(&job.id, "second");
    let value: ProofUri = "first".parse().unwrap();
    assert_eq!(harness.status(&job.id), JobStatus::Fulfilled { value });
    assert_eq!(harness.claim(), None, "it waits no more");
}

#[test]
fn leases_end_at_the_timeout_and_not_before() {
    let mut harness = Harness::new(QueueConfig { job_timeout_ms: 100, ..QueueConfig::default() });
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    harness.claim().unwrap();
    harness.tick(99);
    assert_eq!(harness.status(&job.id), JobStatus::InProgress);
    harness.tick(1);
    assert_eq!(harness.status(&job.id), JobStatus::InQueue);
    assert!(harness.effects.notices.contains(&Notice::TimedOut(RequestType::ParityBase)));
}

#[test]
fn a_clock_that_jumps_back_ends_no_lease_early_and_blocks_none() {
    let mut harness = Harness::new(QueueConfig { job_timeout_ms: 100, ..QueueConfig::default() });
    harness.enqueue(&job(1, 1)).unwrap();
    harness.claim().unwrap();
    harness.tick(-900);
    assert_eq!(harness.claim(), None);
    harness.tick(1000);
    assert!(harness.claim().is_some());
}

#[test]
fn a_cancelled_job_runs_again_when_it_is_enqueued_again() {
    let mut harness = Harness::new(QueueConfig::default());
    let (cancelled, other) = (job(1, 1), job(2, 1));
    harness.enqueue(&cancelled).unwrap();
    harness.enqueue(&other).unwrap();
    harness.claim().unwrap();
    harness.apply(Event::Cancel(cancelled.id.clone())).unwrap();
    assert_eq!(harness.status(&other.id), JobStatus::InQueue, "a cancel hands out nothing");
    assert_eq!(harness.enqueue(&cancelled), Ok(Outcome::Status(JobStatus::NotFound)));
    assert_eq!(harness.claim().unwrap().job, other);
    assert_eq!(harness.claim().unwrap().job, cancelled);
    let changed = ProvingJob { inputs_uri: "data:x".parse().unwrap(), ..cancelled };
    assert_eq!(harness.enqueue(&changed), Err(Refusal::DuplicateId));
}

#[test]
fn the_queue_is_full_at_its_limit() {
    let mut harness = Harness::new(QueueConfig { max_jobs: 2, ..QueueConfig::default() });
    harness.enqueue(&job(1, 1)).unwrap();
    harness.enqueue(&job(2, 1)).unwrap();
    assert_eq!(harness.enqueue(&job(3, 1)), Err(Refusal::Full { limit: 2 }));
    assert_eq!(harness.enqueue(&job(2, 1)), Ok(Outcome::Status(JobStatus::InQueue)));
    assert_eq!(harness.queue.len(), 2);
}

#[test]
fn every_reader_sees_every_completion() {
    let mut harness = Harness::new(QueueConfig { completions_max: 3, ..QueueConfig::default() });
    let ids: Vec<_> = (0..5).map(|number| job(number, 1).id).collect();
    for (number, id) in (0..).zip(&ids) {
        harness.enqueue(&job(number, 1)).unwrap();
        harness.succeed(id, "r");
    }
    let recent = Outcome::Completed(ids[2..].to_vec());
    assert_eq!(harness.apply(Event::Completed(Vec::new())), Ok(recent.clone()));
    assert_eq!(harness.apply(Event::Completed(Vec::new())), Ok(recent), "reading takes nothing away");
    let (first, cursor) = harness.queue.completions(0, 2);
    assert_eq!(first, ids[2..4]);
    assert_eq!(harness.queue.completions(cursor, 2), (ids[4..].to_vec(), cursor + 1));
    assert_eq!(harness.queue.completions(cursor + 1, 2), (Vec::new(), cursor + 1));
    harness.tick(60_000);
    assert_eq!(harness.apply(Event::Completed(Vec::new())), Ok(Outcome::Completed(Vec::new())));
}

#[test]
fn first_hand_outs_heartbeats_and_questions_need_not_be_stored_at_once() {
    let mut harness = Harness::new(QueueConfig { job_timeout_ms: 1, ..QueueConfig::default() });
    let (ours, aztecs) = (job(1, 1), job(2, 1));
    harness.enqueue(&ours).unwrap();
    harness.effects = Effects::default();
    let taken = harness.take("a").unwrap();
    harness.beat("a", &ours.id, taken.attempt);
    let [Change::Leased { lease, sequence: None, .. }] = &harness.effects.changes[..] else {
        panic!("{:?}", harness.effects.changes)
    };
    assert!(lease.is_held && lease.agent == Some(id("a")));
    assert!(!harness.effects.is_urgent);
    harness.enqueue(&aztecs).unwrap();
    harness.effects = Effects::default();
    let events = [
        Event::Claim(JobFilter::default()),
        Event::Progress { id: aztecs.id.clone(), started_at: UnixMs(1), filter: JobFilter::default() },
        Event::Status(aztecs.id.clone()),
        Event::Completed(vec![aztecs.id]),
    ];
    for event in events {
        assert!(!event.may_be_stored(), "{event:?}");
        harness.apply(event).unwrap();
    }
    assert_eq!(harness.effects.changes, []);
    // A second hand-out must be, so that no crash makes the first one valid again.
    harness.tick(100_000);
    harness.effects = Effects::default();
    assert!(harness.take("b").is_some());
    assert!(harness.effects.is_urgent);
}

#[test]
fn reasons_are_cut_between_characters() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let reason = "\u{e9}".repeat(MAX_REASON_LEN);
    let event = Event::Fail { id: job.id.clone(), reason, retry: false, filter: none() };
    harness.apply(event).unwrap();
    let JobStatus::Rejected { reason } = harness.status(&job.id) else { panic!("not rejected") };
    assert_eq!(reason.len(), MAX_REASON_LEN);
}

#[test]
fn a_late_proof_settles_whoever_holds_the_job() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let first = harness.take("a").unwrap();
    harness.tick(30_000);
    let second = harness.take("b").unwrap();
    assert_eq!(harness.report("a", &job.id, first.attempt, success("r1")).settled, Settled::Accepted);
    assert_eq!(harness.report("b", &job.id, second.attempt, success("r2")).settled, Settled::AlreadySettled);
    assert_eq!(harness.beat("b", &job.id, second.attempt), JobFate::Settled);
    assert_eq!(harness.status(&job.id), JobStatus::Fulfilled { value: "r1".parse().unwrap() });
    assert_eq!(harness.queue.held_count(RequestType::ParityBase), 0);
}

#[test]
fn the_last_holder_takes_a_waiting_job_back_with_a_heartbeat() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let first = harness.take("a").unwrap();
    harness.tick(30_000);
    assert_eq!(harness.status(&job.id), JobStatus::InQueue);
    assert_eq!(harness.beat("a", &job.id, first.attempt), JobFate::Held);
    assert!(harness.take("b").is_none());
    // Who has given a job up has no claim to it.
    assert!(harness.release("a", &job.id, first.attempt, ReleaseReason::Shutdown));
    assert_eq!(harness.beat("a", &job.id, first.attempt), JobFate::Superseded);
    assert_eq!(harness.status(&job.id), JobStatus::InQueue);
}

#[test]
fn a_released_job_goes_first_and_costs_no_retry() {
    let mut harness = Harness::new(QueueConfig { max_attempts: 1, ..QueueConfig::default() });
    let (released, other) = (job(1, 1), job(2, 1));
    harness.enqueue(&released).unwrap();
    harness.enqueue(&other).unwrap();
    for reason in [ReleaseReason::SpotReclaim, ReleaseReason::Shutdown, ReleaseReason::SpotReclaim] {
        let taken = harness.take("a").unwrap();
        assert_eq!(taken.job, released);
        assert!(harness.release("a", &released.id, taken.attempt, reason));
        assert!(!harness.release("a", &released.id, taken.attempt, reason), "only once");
    }
    let history = harness.queue.job(&released.id).unwrap().history.unwrap();
    assert_eq!(history.failures(), 0);
    assert_eq!(history.counts[FailureClass::SpotReclaim as usize], 2);
}

#[test]
fn only_its_own_errors_use_up_the_retries_of_a_job() {
    let config = QueueConfig { poison_agents: 100, sick_jobs: 100, ..QueueConfig::default() };
    let mut harness = Harness::new(config);
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    for class in FailureClass::ALL.into_iter().filter(|class| *class != FailureClass::JobError) {
        for _ in 0..5 {
            assert_eq!(harness.take_and_fail("a", class).1, Settled::Requeued, "{class:?}");
        }
    }
    assert_eq!(harness.take_and_fail("a", FailureClass::JobError).1, Settled::Requeued);
    assert_eq!(harness.take_and_fail("a", FailureClass::JobError).1, Settled::Requeued);
    assert_eq!(harness.take_and_fail("a", FailureClass::JobError).1, Settled::Rejected);
    assert_eq!(harness.status(&job.id), JobStatus::Rejected { reason: "broken".to_owned() });
}

#[test]
fn a_job_does_not_go_back_to_the_agent_that_failed_it_while_another_could_take_it() {
    let mut harness = Harness::new(QueueConfig::default());
    assert!(harness.take("b").is_none());
    let failing = job(1, 1);
    harness.enqueue(&failing).unwrap();
    harness.take_and_fail("a", FailureClass::Timeout);
    assert!(harness.take("a").is_none(), "b could take it");
    harness.tick(119_999);
    assert!(harness.take("a").is_none(), "b may still be there");
    harness.tick(1);
    assert_eq!(harness.take("a").unwrap().job, failing, "b is gone");
}

#[test]
fn a_job_that_ran_out_of_memory_goes_to_a_larger_machine_if_there_is_one() {
    let mut harness = Harness::new(QueueConfig { poison_agents: 9, ..QueueConfig::default() });
    let offer = |ram_bytes| Offer { ram_bytes, ..Offer::default() };
    harness.take_as("large", offer(64));
    harness.take_as("small", offer(32));
    harness.take_as("same", offer(32));
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let taken = harness.take_as("small", offer(32)).unwrap();
    harness.report("small", &job.id, taken.attempt, failure(FailureClass::OutOfMemory));
    assert!(harness.take_as("same", offer(32)).is_none());
    assert!(harness.take_as("large", offer(64)).is_some());
}

#[test]
fn poison_is_put_aside_with_its_evidence() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    assert_eq!(harness.take_and_fail("a", FailureClass::JobError).1, Settled::Requeued);
    assert_eq!(harness.take_and_fail("b", FailureClass::OutOfMemory).1, Settled::Requeued);
    let (last, settled) = harness.take_and_fail("c", FailureClass::Timeout);
    assert_eq!(settled, Settled::Quarantined);
    assert_eq!(harness.state(&job.id), "quarantined");
    assert!(harness.take("d").is_none());
    assert_eq!(harness.beat("c", &job.id, last.attempt), JobFate::Superseded);
    let history = harness.queue.job(&job.id).unwrap().history.unwrap();
    let agents: Vec<_> = history.evidence.iter().map(|evidence| evidence.agent.clone().unwrap()).collect();
    assert_eq!(agents, [id("a"), id("b"), id("c")]);
    // It survives a restart as what it is.
    let jobs = vec![StoredJob {
        job: job.clone(),
        sequence: 0,
        history: Some(Box::new(history)),
        lease: None,
        settlement: None,
        trace: None,
    }];
    harness.queue = Queue::restore(QueueConfig::default(), 2, UnixMs(0), jobs, Vec::new());
    assert_eq!(harness.state(&job.id), "quarantined");
    harness.apply(Event::Quarantine { id: job.id.clone(), is_quarantined: false }).unwrap();
    assert!(harness.take("a").is_some(), "with the evidence gone, anybody may try");
    harness.succeed(&job.id, "late");
    assert_eq!(harness.queue.quarantined_count(), 0);
}

#[test]
fn agents_that_vanish_are_weaker_evidence() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    for agent in ["a", "b", "c", "d", "e"] {
        assert_eq!(harness.take_and_fail(agent, FailureClass::LostAgent).1, Settled::Requeued, "{agent}");
    }
    assert_eq!(harness.take_and_fail("f", FailureClass::LostAgent).1, Settled::Quarantined);
}

#[test]
fn a_sick_agent_is_put_aside_and_let_go() {
    let mut harness = Harness::new(QueueConfig { sick_jobs: 2, ..QueueConfig::default() });
    for number in 0..4 {
        harness.enqueue(&job(number, 1)).unwrap();
    }
    harness.take("other");
    harness.take_and_fail("sick", FailureClass::JobError);
    let proven = harness.take("sick").unwrap();
    harness.report("sick", &proven.job.id, proven.attempt, success("r"));
    harness.take_and_fail("sick", FailureClass::JobError);
    assert_eq!(harness.queue.settings().mark(&id("sick")), None, "it has proven one in between");
    harness.tick(200_000);
    harness.take_and_fail("sick", FailureClass::JobError);
    let mark = harness.queue.settings().mark(&id("sick")).cloned().unwrap();
    assert!(mark.is_quarantine && mark.directive == Directive::Quiet);
    assert!(harness.take("sick").is_none());
    harness.set(Setting::Agent(id("sick"), None));
    harness.tick(200_000);
    assert!(harness.take("sick").is_some());
}

#[test]
fn a_job_that_everybody_fails_makes_nobody_sick() {
    let config = QueueConfig { sick_jobs: 1, poison_agents: 9, max_attempts: 9, ..QueueConfig::default() };
    let mut harness = Harness::new(QueueConfig { sick_jobs: 2, ..config });
    harness.enqueue(&job(1, 1)).unwrap();
    harness.take_and_fail("a", FailureClass::JobError);
    harness.take_and_fail("b", FailureClass::JobError);
    harness.succeed(&job(1, 1).id, "r");
    harness.enqueue(&job(2, 1)).unwrap();
    harness.take_and_fail("a", FailureClass::JobError);
    assert_eq!(harness.queue.settings().mark(&id("a")), None, "b has failed the first job too");
}

#[test]
fn leases_survive_a_restart() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let taken = harness.take("a").unwrap();
    let lease = harness.effects.changes.iter().find_map(|change| match change {
        Change::Leased { lease, .. } => Some(lease.clone()),
        _ => None,
    });
    let stored =
        StoredJob { job: job.clone(), sequence: 0, history: None, lease, settlement: None, trace: None };
    harness.queue = Queue::restore(QueueConfig::default(), 2, UnixMs(1000), vec![stored], Vec::new());
    assert_eq!(harness.status(&job.id), JobStatus::InProgress);
    assert_eq!(harness.beat("a", &job.id, taken.attempt), JobFate::Held);
}

#[test]
fn progress_is_shown() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let taken = harness.take("a").unwrap();
    let progress = Progress { phase: "p".repeat(100), done_permille: 2000, eta_ms: Some(5) };
    let held = HeldJob { id: job.id.clone(), attempt: taken.attempt.0, progress: Some(progress) };
    harness.apply(Event::Beat(BeatRequest { agent: id("a"), jobs: vec![held] })).unwrap();
    harness.beat("a", &job.id, taken.attempt);
    let holder = harness.queue.job(&job.id).unwrap().holder.unwrap();
    let progress = holder.progress.unwrap();
    assert_eq!((progress.phase.len(), progress.done_permille, progress.eta_ms), (64, 1000, Some(5)));
    assert_eq!(harness.queue.agents(None, 10)[0].held, 1);
}

#[test]
fn a_follower_has_the_same_queue() {
    let config = QueueConfig { is_shared: true, sick_jobs: 2, ..QueueConfig::default() };
    let mut harness = Harness::new(config);
    for number in 0..6 {
        harness.enqueue(&job(number, 1)).unwrap();
    }
    harness.take_and_fail("a", FailureClass::JobError);
    harness.take("a").unwrap();
    let proven = harness.claim().unwrap();
    harness.succeed(&proven.job.id, "r");
    harness.apply(Event::Cancel(job(4, 1).id)).unwrap();
    harness.apply(Event::Quarantine { id: job(5, 1).id, is_quarantined: true }).unwrap();
    harness.set(Setting::Pause(Scope::Type(RequestType::RootRollup), Some("x".to_owned())));
    let mut follower = Queue::new(config, 7, UnixMs(1000));
    harness.effects.changes.iter().for_each(|change| follower.absorb(change.clone()));
    for number in 0..6 {
        let id = job(number, 1).id;
        let (ours, theirs) = (harness.queue.job(&id).unwrap(), follower.job(&id).unwrap());
        assert_eq!((ours.state, &ours.history), (theirs.state, &theirs.history), "{id}");
        let attempt = |view: &JobView| view.holder.as_ref().map(|holder| holder.attempt);
        assert_eq!(attempt(&ours), attempt(&theirs));
    }
    assert!(follower.settings().is_paused(Scope::Type(RequestType::RootRollup)));
    let mut effects = Effects::default();
    let claim = Event::Claim(JobFilter::default());
    let next = assignment(follower.apply(claim, UnixMs(1000), &mut effects)).unwrap();
    assert_eq!(next.job, harness.claim().unwrap().job);
}
