//! What is handed out to whom, in which order, and what old epochs leave.

use super::*;

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
fn agents_get_what_they_can_do() {
    let mut harness = Harness::new(QueueConfig::default());
    harness.enqueue(&job(1, 1)).unwrap();
    let needs = Needs { ram_bytes: 8, vram_bytes: 4, tags: vec!["ifma".to_owned()], protocol: None };
    harness.set(Setting::Needs(RequestType::ParityBase, Some(needs)));
    let offer = |ram_bytes, vram_bytes, tag: &str| Offer {
        ram_bytes,
        vram_bytes,
        tags: vec![tag.to_owned()],
        ..Offer::default()
    };
    assert!(harness.take_as("a", offer(7, 4, "ifma")).is_none());
    assert!(harness.take_as("a", offer(8, 3, "ifma")).is_none());
    assert!(harness.take_as("a", offer(8, 4, "gpu")).is_none());
    let newer = Offer { protocols: vec!["5.2.0".to_owned()], ..offer(8, 4, "ifma") };
    assert!(harness.take_as("a", newer).is_none());
    assert!(harness.take_as("a", offer(8, 4, "ifma")).is_some());
}

#[test]
fn what_is_paused_waits() {
    let mut harness = Harness::new(QueueConfig::default());
    harness.enqueue(&job(1, 1)).unwrap();
    let scopes = [Scope::All, Scope::Type(RequestType::ParityBase), Scope::Epoch(EpochNumber::from(1))];
    for scope in scopes {
        harness.set(Setting::Pause(scope, Some("repairs".to_owned())));
        assert!(harness.claim().is_none() && harness.take("a").is_none(), "{scope:?}");
        harness.set(Setting::Pause(scope, None));
    }
    assert!(harness.claim().is_some());
}

#[test]
fn priorities_come_before_the_order() {
    let mut harness = Harness::new(QueueConfig::default());
    let [first, second, later] = [job(1, 1), job(2, 1), job(3, 2)];
    for job in [&first, &second, &later] {
        harness.enqueue(job).unwrap();
    }
    harness.apply(Event::Prioritize { id: second.id.clone(), priority: 1 }).unwrap();
    harness.set(Setting::Priority(EpochNumber::from(2), Some(2)));
    assert_eq!(harness.claim().unwrap().job, later);
    assert_eq!(harness.claim().unwrap().job, second);
    assert_eq!(harness.claim().unwrap().job, first);
}

#[test]
fn slack_goes_by_what_is_left_to_do_until_the_deadline() {
    let config = QueueConfig { policy: Policy::Slack, ..QueueConfig::default() };
    let mut harness = Harness::new(config);
    let root = ProvingJob { request_type: RequestType::RootRollup, id: "root".parse().unwrap(), ..job(0, 2) };
    let base = job(1, 2);
    let vm = ProvingJob { request_type: RequestType::PublicVm, id: "vm".parse().unwrap(), ..job(0, 2) };
    for job in [&root, &base, &vm] {
        harness.enqueue(job).unwrap();
    }
    // Within an epoch, what is farthest from the root; Aztec's order is the other way round.
    assert_eq!(harness.claim().unwrap().job, vm);
    assert_eq!(harness.claim().unwrap().job, base);
    assert_eq!(harness.claim().unwrap().job, root);
    let (early, late) = (job(5, 2), job(6, 1));
    harness.enqueue(&late).unwrap();
    harness.enqueue(&early).unwrap();
    harness.set(Setting::Deadline(EpochNumber::from(2), Some(1)));
    assert_eq!(harness.claim().unwrap().job, early, "its epoch has the earlier deadline");
}

#[test]
fn one_wrong_epoch_number_makes_no_other_epoch_old() {
    let mut harness = Harness::new(QueueConfig::default());
    let (real, wrong) = (job(1, 5), job(2, 1_000_000));
    harness.enqueue(&real).unwrap();
    harness.enqueue(&wrong).unwrap();
    harness.tick(7_200_000);
    assert_eq!(harness.status(&real.id), JobStatus::InQueue);
    harness.enqueue(&job(3, 6)).unwrap();
    harness.enqueue(&job(4, 7)).unwrap();
    harness.tick(7_200_000);
    assert_eq!(harness.status(&real.id), JobStatus::NotFound, "old by the real epochs");
    assert_eq!(harness.status(&job(4, 7).id), JobStatus::InQueue);
    harness.apply(Event::DropEpoch(EpochNumber::from(1_000_000))).unwrap();
    assert_eq!(harness.status(&wrong.id), JobStatus::NotFound);
    let dropped = Change::EpochDropped { epoch: EpochNumber::from(1_000_000) };
    assert!(harness.effects.changes.contains(&dropped));
}

