use chinampa_jobs::agent::FailureClass;
use chinampa_jobs::{EpochNumber, JobInputs, ProvingJob, RequestType};
use proptest::prelude::*;

use super::*;

pub(super) fn claim(number: u64) -> Claim {
    let inputs = JobInputs::from_buffer(RequestType::ParityBase, number.to_be_bytes().to_vec()).unwrap();
    let epoch_number = EpochNumber::from(1);
    let job = ProvingJob {
        id: inputs.job_id(epoch_number),
        request_type: RequestType::ParityBase,
        epoch_number,
        inputs_uri: inputs.to_inline_uri().unwrap(),
    };
    // All are first attempts: what tells them apart is the job.
    let lease = Lease { id: job.id.clone(), hand_out: HandOut::Attempt(1) };
    Claim { job, lease, lease_ms: Some(30_000), trace: None }
}

fn lease() -> Lease {
    claim(1).lease
}

fn success() -> Outcome {
    Outcome::Success { uri: "data:".parse().unwrap() }
}

fn failure() -> Outcome {
    Outcome::Failure { class: FailureClass::JobError, reason: "no".to_owned(), retry: false }
}

/// A session that proves claim 1 since time 0.
fn working() -> Session {
    let mut session = Session::new(SessionConfig::default());
    assert_eq!(session.step(Event::Tick, 0), [Effect::Ask]);
    assert_eq!(session.step(Event::Answered(Some(claim(1))), 0), [Effect::Start(claim(1))]);
    session
}

fn ended(outcome: Outcome) -> Event {
    Event::WorkEnded { lease: lease(), outcome }
}

fn beaten(fate: Fate, next: Option<Claim>) -> Event {
    Event::Beaten { lease: lease(), fate, next }
}

#[test]
fn a_job_is_asked_for_proven_and_reported() {
    let mut session = Session::new(SessionConfig::default());
    assert_eq!(session.step(Event::Tick, 0), [Effect::Ask]);
    assert_eq!(session.step(Event::Tick, 1), []);
    assert_eq!(session.step(Event::Answered(None), 5), []);
    assert_eq!(session.wake_at_ms(), Some(1_005));
    assert_eq!(session.step(Event::Tick, 1_005), [Effect::Ask]);
    assert_eq!(session.step(Event::Answered(Some(claim(1))), 1_010), [Effect::Start(claim(1))]);
    assert_eq!(session.step(Event::Tick, 2_009), []);
    assert_eq!(session.step(Event::Tick, 2_010), [Effect::Beat(claim(1))]);
    assert_eq!(session.step(beaten(Fate::Held, None), 2_020), []);
    assert_eq!(session.step(ended(success()), 2_500), [Effect::Report(claim(1), success())]);
    let reported = Event::Reported { lease: lease(), next: None };
    assert_eq!(session.step(reported, 2_510), [Effect::Ask], "a free agent asks at once");
}

