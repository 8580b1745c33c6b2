//! The state machine when things do not come in order: reorgs, results that are late, doubled, missing or wrong.

use std::collections::{BTreeMap, BTreeSet};

use chinampa_jobs::{EpochNumber, JobId, RequestType};
use chinampa_node::epoch::{Effect, EpochProver, Event, JobFailure};
use chinampa_node::execution::ExecutedCheckpoint;
use chinampa_node::planner::{EpochError, OutputError};
use proptest::prelude::*;

use crate::support::{Chain, Golden, private_golden};

/// The recorded epoch with a checkpoint of two blocks, and its first checkpoint.
const EPOCH: u32 = 59;

fn add(checkpoint: &ExecutedCheckpoint) -> Event {
    Event::Checkpoint(Box::new(checkpoint.clone()))
}

fn done(id: &JobId, golden: &BTreeMap<JobId, Golden>) -> Event {
    Event::Done { id: id.clone(), result: Box::new(golden[id].result.clone()) }
}

fn executed(chain: &Chain, epoch: u32) -> Vec<ExecutedCheckpoint> {
    chain.epochs[&epoch].iter().map(|number| chain.execute(*number)).collect()
}

fn enqueued(effects: &[Effect]) -> BTreeSet<JobId> {
    let jobs = effects.iter().filter_map(|effect| match effect {
        Effect::Enqueue(job) => Some(job.id.clone()),
        _ => None,
    });
    jobs.collect()
}

/// Answers everything that is enqueued until nothing is, and gives all jobs.
fn finish(
    prover: &mut EpochProver,
    mut open: BTreeSet<JobId>,
    golden: &BTreeMap<JobId, Golden>,
) -> (BTreeSet<JobId>, usize) {
    let (mut jobs, mut proofs) = (open.clone(), 0);
    while let Some(id) = open.pop_first() {
        let effects = prover.step(done(&id, golden)).expect("a result always fits");
        proofs += effects.iter().filter(|effect| matches!(effect, Effect::Proven(_))).count();
        let new = enqueued(&effects);
        jobs.extend(new.iter().cloned());
        open.extend(new);
    }
    (jobs, proofs)
}

