//! One checkpoint: messages, blocks, blobs.

use chinampa_protocol::Fr;
use chinampa_protocol::blob::batch::CheckpointBlobs;
use chinampa_protocol::blob::stream::CheckpointBlobData;
use chinampa_protocol::blob::{Commitment, blobs_hash};
use chinampa_protocol::block::{BlockHeader, CheckpointHeader};
use chinampa_protocol::circuits::{CheckpointConstantData, SpongeBlob};
use chinampa_protocol::codec::{Array, WideU32};
use chinampa_protocol::constants::{
    ARCHIVE_HEIGHT, L1_TO_L2_MSG_SUBTREE_HEIGHT, L1_TO_L2_MSG_SUBTREE_ROOT_SIBLING_PATH_LENGTH,
    NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP,
};
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use chinampa_protocol::tree::ephemeral::in_hash;
use chinampa_protocol::tree::{Fork, Store, TreeId, WorldState};

use super::block::BlockRun;
use super::tx::path;
use super::{CheckpointInput, ExecutedBlock, ExecutionError, ProverContext, refuse_public_calls};

/// A checkpoint with all that its circuits are given beside proofs and beside what depends on the rest of the epoch.
#[derive(Clone, Debug)]
pub struct ExecutedCheckpoint {
    /// Its number.
    pub number: u32,
    /// Its header, as L1 has it.
    pub header: CheckpointHeader,
    /// What is the same for all its blocks.
    pub constants: CheckpointConstantData,
    /// Its messages, without padding.
    pub l1_to_l2_messages: Vec<Fr>,
    /// Header of the block before it.
    pub previous_block_header: BlockHeader,
    /// Where that block is in the archive.
    pub previous_archive_sibling_path: Array<Fr, ARCHIVE_HEIGHT>,
    /// Message tree before its messages.
    pub previous_l1_to_l2: AppendOnlyTreeSnapshot,
    /// Where its messages are appended.
    pub l1_to_l2_subtree_sibling_path: Array<Fr, L1_TO_L2_MSG_SUBTREE_ROOT_SIBLING_PATH_LENGTH>,
    /// Its blocks, in order; at least one.
    pub blocks: Vec<ExecutedBlock>,
    /// All its blob fields, end marker included, without padding.
    pub blob_fields: Vec<Fr>,
    /// The same over its blobs.
    pub blobs: CheckpointBlobs,
    /// Commitments of its blobs.
    pub blob_commitments: Vec<Commitment>,
    /// Root over its L2 to L1 messages: its leaf of the epoch's out-hash tree.
    pub out_hash: Fr,
}

impl ExecutedCheckpoint {
    /// Archive after its last block.
    pub fn archive(&self) -> AppendOnlyTreeSnapshot {
        self.blocks.last().expect("execution refuses a checkpoint without blocks").archive
    }
}

/// Executes a checkpoint on the state after the block before it. Costs one KZG commitment a blob beside the trees.
///
/// # Errors
/// [`ExecutionError`]. [`ExecutionError::PublicCalls`] comes before any work.
pub fn execute_checkpoint<S: Store>(
    world: &WorldState<S>,
    input: &CheckpointInput,
    prover: &ProverContext,
) -> Result<ExecutedCheckpoint, ExecutionError> {
    refuse_public_calls([input])?;
    check_shape(input)?;
    let previous_block = input.previous_block_header.global_variables.block_number;
    let mut fork = world.fork_at(previous_block)?;
    let previous_archive_sibling_path = check_previous(input, &mut fork)?;
    let previous_l1_to_l2 = fork.snapshot(TreeId::L1ToL2Message)?;
    let l1_to_l2_subtree_sibling_path = append_messages(input, &mut fork)?;
    let l1_to_l2 = fork.snapshot(TreeId::L1ToL2Message)?;

    let mut run = BlockRun { input, prover, fork, l1_to_l2, sponge: SpongeBlob::init() };
    let mut blocks = Vec::with_capacity(input.checkpoint.blocks.len());
    let mut data = CheckpointBlobData::default();
    for block in &input.checkpoint.blocks {
        let (executed, block_data) = run.execute(block)?;
        blocks.push(executed);
        data.blocks.push(block_data);
    }
    let archive = run.fork.root(TreeId::Archive)?;
    check(input, "archive root", input.checkpoint.archive.root, archive)?;

    let blob_fields = data.to_fields();
    let blobs = CheckpointBlobs::new(&blob_fields)?;
    let blob_commitments =
        blobs.blobs.iter().map(chinampa_protocol::blob::Blob::commitment).collect::<Result<Vec<_>, _>>()?;
    check(input, "blobs hash", input.checkpoint.header.blobs_hash, blobs_hash(&blob_commitments))?;
    Ok(ExecutedCheckpoint {
        number: input.checkpoint.number,
        header: input.checkpoint.header,
        constants: constants(input, prover),
        l1_to_l2_messages: input.l1_to_l2_messages.clone(),
        previous_block_header: input.previous_block_header,
        previous_archive_sibling_path,
        previous_l1_to_l2,
        l1_to_l2_subtree_sibling_path,
        blocks,
        blob_fields,
        blobs,
        blob_commitments,
        out_hash: input.checkpoint.out_hash(),
    })
}