#[test]
fn a_report_is_repeated_until_it_is_taken_and_the_lease_is_held_meanwhile() {
    let mut session = working();
    session.step(ended(success()), 10);
    let failed = Event::ReportFailed { lease: lease(), is_final: false };
    let (mut now, mut reports, mut beats) = (10, 1, 0);
    session.step(failed.clone(), now);
    while now < 60_000 {
        now = session.wake_at_ms().unwrap();
        for effect in session.step(Event::Tick, now) {
            match effect {
                Effect::Report(..) => {
                    reports += 1;
                    session.step(failed.clone(), now);
                }
                Effect::Beat(_) => {
                    beats += 1;
                    session.step(Event::BeatFailed { lease: lease() }, now);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!((20..30).contains(&reports) && (20..30).contains(&beats), "{reports} {beats}");
    let taken = Event::Reported { lease: lease(), next: None };
    assert_eq!(session.step(taken, now + 1), [Effect::Ask]);
}

#[test]
fn a_lost_lease_ends_the_work_unless_it_is_nearly_done() {
    let mut session = working();
    let effects = session.step(beaten(Fate::Superseded, None), 1_000);
    assert_eq!(effects, [Effect::Cancel(claim(1)), Effect::Ask]);
    // The end of work that was called off may still be on its way.
    assert_eq!(session.step(ended(success()), 1_001), []);

    let near = SessionConfig::default().nearly_done_ms;
    for (eta_ms, goes_on) in [(near, true), (near + 1, false)] {
        let mut session = working();
        session.step(Event::Progress { lease: lease(), eta_ms: Some(eta_ms) }, 500);
        let effects = session.step(beaten(Fate::Superseded, None), 1_000);
        assert_eq!(effects.is_empty(), goes_on, "{effects:?}");
    }
    // What is settled is never finished.
    let mut session = working();
    session.step(Event::Progress { lease: lease(), eta_ms: Some(1) }, 500);
    assert_eq!(session.step(beaten(Fate::Gone, None), 1_000)[0], Effect::Cancel(claim(1)));
}

#[test]
fn a_late_success_is_reported_and_a_late_failure_is_not() {
    let mut session = working();
    session.step(ended(success()), 1_000);
    assert_eq!(session.step(beaten(Fate::Superseded, None), 1_001), []);
    assert!(session.job().is_some());
    let mut session = working();
    session.step(ended(failure()), 1_000);
    assert_eq!(session.step(beaten(Fate::Superseded, None), 1_001), [Effect::Ask]);
}

#[test]
fn a_job_given_in_place_of_another_is_started_or_waits() {
    let mut session = working();
    let effects = session.step(beaten(Fate::Superseded, Some(claim(2))), 1_000);
    assert_eq!(effects[0], Effect::Cancel(claim(1)));
    assert!(effects.contains(&Effect::Start(claim(2))), "{effects:?}");

    let mut session = working();
    session.step(Event::Progress { lease: lease(), eta_ms: Some(100) }, 500);
    assert_eq!(session.step(beaten(Fate::Superseded, Some(claim(2))), 1_000), []);
    // It waits, and its lease is held.
    assert_eq!(session.step(Event::Tick, 2_000), [Effect::Beat(claim(2))]);
    assert_eq!(session.step(ended(success()), 2_100), [Effect::Report(claim(1), success())]);
    let reported = Event::Reported { lease: lease(), next: None };
    assert_eq!(session.step(reported, 2_200), [Effect::Start(claim(2))]);
}

fn drain(time_left_ms: u64) -> Event {
    Event::Drain { time_left_ms, cause: ReleaseCause::SpotReclaim }
}

#[test]
fn a_drain_finishes_what_fits_and_releases_the_rest() {
    let margin = SessionConfig::default().report_margin_ms;
    let release = [Effect::Cancel(claim(1)), Effect::Release(claim(1), ReleaseCause::SpotReclaim)];
    for (eta_ms, fits) in [(Some(30_000 - margin), true), (Some(30_001 - margin), false), (None, false)] {
        let mut session = working();
        session.step(Event::Progress { lease: lease(), eta_ms }, 0);
        let effects = session.step(drain(30_000), 0);
        if fits {
            assert_eq!(effects, []);
            assert_eq!(session.step(ended(success()), 20_000)[0], Effect::Report(claim(1), success()));
            let reported = Event::Reported { lease: lease(), next: None };
            assert_eq!(session.step(reported, 20_100), [Effect::Stop]);
        } else {
            assert_eq!(effects, release);
            assert_eq!(session.step(Event::Released { lease: lease() }, 5), [Effect::Stop]);
        }
        assert!(session.is_stopped());
    }
    // A proof that does not keep what it promised is released while there is time to say so.
    let mut session = working();
    session.step(Event::Progress { lease: lease(), eta_ms: Some(1_000) }, 0);
    assert_eq!(session.step(drain(10_000), 0), []);
    assert!(session.wake_at_ms() <= Some(10_000 - margin));
    let effects = session.step(Event::Tick, 10_000 - margin);
    assert!(release.iter().all(|effect| effects.contains(effect)), "{effects:?}");
}

#[test]
fn a_drain_of_an_idle_session_stops_it_and_hands_back_what_still_comes() {
    let mut session = Session::new(SessionConfig::default());
    session.step(Event::Tick, 0);
    assert_eq!(session.step(drain(5_000), 1), [], "a question is under way");
    let effects = session.step(Event::Answered(Some(claim(1))), 2);
    assert_eq!(effects, [Effect::Release(claim(1), ReleaseCause::SpotReclaim)]);
    assert_eq!(session.step(Event::Released { lease: lease() }, 3), [Effect::Stop]);

    let mut session = Session::new(SessionConfig::default());
    session.step(Event::Tick, 0);
    session.step(Event::Answered(None), 1);
    assert_eq!(session.step(drain(5_000), 2), [Effect::Stop]);
}

/// Any event, about one of three hand-outs.
fn event() -> impl Strategy<Value = Event> {
    let lease = (1..4_u64).prop_map(|number| claim(number).lease);
    let next = || prop::option::of((1..4_u64).prop_map(claim));
    let fate = prop::sample::select(vec![Fate::Held, Fate::Superseded, Fate::Gone]);
    let outcome = prop::sample::select(vec![success(), failure()]);
    prop_oneof![
        3 => Just(Event::Tick),
        2 => next().prop_map(Event::Answered),
        1 => Just(Event::AskFailed),
        1 => (lease.clone(), prop::option::of(0..60_000_u64))
            .prop_map(|(lease, eta_ms)| Event::Progress { lease, eta_ms }),
        2 => (lease.clone(), outcome).prop_map(|(lease, outcome)| Event::WorkEnded { lease, outcome }),
        2 => (lease.clone(), fate, next()).prop_map(|(lease, fate, next)| Event::Beaten { lease, fate, next }),
        1 => lease.clone().prop_map(|lease| Event::BeatFailed { lease }),
        2 => (lease.clone(), next()).prop_map(|(lease, next)| Event::Reported { lease, next }),
        1 => (lease.clone(), any::<bool>()).prop_map(|(lease, is_final)| Event::ReportFailed { lease, is_final }),
        1 => lease.clone().prop_map(|lease| Event::Released { lease }),
        1 => lease.prop_map(|lease| Event::ReleaseFailed { lease, is_final: false }),
        1 => (0..20_000_u64).prop_map(drain),
    ]
}

proptest! {
    /// Whatever comes, in whatever order: at most one proof runs, every proof that starts is called off or reported
    /// before another starts, and a stopped session wants nothing.
    #[test]
    fn at_most_one_proof_runs(events in prop::collection::vec((event(), 0..2_000_u64), 0..60)) {
        let mut session = Session::new(SessionConfig::default());
        let mut running: Option<Claim> = None;
        let mut now = 0;
        for (event, pause) in events {
            now += pause;
            if let (Event::WorkEnded { lease, .. }, Some(claim)) = (&event, &running)
                && claim.lease == *lease
            {
                running = None;
            }
            let was_stopped = session.is_stopped();
            for effect in session.step(event, now) {
                match effect {
                    Effect::Start(claim) => {
                        prop_assert!(!was_stopped && running.is_none());
                        running = Some(claim);
                    }
                    Effect::Cancel(claim) => prop_assert_eq!(running.take(), Some(claim)),
                    Effect::Stop => prop_assert!(running.is_none()),
                    Effect::Ask | Effect::Beat(_) | Effect::Report(..) => prop_assert!(!was_stopped),
                    Effect::Release(..) => {}
                }
            }
            prop_assert_eq!(session.is_working(), running.is_some());
        }
    }
}
