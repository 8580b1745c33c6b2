//! The six recorded private-only epochs: our planner against the jobs of Aztec's prover, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use chinampa_node::epoch::{EpochProof, Event};
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
        assert_submitted(&proof, &calldata[epoch]);
    }
    assert_eq!(seen, golden.into_keys().collect());
}

/// The arguments of each epoch's recorded `submitEpochRootProof`, as words.
fn calldata() -> BTreeMap<u32, Vec<[u8; 32]>> {
    let recorded: Vec<Value> = vectors::json("private/golden/proof-calldata.json");
    let words = recorded.iter().map(|call| {
        let digits = call["data"].as_str().expect("text");
        let bytes = hex::decode(&digits[2..]).expect("hexadecimal");
        let words = bytes[4..].chunks(32).map(|word| {
            let mut padded = [0; 32];
            padded[..word.len()].copy_from_slice(word);
            padded
        });
        (u32::try_from(call["epoch"].as_u64().expect("a number")).expect("small"), words.collect())
    });
    words.collect()
}

/// What was submitted: range, four arguments, 32 pairs of fees, the opening of the blobs, the proof. Offsets of the
/// dynamic members are those of the recorded calls, in which nothing varies in length.
fn assert_submitted(proof: &EpochProof, words: &[[u8; 32]]) {
    let number = |index: usize| u32::from_be_bytes(words[index][28..].try_into().expect("four bytes"));
    assert_eq!((number(1), number(2)), (proof.first, proof.last));
    let inputs = &proof.public_inputs;
    let arguments =
        [inputs.previous_archive_root, inputs.end_archive_root, inputs.out_hash, inputs.constants.prover_id];
    assert_eq!(arguments.map(|argument| argument.to_be_bytes()), words[3..7]);
    let fees = inputs.fees.iter().flat_map(|fee| [fee.recipient.to_field(), fee.value]);
    assert!(fees.map(|field| field.to_be_bytes()).eq(words[12..76].iter().copied()));
    assert_eq!(proof.blob_batch.l1_input(), *words[81..87].as_flattened());
    assert_eq!(number(87), 42);
    assert_eq!(proof.proof.buffer, [0; 42]);
}
