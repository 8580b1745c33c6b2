//! The six recorded private-only epochs: our planner against the jobs of Aztec's prover, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use chinampa_jobs::JobId;
use chinampa_node::archiver::Attestations;
use chinampa_node::epoch::Event;
use chinampa_node::publisher::Submission;
use chinampa_testkit::vectors;
use serde_json::Value;

use crate::support::{Chain, private_golden, run};

#[test]
fn all_jobs_of_all_epochs_equal_those_of_the_real_prover() {
    let golden = private_golden();
    let calldata = calldata();
    let mut seen = BTreeSet::new();
    let submissions = submissions(|jobs| seen.extend(jobs));
    assert_eq!((golden.len(), submissions.len(), calldata.len()), (99, 6, 6));
    for submission in submissions {
        let epoch = u32::try_from(submission.epoch).expect("small");
        assert!(*submission.calldata() == *calldata[&epoch], "calldata of epoch {epoch}");
    }
    assert_eq!(seen, golden.into_keys().collect());
}

/// Proves every recorded epoch with the recorded results of its jobs, whose ids go to `jobs`.
pub(crate) fn submissions(mut jobs: impl FnMut(BTreeSet<JobId>)) -> Vec<Submission> {
    let chain = Chain::private();
    let golden = private_golden();
    let mut submissions = Vec::new();
    for (epoch, checkpoints) in &chain.epochs {
        let executed = checkpoints.iter().map(|number| Event::Checkpoint(Box::new(chain.execute(*number))));
        let last = checkpoints[checkpoints.len() - 1];
        let events = executed.chain([Event::Complete { last }]).collect();
        let run = run(*epoch, checkpoints[0], events, &golden);
        jobs(run.jobs);
        let proof = run.proof.expect("all jobs are done");
        assert_eq!((proof.first, proof.last), (checkpoints[0], last));
        // The recorded network has no validators, so nothing is attested.
        let attestations = Attestations::default();
        submissions.push(Submission { epoch: u64::from(*epoch), proof, attestations, is_whole: true });
    }
    submissions
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