/// Blocks follow one another in the slot of their checkpoint, and only the first may have no txs.
fn check_shape(input: &CheckpointInput) -> Result<(), ExecutionError> {
    let checkpoint = &input.checkpoint;
    let mut number = input.previous_block_header.global_variables.block_number;
    let refused = |block, what| Err(ExecutionError::Shape { checkpoint: checkpoint.number, block, what });
    if checkpoint.blocks.is_empty() {
        return refused(number, "no block follows");
    }
    for (index, block) in (0_u32..).zip(&checkpoint.blocks) {
        number += 1;
        let globals = &block.header.global_variables;
        let header = &checkpoint.header;
        if globals.block_number != number || block.index_within_checkpoint != index {
            return refused(globals.block_number, "does not follow the block before it");
        }
        if index > 0 && block.body.tx_effects.is_empty() {
            return refused(number, "has no txs and is not the first");
        }
        if globals.slot_number != header.slot_number || globals.timestamp != header.timestamp {
            return refused(number, "is not of the checkpoint's slot");
        }
        if globals.coinbase != header.coinbase
            || globals.fee_recipient != header.fee_recipient
            || globals.gas_fees != header.gas_fees
        {
            return refused(number, "does not have the checkpoint's proposer and fees");
        }
    }
    let (mana, total) =
        (checkpoint.blocks.iter().map(|block| block.header.total_mana_used), checkpoint.header);
    check(input, "total mana", total.total_mana_used, mana.sum())?;
    check(input, "block headers hash", total.block_headers_hash, checkpoint.block_headers_hash())
}

/// The checkpoint stands on the block that it says it stands on. Gives the path of that block in the archive.
fn check_previous<S: Store>(
    input: &CheckpointInput,
    fork: &mut Fork<'_, S>,
) -> Result<Array<Fr, ARCHIVE_HEIGHT>, ExecutionError> {
    check(
        input,
        "last archive root",
        input.checkpoint.header.last_archive_root,
        fork.root(TreeId::Archive)?,
    )?;
    let last = fork.size(TreeId::Archive) - 1;
    let leaf = fork.leaf_value(TreeId::Archive, last)?;
    check(input, "previous block hash", input.previous_block_header.hash(), leaf)?;
    Ok(path(fork.sibling_path(TreeId::Archive, last)?))
}

fn append_messages<S: Store>(
    input: &CheckpointInput,
    fork: &mut Fork<'_, S>,
) -> Result<Array<Fr, L1_TO_L2_MSG_SUBTREE_ROOT_SIBLING_PATH_LENGTH>, ExecutionError> {
    let (limit, actual) = (NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP, input.l1_to_l2_messages.len());
    let checkpoint = input.checkpoint.number;
    let too_many = ExecutionError::TooManyMessages { checkpoint, limit, actual };
    let root = in_hash(&input.l1_to_l2_messages).ok_or(too_many)?;
    check(input, "in hash", input.checkpoint.header.in_hash, root)?;
    let size = fork.size(TreeId::L1ToL2Message);
    let siblings = fork.subtree_sibling_path(TreeId::L1ToL2Message, L1_TO_L2_MSG_SUBTREE_HEIGHT, size)?;
    let mut messages = input.l1_to_l2_messages.clone();
    messages.resize(limit, Fr::ZERO);
    fork.append(TreeId::L1ToL2Message, &messages)?;
    Ok(path(siblings))
}

fn check(
    input: &CheckpointInput,
    what: &'static str,
    expected: Fr,
    actual: Fr,
) -> Result<(), ExecutionError> {
    if expected == actual {
        return Ok(());
    }
    Err(ExecutionError::Mismatch { what, checkpoint: input.checkpoint.number, expected, actual })
}

fn constants(input: &CheckpointInput, prover: &ProverContext) -> CheckpointConstantData {
    let header = &input.checkpoint.header;
    let globals = &input.checkpoint.blocks[0].header.global_variables;
    CheckpointConstantData {
        chain_id: globals.chain_id,
        version: globals.version,
        vk_tree_root: prover.vk_tree_root,
        protocol_contracts_hash: prover.protocol_contracts_hash,
        prover_id: prover.prover_id.to_field(),
        slot_number: WideU32(header.slot_number),
        coinbase: header.coinbase,
        fee_recipient: header.fee_recipient,
        gas_fees: header.gas_fees,
    }
}
