//! What execution is given.

use std::collections::BTreeMap;

use chinampa_protocol::EthAddress;
use chinampa_protocol::Fr;
use chinampa_protocol::block::{BlockHeader, Checkpoint};
use chinampa_protocol::constants::PROTOCOL_CONTRACTS_HASH;
use chinampa_protocol::keys::tree_root;
use chinampa_protocol::tx::{Tx, TxData};

use super::ExecutionError;

/// A checkpoint with all that is needed to execute and prove it.
#[derive(Clone, Debug)]
pub struct CheckpointInput {
    /// The checkpoint as L1 has it.
    pub checkpoint: Checkpoint,
    /// Its L1 to L2 messages, without padding.
    pub l1_to_l2_messages: Vec<Fr>,
    /// Its txs by hash; others are ignored.
    pub txs: BTreeMap<Fr, Tx>,
    /// Header of the block before its first one.
    pub previous_block_header: BlockHeader,
}

/// What is the same for everything that a prover proves on a protocol release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProverContext {
    /// Who proves, and is paid for it on L1.
    pub prover_id: EthAddress,
    /// Root of the tree of verification keys.
    pub vk_tree_root: Fr,
    /// Hash of the protocol contracts.
    pub protocol_contracts_hash: Fr,
}

impl ProverContext {
    /// A prover on Aztec 4.1.2.
    pub fn new(prover_id: EthAddress) -> Self {
        Self { prover_id, vk_tree_root: tree_root(), protocol_contracts_hash: PROTOCOL_CONTRACTS_HASH }
    }
}

/// Finds the first tx that cannot be executed because it makes public calls. Costs nothing, so it is asked of a whole
/// epoch before any of it is executed.
///
/// # Errors
/// [`ExecutionError::PublicCalls`].
pub fn refuse_public_calls<'a>(
    checkpoints: impl IntoIterator<Item = &'a CheckpointInput>,
) -> Result<(), ExecutionError> {
    for input in checkpoints {
        for block in &input.checkpoint.blocks {
            for effect in &block.body.tx_effects {
                let Some(tx) = input.txs.get(&effect.tx_hash) else { continue };
                if matches!(tx.data, TxData::ForPublic(_)) {
                    return Err(ExecutionError::PublicCalls {
                        tx_hash: effect.tx_hash,
                        checkpoint: input.checkpoint.number,
                        block: block.header.global_variables.block_number,
                        calls: tx.data.public_calls().len(),
                    });
                }
            }
        }
    }
    Ok(())
}