/// The job of a program, enqueued on a day.
fn program(number: u32, day: i64) -> ProvingJob {
    let id = format!("program-{number}").parse().unwrap();
    let epoch_number = EpochNumber::of_day(UnixMs(day * 86_400_000));
    ProvingJob { id, request_type: RequestType::NoirProgram, epoch_number, ..job(number, 0) }
}

#[test]
fn programs_belong_to_days_which_make_no_epoch_old() {
    let mut harness = Harness::new(QueueConfig { days_kept: 2, ..QueueConfig::default() });
    let (today, real) = (program(1, 0), job(2, 5));
    let of_epoch = ProvingJob { request_type: RequestType::NoirProgram, ..job(3, 5) };
    let epoch = EpochNumber::from(5);
    assert_eq!(harness.enqueue(&of_epoch), Err(Refusal::ProgramOfEpoch { epoch }));
    harness.enqueue(&today).unwrap();
    harness.enqueue(&real).unwrap();
    harness.tick(7_200_000);
    assert_eq!(harness.status(&real.id), JobStatus::InQueue);
    assert_eq!(harness.queue.oldest_epoch(), 4);
    let unproven = program(4, 0);
    harness.enqueue(&unproven).unwrap();
    harness.succeed(&today.id, "data:1");
    harness.now_ms = 3 * 86_400_000;
    harness.tick(0);
    assert!(matches!(harness.status(&today.id), JobStatus::Fulfilled { .. }), "one of its day still waits");
    assert!(matches!(harness.enqueue(&program(5, 0)), Err(Refusal::EpochTooOld { .. })));
    harness.succeed(&unproven.id, "data:2");
    harness.enqueue(&program(6, 1)).unwrap();
    harness.tick(1);
    assert_eq!(harness.status(&today.id), JobStatus::NotFound);
    assert_eq!(harness.status(&program(6, 1).id), JobStatus::InQueue);
    assert!(harness.effects.changes.contains(&Change::EpochDropped { epoch: today.epoch_number }));
}

#[test]
fn programs_come_after_everything_else_and_never_to_aztecs_agents() {
    for policy in [Policy::Aztec, Policy::Slack] {
        let mut harness = Harness::new(QueueConfig { policy, ..QueueConfig::default() });
        let (program, real) = (program(1, 0), job(2, 5));
        harness.enqueue(&program).unwrap();
        harness.tick(1);
        harness.enqueue(&real).unwrap();
        let both = vec![RequestType::NoirProgram, real.request_type];
        let offer = Offer { request_types: both, ..Offer::default() };
        assert_eq!(harness.take_as("a", offer.clone()).unwrap().job, real);
        assert_eq!(harness.claim(), None, "Aztec's agents do not know of it");
        assert_eq!(harness.take("b"), None, "no list is all that Aztec has");
        assert_eq!(harness.take_as("c", offer).unwrap().job, program);
        harness.succeed(&program.id, "data:1");
        assert_eq!(harness.apply(Event::Completed(Vec::new())), Ok(Outcome::Completed(Vec::new())));
    }
}

#[test]
fn a_far_epoch_becomes_the_newest_one_when_it_alone_is_used() {
    let mut harness = Harness::new(QueueConfig { far_epoch_patience_ms: 1000, ..QueueConfig::default() });
    harness.enqueue(&job(1, 5)).unwrap();
    harness.tick(1);
    harness.enqueue(&job(2, 500)).unwrap();
    harness.tick(998);
    assert_eq!(harness.status(&job(1, 5).id), JobStatus::InQueue);
    harness.tick(1);
    assert_eq!(harness.status(&job(1, 5).id), JobStatus::NotFound);
}
