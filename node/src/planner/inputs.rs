//! What each circuit above the tx bases is given.

use std::sync::Arc;

use chinampa_protocol::Fr;
use chinampa_protocol::circuits::{
    BlockMergeRollupPrivateInputs, BlockRootEmptyTxFirstRollupPrivateInputs,
    BlockRootFirstRollupPrivateInputs, BlockRootRollupPrivateInputs,
    BlockRootSingleTxFirstRollupPrivateInputs, BlockRootSingleTxRollupPrivateInputs,
    CheckpointMergeRollupPrivateInputs, CheckpointRootRollupHints, CheckpointRootRollupPrivateInputs,
    CheckpointRootSingleBlockRollupPrivateInputs, ParityBasePrivateInputs, ParityRootPrivateInputs,
    RootRollupPrivateInputs, TxMergeRollupPrivateInputs,
};
use chinampa_protocol::codec::{Array, Encode as _};
use chinampa_protocol::constants::NUM_MSGS_PER_BASE_PARITY;

use super::Output;
use crate::execution::ExecutedCheckpoint;

/// The buffer form of a quarter of the checkpoint's messages.
pub fn parity_base(checkpoint: &ExecutedCheckpoint, index: usize) -> Vec<u8> {
    let start = index * NUM_MSGS_PER_BASE_PARITY;
    let message = |offset| checkpoint.l1_to_l2_messages.get(start + offset).copied().unwrap_or(Fr::ZERO);
    ParityBasePrivateInputs { msgs: Array::from_fn(message), vk_tree_root: checkpoint.constants.vk_tree_root }
        .to_bytes()
}

/// The buffer form of the four quarters.
pub fn parity_root(children: &[Arc<Output>]) -> Vec<u8> {
    ParityRootPrivateInputs { children: Array::from_fn(|index| children[index].parity().clone()) }.to_bytes()
}

/// The buffer form of two neighbours of the tx level.
pub fn tx_merge(children: &[Arc<Output>]) -> Vec<u8> {
    TxMergeRollupPrivateInputs { previous_rollups: Array::from_fn(|index| children[index].tx().clone()) }
        .to_bytes()
}

/// The buffer form of two neighbours of the block level.
pub fn block_merge(children: &[Arc<Output>]) -> Vec<u8> {
    let previous_rollups = Array::from_fn(|index| children[index].block().clone());
    BlockMergeRollupPrivateInputs { previous_rollups }.to_bytes()
}

/// The buffer form of two neighbours of the checkpoint level.
pub fn checkpoint_merge(children: &[Arc<Output>]) -> Vec<u8> {
    let previous_rollups = Array::from_fn(|index| children[index].checkpoint().clone());
    CheckpointMergeRollupPrivateInputs { previous_rollups }.to_bytes()
}

/// The buffer form of the two halves of an epoch.
pub fn root(children: &[Arc<Output>]) -> Vec<u8> {
    let previous_rollups = Array::from_fn(|index| children[index].checkpoint().clone());
    RootRollupPrivateInputs { previous_rollups }.to_bytes()
}

/// The buffer form of block `index` of a checkpoint. The first takes the parity root before its txs.
pub fn block_root(checkpoint: &ExecutedCheckpoint, index: usize, children: &[Arc<Output>]) -> Vec<u8> {
    let new_archive_sibling_path = checkpoint.blocks[index].new_archive_sibling_path.clone();
    if index > 0 {
        return match children {
            [tx] => BlockRootSingleTxRollupPrivateInputs {
                previous_rollup: tx.tx().clone(),
                new_archive_sibling_path,
            }
            .to_bytes(),
            _ => {
                BlockRootRollupPrivateInputs { previous_rollups: halves(children), new_archive_sibling_path }
                    .to_bytes()
            }
        };
    }
    let l1_to_l2_roots = children[0].parity().clone();
    let new_l1_to_l2_message_subtree_root_sibling_path = checkpoint.l1_to_l2_subtree_sibling_path.clone();
    let previous_l1_to_l2 = checkpoint.previous_l1_to_l2;
    match &children[1..] {
        [] => BlockRootEmptyTxFirstRollupPrivateInputs {
            l1_to_l2_roots,
            previous_archive: checkpoint.blocks[0].header.last_archive,
            previous_state: checkpoint.previous_block_header.state,
            constants: checkpoint.constants,
            timestamp: checkpoint.header.timestamp,
            new_l1_to_l2_message_subtree_root_sibling_path,
            new_archive_sibling_path,
        }
        .to_bytes(),
        [tx] => BlockRootSingleTxFirstRollupPrivateInputs {
            l1_to_l2_roots,
            previous_rollup: tx.tx().clone(),
            previous_l1_to_l2,
            new_l1_to_l2_message_subtree_root_sibling_path,
            new_archive_sibling_path,
        }
        .to_bytes(),
        txs => BlockRootFirstRollupPrivateInputs {
            l1_to_l2_roots,
            previous_rollups: halves(txs),
            previous_l1_to_l2,
            new_l1_to_l2_message_subtree_root_sibling_path,
            new_archive_sibling_path,
        }
        .to_bytes(),
    }
}

fn halves(
    txs: &[Arc<Output>],
) -> Array<chinampa_protocol::circuits::RollupProofData<chinampa_protocol::circuits::TxRollupPublicInputs>, 2>
{
    Array::from_fn(|index| txs[index].tx().clone())
}

/// The buffer form of a checkpoint.
pub fn checkpoint_root(hints: CheckpointRootRollupHints, children: &[Arc<Output>]) -> Vec<u8> {
    match children {
        [block] => {
            let previous_rollup = block.block().clone();
            CheckpointRootSingleBlockRollupPrivateInputs { previous_rollup, hints }.to_bytes()
        }
        _ => {
            let previous_rollups = Array::from_fn(|index| children[index].block().clone());
            CheckpointRootRollupPrivateInputs { previous_rollups, hints }.to_bytes()
        }
    }
}
