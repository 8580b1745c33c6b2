//! Rules that the recorded exchanges of Aztec's broker do not show.

use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProofUri, ProvingJob, RequestType, UnixMs};

use super::*;

struct Harness {
    queue: Queue,
    now_ms: i64,
    effects: Effects,
}

impl Harness {
    fn new(config: QueueConfig) -> Self {
        let queue = Queue::restore(config, 1, UnixMs(1000), Vec::new());
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

    fn beat(&mut self, id: &JobId, lease: Lease) -> Outcome {
        self.apply(Event::Progress { id: id.clone(), lease, filter: none() }).unwrap()
    }

    fn succeed(&mut self, id: &JobId, value: &str) {
        let value = value.parse().unwrap();
        self.apply(Event::Succeed { id: id.clone(), value, filter: none() }).unwrap();
    }

    fn fail(&mut self, id: &JobId, retry: bool, attempt: Option<Attempt>) -> Option<Assigned> {
        let (reason, filter) = ("broken".to_owned(), JobFilter::default());
        assignment(self.apply(Event::Fail { id: id.clone(), reason, retry, attempt, filter }))
    }

    fn tick(&mut self, later_ms: i64) {
        self.now_ms += later_ms;
        self.apply(Event::Tick).unwrap();
    }
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
    let first = harness.claim().unwrap();
    harness.tick(30_000);
    let second = harness.claim().unwrap();
    assert!(second.attempt > first.attempt);
    assert_eq!(harness.fail(&job.id, false, Some(first.attempt)), None);
    assert_eq!(harness.beat(&job.id, Lease::Attempt(first.attempt)), Outcome::Lease { is_held: false });
    assert_eq!(harness.status(&job.id), JobStatus::InProgress);
    assert_eq!(harness.beat(&job.id, Lease::Attempt(second.attempt)), Outcome::Lease { is_held: true });
}

#[test]
fn attempts_after_a_restart_are_higher() {
    let mut harness = Harness::new(QueueConfig::default());
    harness.enqueue(&job(1, 1)).unwrap();
    let before = harness.claim().unwrap();
    let stored = StoredJob { job: job(1, 1), sequence: 0, failures: 0, settlement: None };
    harness.queue = Queue::restore(QueueConfig::default(), 2, UnixMs(0), vec![stored]);
    assert!(harness.claim().unwrap().attempt > before.attempt);
}

#[test]
fn two_hand_outs_of_a_job_have_different_times() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let first = harness.claim().unwrap();
    harness.fail(&job.id, true, None);
    let second = harness.claim().unwrap();
    assert!(second.time > first.time, "though no time has passed");
}

#[test]
fn a_failed_job_does_not_go_back_to_the_caller_that_failed_it() {
    let mut harness = Harness::new(QueueConfig::default());
    let (failing, other) = (job(1, 1), job(2, 1));
    harness.enqueue(&failing).unwrap();
    harness.claim().unwrap();
    assert_eq!(harness.fail(&failing.id, true, None), None, "no other work");
    harness.enqueue(&other).unwrap();
    assert_eq!(harness.claim().unwrap().job, failing);
    assert_eq!(harness.fail(&failing.id, true, None).unwrap().job, other);
    assert_eq!(harness.claim().unwrap().job, failing);
    harness.fail(&failing.id, true, None);
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
fn old_epochs_leave_nothing_behind() {
    let mut harness = Harness::new(QueueConfig::default());
    for (number, epoch) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
        harness.enqueue(&job(number, epoch)).unwrap();
    }
    harness.claim().unwrap();
    harness.tick(0);
    assert_eq!(harness.status(&job(1, 1).id), JobStatus::NotFound);
    assert_eq!(harness.queue.len(), 2);
    assert_eq!(harness.queue.waiting_count(RequestType::ParityBase), 2);
    assert_eq!(harness.queue.held_count(RequestType::ParityBase), 0);
    let (newest, oldest_kept) = (EpochNumber::from(3), EpochNumber::from(2));
    assert_eq!(harness.effects.changes.last(), Some(&Change::EpochsDropped { oldest_kept }));
    let refused = Refusal::EpochTooOld { job: EpochNumber::from(1), newest };
    assert_eq!(harness.enqueue(&job(1, 1)), Err(refused));
    harness.tick(30_000);
    assert!(!harness.effects.notices.contains(&Notice::TimedOut(RequestType::ParityBase)));
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
    assert_eq!(harness.queue.completions(0, 2), (ids[2..4].to_vec(), 4));
    assert_eq!(harness.queue.completions(4, 2), (ids[4..].to_vec(), 5));
    assert_eq!(harness.queue.completions(5, 2), (Vec::new(), 5));
    harness.tick(60_000);
    assert_eq!(harness.apply(Event::Completed(Vec::new())), Ok(Outcome::Completed(Vec::new())));
}

#[test]
fn hand_outs_heartbeats_and_questions_are_not_stored() {
    let mut harness = Harness::new(QueueConfig { job_timeout_ms: 1, ..QueueConfig::default() });
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    harness.effects.changes.clear();
    let (id, lease) = (job.id.clone(), Lease::StartedAt(UnixMs(1)));
    let events = [
        Event::Claim(JobFilter::default()),
        Event::Progress { id: id.clone(), lease, filter: JobFilter::default() },
        Event::Status(id.clone()),
        Event::Completed(vec![id]),
    ];
    for event in events {
        assert!(!event.may_be_stored(), "{event:?}");
        harness.now_ms += 100_000;
        harness.apply(event).unwrap();
    }
    assert_eq!(harness.effects.changes, []);
}

#[test]
fn reasons_are_cut_between_characters() {
    let mut harness = Harness::new(QueueConfig::default());
    let job = job(1, 1);
    harness.enqueue(&job).unwrap();
    let reason = "\u{e9}".repeat(MAX_REASON_LEN);
    let event = Event::Fail { id: job.id.clone(), reason, retry: false, attempt: None, filter: none() };
    harness.apply(event).unwrap();
    let JobStatus::Rejected { reason } = harness.status(&job.id) else { panic!("not rejected") };
    assert_eq!(reason.len(), MAX_REASON_LEN);
}
