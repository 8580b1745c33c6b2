//! The six recorded private-only epochs: our planner against the jobs of Aztec's prover, byte for byte.

mod common;

use std::collections::BTreeSet;

use chinampa_jobs::{EpochNumber, JobId};
use chinampa_node::epoch::{Effect, EpochProof, EpochProver, Event};
use chinampa_node::execution::execute_checkpoint;
use common::{Chain, golden, prover};

#[test]
fn all_jobs_of_all_epochs_equal_those_of_the_real_prover() {
    let chain = Chain::private();
    let golden = golden();
    assert_eq!(golden.len(), 99);
    let mut seen = BTreeSet::new();
    for (epoch, checkpoints) in &chain.epochs {
        let (jobs, proof) = prove(&chain, *epoch, checkpoints);
        seen.extend(jobs);
        assert_eq!((proof.first, proof.last), (checkpoints[0], checkpoints[checkpoints.len() - 1]));
    }
    assert_eq!(seen, golden.keys().cloned().collect());
}

/// Proves an epoch with recorded results; each job must be a recorded one.
fn prove(chain: &Chain, epoch: u32, checkpoints: &[u32]) -> (BTreeSet<JobId>, EpochProof) {
    let golden = golden();
    let mut prover_state = EpochProver::new(EpochNumber::from(epoch), checkpoints[0]);
    let mut events = Vec::new();
    for number in checkpoints {
        let executed = execute_checkpoint(&chain.world, &chain.input(*number), &prover());
        events.push(Event::Checkpoint(Box::new(executed.expect("a recorded checkpoint"))));
    }
    events.push(Event::Complete { last: checkpoints[checkpoints.len() - 1] });
    events.reverse();
    let (mut jobs, mut proof) = (BTreeSet::new(), None);
    while let Some(event) = events.pop() {
        for effect in prover_state.step(event).expect("a legal epoch") {
            match effect {
                Effect::Enqueue(job) => {
                    let recorded =
                        golden.get(&job.id).unwrap_or_else(|| panic!("{} is not recorded", job.id));
                    assert!(recorded.inputs == job.inputs, "{}", job.id);
                    assert!(jobs.insert(job.id.clone()), "{} once", job.id);
                    let result = Box::new(recorded.result.clone());
                    events.insert(0, Event::Done { id: job.id, result });
                }
                Effect::Proven(proven) => proof = Some(*proven),
                other => panic!("unexpected {other:?}"),
            }
        }
    }
    (jobs, proof.expect("all jobs are done"))
}
