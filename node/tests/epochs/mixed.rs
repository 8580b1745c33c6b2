//! Recorded chains with public calls: what needs no AVM equals the real prover's jobs, the rest is refused.

use chinampa_node::epoch::Event;
use chinampa_node::execution::{ExecutionError, execute_checkpoint, refuse_public_calls};
use chinampa_protocol::tx::TxData;

use crate::support::{Chain, golden, prover, run};

/// Epochs without public calls in the recording: two empty ones, one with a private-only tx.
const PRIVATE: [u32; 3] = [39, 41, 42];

#[test]
fn what_needs_no_avm_equals_the_real_provers_jobs() {
    let golden = golden("epoch/index.json", "epoch/circuits.tar.zst");
    let chain = Chain::mixed(&golden);
    let mut whole = 0;
    for (epoch, checkpoints) in &chain.epochs {
        let inputs: Vec<_> = checkpoints.iter().map(|number| chain.input(*number)).collect();
        let refused = refuse_public_calls(&inputs);
        assert_eq!(refused.is_ok(), PRIVATE.contains(epoch), "{epoch}");
        if refused.is_ok() {
            let executed =
                checkpoints.iter().map(|number| Event::Checkpoint(Box::new(chain.execute(*number))));
            let last = checkpoints[checkpoints.len() - 1];
            let run =
                run(*epoch, checkpoints[0], executed.chain([Event::Complete { last }]).collect(), &golden);
            let recorded =
                golden.keys().filter(|id| id.parts().expect("an id").epoch.get() == u64::from(*epoch));
            assert_eq!(run.jobs, recorded.cloned().collect(), "{epoch}");
            assert!(run.proof.is_some(), "{epoch}");
            whole += 1;
            continue;
        }
        for input in inputs.iter().filter(|input| refuse_public_calls([*input]).is_ok()) {
            // Below its root, a checkpoint's jobs do not depend on the others.
            let number = input.checkpoint.number;
            let executed = Event::Checkpoint(Box::new(chain.execute(number)));
            assert!(!run(*epoch, number, vec![executed], &golden).jobs.is_empty(), "checkpoint {number}");
        }
    }
    assert_eq!(whole, PRIVATE.len());
}

#[test]
fn a_checkpoint_with_public_calls_is_refused_and_names_its_tx() {
    let chain = Chain::localnet();
    let (mut refused, mut executed) = (0, 0);
    for checkpoint in &chain.checkpoints {
        let input = chain.input(checkpoint.number);
        let effects = checkpoint.blocks.iter().flat_map(|block| {
            let number = block.header.global_variables.block_number;
            block.body.tx_effects.iter().map(move |effect| (number, effect.tx_hash))
        });
        let public = effects
            .map(|(block, hash)| (block, &input.txs[&hash]))
            .find(|(_, tx)| matches!(tx.data, TxData::ForPublic(_)));
        match (public, execute_checkpoint(&chain.world, &input, &prover())) {
            (
                Some((expected_block, tx)),
                Err(ExecutionError::PublicCalls { tx_hash, checkpoint: number, block, calls }),
            ) => {
                assert_eq!((tx_hash, number, block), (tx.tx_hash, checkpoint.number, expected_block));
                assert_eq!(calls, tx.data.public_calls().len());
                refused += 1;
            }
            (None, Ok(done)) => {
                assert_eq!(done.archive(), checkpoint.archive);
                executed += 1;
            }
            (_, other) => panic!("checkpoint {}: {:?}", checkpoint.number, other.map(|done| done.number)),
        }
    }
    assert_eq!((refused, executed), (14, 15));
}
