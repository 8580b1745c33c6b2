//! Whether a job proved what it was planned for. A proof of something else would only be noticed by a circuit further
//! up, or by L1.

use chinampa_protocol::circuits::{
    BlockRollupPublicInputs, CheckpointRollupPublicInputs, ParityPublicInputs, RootRollupPublicInputs,
    TxRollupPublicInputs,
};
use chinampa_protocol::state::PartialStateReference;

use super::{EpochPlan, OutputError};
use crate::execution::ExecutedCheckpoint;

fn require(what: &'static str, holds: bool) -> Result<(), OutputError> {
    if holds { Ok(()) } else { Err(OutputError::Value { what }) }
}

/// The parity root of a checkpoint's messages.
pub(crate) fn parity_root(
    checkpoint: &ExecutedCheckpoint,
    actual: &ParityPublicInputs,
) -> Result<(), OutputError> {
    require("message root", actual.sha_root == checkpoint.header.in_hash)
}

/// A tx, which must lead to the state after it.
pub(crate) fn tx(end: &PartialStateReference, actual: &TxRollupPublicInputs) -> Result<(), OutputError> {
    require("state after the tx", actual.end_tree_snapshots == *end)
}

/// Block `index` of a checkpoint.
pub(crate) fn block(
    checkpoint: &ExecutedCheckpoint,
    index: usize,
    actual: &BlockRollupPublicInputs,
) -> Result<(), OutputError> {
    let block = &checkpoint.blocks[index];
    let header = &block.header;
    require("archive before the block", actual.previous_archive == header.last_archive)?;
    require("archive after the block", actual.new_archive == block.archive)?;
    require("state after the block", actual.end_state == header.state)?;
    require("blob sponge after the block", actual.end_sponge_blob == block.end_sponge_blob)?;
    require("fees of the block", actual.accumulated_fees == header.total_fees)?;
    require("mana of the block", actual.accumulated_mana_used == header.total_mana_used)?;
    require("block hash", actual.block_headers_hash == header.hash())
}

/// The checkpoint at `index` of an epoch.
pub(crate) fn checkpoint(
    plan: &EpochPlan,
    index: usize,
    checkpoint: &ExecutedCheckpoint,
    actual: &CheckpointRollupPublicInputs,
) -> Result<(), OutputError> {
    let hash = checkpoint.header.hash();
    require("checkpoint header", actual.checkpoint_header_hashes[0] == hash)?;
    require("archive after the checkpoint", actual.new_archive == checkpoint.archive())?;
    let blobs = plan.end_blob_accumulator(index);
    require("blob accumulator", actual.end_blob_accumulator == *blobs)
}

/// The root of an epoch: all its public inputs are known beforehand.
pub(crate) fn root(plan: &EpochPlan, actual: &RootRollupPublicInputs) -> Result<(), OutputError> {
    require("epoch", actual == plan.root_public_inputs())
}
