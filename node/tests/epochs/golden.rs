//! The six recorded private-only epochs: our planner against the jobs of Aztec's prover, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use chinampa_node::archiver::Attestations;
use chinampa_node::epoch::Event;
use chinampa_node::publisher::Submission;
use chinampa_testkit::vectors;
use serde_json::Value;

use crate::support::{Chain, private_golden, run};

#[test]
fn all_jobs_of_all_epochs_equal_those_of_the_real_prover() {
    let chain = Chain::private();
    let golden = private_golden();
    let calldata = calldata();
    assert_eq!((golden.len(), chain.epochs.len(), calldata.len()), (99, 6, 6));
    let mut seen = BTreeSet::new();
    for (epoch, checkpoints) in &chain.epochs {
        let executed = checkpoints.iter().map(|number| Event::Checkpoint(Box::new(chain.execute(*number))));
        let last = checkpoints[checkpoints.len() - 1];
        let events = executed.chain([Event::Complete { last }]).collect();
        let run = run(*epoch, checkpoints[0], events, &golden);
        seen.extend(run.jobs);
        let proof = run.proof.expect("all jobs are done");
        assert_eq!((proof.first, proof.last), (checkpoints[0], last));
        // The recorded network has no validators, so nothing is attested.
        let submission = Submission {
            epoch: u64::from(*epoch),
            proof,
            attestations: Attestations::default(),
            is_whole: true,
        };
        assert!(*submission.calldata() == *calldata[epoch], "calldata of epoch {epoch}");
    }
    assert_eq!(seen, golden.into_keys().collect());
}

/// The data of each epoch's recorded `submitEpochRootProof`.
fn calldata() -> BTreeMap<u32, Vec<u8>> {
    let recorded: Vec<Value> = vectors::json("private/golden/proof-calldata.json");
    let calls = recorded.iter().map(|call| {
        let digits = call["data"].as_str().expect("text");
        let epoch = u32::try_from(call["epoch"].as_u64().expect("a number")).expect("small");
        (epoch, hex::decode(&digits[2..]).expect("hexadecimal"))
    });
    calls.collect()
}