#[test]
fn a_checkpoint_that_comes_again_costs_nothing() {
    let (chain, golden) = (Chain::private(), private_golden());
    let checkpoints = executed(&chain, EPOCH);
    let mut prover = EpochProver::new(EpochNumber::from(EPOCH), checkpoints[0].number);
    let mut open = BTreeSet::new();
    for checkpoint in &checkpoints {
        open.extend(enqueued(&prover.step(add(checkpoint)).expect("it follows")));
    }
    // The same once more, while its jobs are under way: nothing to do.
    assert_eq!(prover.step(add(&checkpoints[3])).expect("it follows"), []);
    // Gone: what only it needed is abandoned, and taken up again when it comes back.
    let number = checkpoints[2].number;
    let abandoned = prover.step(Event::Removed { from: number }).expect("always fits");
    let abandoned: BTreeSet<JobId> = abandoned
        .into_iter()
        .map(|effect| match effect {
            Effect::Abandon(id) => id,
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    assert!(!abandoned.is_empty());
    let mut again = enqueued(&prover.step(add(&checkpoints[2])).expect("it follows"));
    again.extend(enqueued(&prover.step(add(&checkpoints[3])).expect("it follows")));
    assert_eq!(again, abandoned);
    let last = checkpoints[3].number;
    prover.step(Event::Complete { last }).expect("always fits");
    let (_, proofs) = finish(&mut prover, open, &golden);
    assert_eq!(proofs, 1);

    // Even a proven epoch can be taken back; all its proofs are there still.
    prover.step(Event::Removed { from: number }).expect("always fits");
    assert!(!prover.progress().proven);
    assert_eq!(prover.step(add(&checkpoints[2])).expect("it follows"), []);
    assert_eq!(prover.step(add(&checkpoints[3])).expect("it follows"), []);
    // L1 may have another last checkpoint now, so nothing is proven until it is named.
    let effects = prover.step(Event::Complete { last }).expect("always fits");
    assert!(matches!(effects.as_slice(), [Effect::Proven(proof)] if proof.last == last), "{effects:?}");
}

#[test]
fn checkpoints_that_do_not_follow_are_refused_and_change_nothing() {
    let (chain, golden) = (Chain::private(), private_golden());
    let checkpoints = executed(&chain, EPOCH);
    let first = checkpoints[0].number;
    let mut prover = EpochProver::new(EpochNumber::from(EPOCH), first);
    let refused = prover.step(add(&checkpoints[1])).expect_err("a gap");
    assert_eq!(refused, EpochError::Number { expected: first, actual: first + 1 });
    let mut open = enqueued(&prover.step(add(&checkpoints[0])).expect("it is first"));

    let mut stranger = checkpoints[1].clone();
    stranger.header.last_archive_root = checkpoints[2].header.last_archive_root;
    match prover.step(add(&stranger)).expect_err("it stands on another block") {
        EpochError::Order { checkpoint, what, .. } => {
            assert_eq!((checkpoint, what), (first + 1, "last archive root"));
        }
        other => panic!("unexpected {other}"),
    }
    let mut liar = checkpoints[3].clone();
    liar.header.epoch_out_hash = liar.header.in_hash;
    for checkpoint in &checkpoints[1..3] {
        open.extend(enqueued(&prover.step(add(checkpoint)).expect("it follows")));
    }
    prover.step(Event::Complete { last: liar.number }).expect("always fits");
    let effects = prover.step(add(&liar)).expect("it follows");
    let unlinked = effects.iter().find_map(|effect| match effect {
        Effect::Unlinked(error) => Some(error.clone()),
        _ => None,
    });
    assert!(
        matches!(unlinked, Some(EpochError::OutHash { checkpoint, .. }) if checkpoint == liar.number),
        "{unlinked:?}"
    );
    open.extend(enqueued(&effects));
    // The true one replaces it, and all is well.
    open.extend(enqueued(&prover.step(add(&checkpoints[3])).expect("it follows")));
    let last = checkpoints[3].number;
    open.extend(enqueued(&prover.step(Event::Complete { last }).expect("always fits")));
    assert_eq!(finish(&mut prover, open, &golden).1, 1);
}

#[test]
fn a_result_of_something_else_fails_its_job() {
    let (chain, golden) = (Chain::private(), private_golden());
    let checkpoints = executed(&chain, EPOCH);
    let of_type = |request_type: RequestType| {
        golden.iter().filter(move |(id, _)| id.parts().expect("an id").request_type == request_type)
    };
    let mut prover = EpochProver::new(EpochNumber::from(EPOCH), checkpoints[0].number);
    let mut open = BTreeSet::new();
    for checkpoint in &checkpoints {
        open.extend(enqueued(&prover.step(add(checkpoint)).expect("it follows")));
    }
    let id = open
        .iter()
        .find(|id| id.parts().expect("an id").request_type == RequestType::PrivateTxBaseRollup)
        .expect("the epoch has txs")
        .clone();
    let mut answer = |other: &Golden| {
        let result = Box::new(other.result.clone());
        let effects = prover.step(Event::Done { id: id.clone(), result }).expect("always fits");
        match effects.as_slice() {
            [Effect::Failed(failed, failure)] if *failed == id => Some(failure.clone()),
            [] => None,
            other => panic!("unexpected {other:?}"),
        }
    };
    // Another tx of another epoch: well formed, but it leads elsewhere.
    let (_, foreign) = of_type(RequestType::PrivateTxBaseRollup)
        .find(|(id, _)| id.parts().expect("an id").epoch != EpochNumber::from(EPOCH))
        .expect("other epochs have txs");
    let what = "state after the tx";
    assert_eq!(answer(foreign), Some(JobFailure::Output(OutputError::Value { what })));
    // It has failed; a second wrong answer is no news.
    let (_, parity) = of_type(RequestType::ParityBase).next().expect("recorded");
    assert_eq!(answer(parity), None);
    // A late right answer still counts.
    assert_eq!(finish(&mut prover, open, &golden).1, 0);
    let effects = prover.step(Event::Complete { last: checkpoints[3].number }).expect("always fits");
    assert_eq!(finish(&mut prover, enqueued(&effects), &golden).1, 1);
}

#[test]
fn a_rejected_job_stops_the_epoch_until_its_checkpoint_is_replaced() {
    let chain = Chain::private();
    let checkpoints = executed(&chain, EPOCH);
    let mut prover = EpochProver::new(EpochNumber::from(EPOCH), checkpoints[0].number);
    prover.step(add(&checkpoints[0])).expect("it is first");
    let effects = prover.step(add(&checkpoints[1])).expect("it follows");
    let id = enqueued(&effects).pop_first().expect("it has jobs of its own");
    let reason = "timed out".to_owned();
    let failed = prover.step(Event::Failed { id: id.clone(), reason: reason.clone() }).expect("always fits");
    assert_eq!(failed, [Effect::Failed(id.clone(), JobFailure::Rejected(reason.clone()))]);
    assert_eq!(prover.step(Event::Failed { id: id.clone(), reason }).expect("always fits"), []);
    // The same checkpoint again meets the same failure at once.
    let effects = prover.step(add(&checkpoints[1])).expect("it follows");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Failed(failed, _) if *failed == id)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever comes first, late or twice: the same jobs, one proof.
    #[test]
    fn order_does_not_matter(seed in any::<u64>(), complete_at in 0_usize..5) {
        let (chain, golden) = (Chain::private(), private_golden());
        let checkpoints = executed(&chain, EPOCH);
        let last = checkpoints[3].number;
        let mut prover = EpochProver::new(EpochNumber::from(EPOCH), checkpoints[0].number);
        let mut random = chinampa_sim::Random::new(seed);
        let (mut next, mut open, mut jobs, mut proofs) = (0, Vec::new(), BTreeSet::new(), 0);
        let mut effects = Vec::new();
        loop {
            if next == complete_at {
                effects.extend(prover.step(Event::Complete { last }).expect("always fits"));
            }
            if next < checkpoints.len() && (open.is_empty() || random.chance(30)) {
                effects.extend(prover.step(add(&checkpoints[next])).expect("it follows"));
                next += 1;
            } else if open.is_empty() {
                effects.extend(prover.step(Event::Complete { last }).expect("always fits"));
            } else {
                let id: JobId = open.swap_remove(random.below(open.len()));
                effects.extend(prover.step(done(&id, &golden)).expect("always fits"));
                if random.chance(20) {
                    prop_assert_eq!(prover.step(done(&id, &golden)).expect("always fits"), []);
                }
            }
            for effect in effects.drain(..) {
                match effect {
                    Effect::Enqueue(job) => {
                        prop_assert!(jobs.insert(job.id.clone()));
                        open.push(job.id);
                    }
                    Effect::Proven(_) => proofs += 1,
                    other => panic!("unexpected {other:?}"),
                }
            }
            if proofs > 0 && open.is_empty() {
                break;
            }
        }
        prop_assert_eq!(proofs, 1);
        let recorded = golden.keys().filter(|id| id.parts().expect("an id").epoch == EpochNumber::from(EPOCH));
        prop_assert_eq!(jobs, recorded.cloned().collect::<BTreeSet<_>>());
        prop_assert_eq!(prover.progress().pending, 0);
    }
}
