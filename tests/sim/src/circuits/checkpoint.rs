//! The checkpoint level, and the root above it.

use chinampa_protocol::Fr;
use chinampa_protocol::blob::batch::{BatchAccumulator, CheckpointBlobs};
use chinampa_protocol::blob::{BlobAccumulator, BlobError, FinalBlobAccumulator, blobs_hash};
use chinampa_protocol::block::CheckpointHeader;
use chinampa_protocol::circuits::{
    BlockRollupPublicInputs, CheckpointRollupPublicInputs, CheckpointRootRollupHints, EpochConstantData,
    FeeRecipient, RootRollupPublicInputs,
};
use chinampa_protocol::codec::Array;
use chinampa_protocol::hash::sha256_pair;
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use chinampa_protocol::tree::ephemeral::epoch_out_hash;

use super::{Unsatisfied, require, root_of};

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn kzg(error: BlobError) -> Unsatisfied {
    Unsatisfied(error.to_string())
}

/// A checkpoint, from what all its blocks come to.
pub(super) fn root(
    blocks: &BlockRollupPublicInputs,
    hints: &CheckpointRootRollupHints,
) -> Result<CheckpointRollupPublicInputs, Unsatisfied> {
    let previous = &hints.previous_block_header;
    let last = u64::from(blocks.previous_archive.next_available_leaf_index) - 1;
    let archive = root_of(&hints.previous_archive_sibling_path, previous.hash(), last);
    require("previous block", archive == blocks.previous_archive.root)?;
    require("start state", previous.state == blocks.start_state)?;
    require("messages", !blocks.in_hash.is_zero())?;
    require("time goes on", blocks.timestamp > previous.global_variables.timestamp)?;
    let end_blob_accumulator = accumulate(blocks, hints)?;
    let new_out_hash = put_out_hash(hints, blocks.out_hash)?;
    let constants = &blocks.constants;
    let header = CheckpointHeader {
        last_archive_root: blocks.previous_archive.root,
        block_headers_hash: blocks.block_headers_hash,
        blobs_hash: hints.blobs_hash,
        in_hash: blocks.in_hash,
        epoch_out_hash: new_out_hash.root,
        slot_number: constants.slot_number.0,
        timestamp: blocks.timestamp,
        coinbase: constants.coinbase,
        fee_recipient: constants.fee_recipient,
        gas_fees: constants.gas_fees,
        total_mana_used: blocks.accumulated_mana_used,
    };
    let fee = FeeRecipient { recipient: constants.coinbase, value: blocks.accumulated_fees };
    Ok(CheckpointRollupPublicInputs {
        constants: EpochConstantData {
            chain_id: constants.chain_id,
            version: constants.version,
            vk_tree_root: constants.vk_tree_root,
            protocol_contracts_hash: constants.protocol_contracts_hash,
            prover_id: constants.prover_id,
        },
        previous_archive: blocks.previous_archive,
        new_archive: blocks.new_archive,
        previous_out_hash: hints.previous_out_hash,
        new_out_hash,
        checkpoint_header_hashes: Array::padded([header.hash()]).expect("one of 32"),
        fees: Array::padded([fee]).expect("one of 32"),
        start_blob_accumulator: hints.start_blob_accumulator,
        end_blob_accumulator,
        final_blob_challenges: hints.final_blob_challenges,
    })
}

fn accumulate(
    blocks: &BlockRollupPublicInputs,
    hints: &CheckpointRootRollupHints,
) -> Result<BlobAccumulator, Unsatisfied> {
    // The blocks' fields and the checkpoint's end marker.
    let count = blocks.end_sponge_blob.num_absorbed_fields as usize + 1;
    let (fields, padding) = hints.blob_fields.split_at(count);
    require("padding", padding.iter().all(Fr::is_zero))?;
    let mut sponge = blocks.end_sponge_blob.clone();
    sponge.absorb(&fields[count - 1..]).map_err(|error| Unsatisfied(error.to_string()))?;
    let blobs = CheckpointBlobs::new(fields).map_err(kzg)?;
    let absorbed = sponge.squeezed().map_err(|error| Unsatisfied(error.to_string()))?;
    require("blob fields", absorbed == blobs.blob_fields_hash)?;
    let start = hints.start_blob_accumulator;
    let first = start == BlobAccumulator::default();
    let mut batch =
        BatchAccumulator { public: start, blobs: usize::from(!first), ..BatchAccumulator::default() };
    let mut commitments = Vec::new();
    for (index, blob) in blobs.blobs.iter().enumerate() {
        let commitment = blob.commitment().map_err(kzg)?;
        require("commitment", commitment.to_point() == Ok(hints.blob_commitments[index]))?;
        let evaluation = blob.evaluate(hints.final_blob_challenges.z).map_err(kzg)?;
        let challenges = &hints.final_blob_challenges;
        batch =
            batch.accumulate(blobs.blob_fields_hash, &commitment, &evaluation, challenges).map_err(kzg)?;
        commitments.push(commitment);
    }
    require("blobs hash", blobs_hash(&commitments) == hints.blobs_hash)?;
    Ok(batch.public)
}

fn put_out_hash(
    hints: &CheckpointRootRollupHints,
    out_hash: Fr,
) -> Result<AppendOnlyTreeSnapshot, Unsatisfied> {
    let AppendOnlyTreeSnapshot { root, next_available_leaf_index } = hints.previous_out_hash;
    let above = |leaf: Fr| {
        let levels = hints.new_out_hash_sibling_path.iter().enumerate();
        levels.fold(leaf, |node, (level, sibling)| {
            let is_left = next_available_leaf_index >> level & 1 == 0;
            if is_left { sha256_pair(node, *sibling) } else { sha256_pair(*sibling, node) }
        })
    };
    require("empty out hash", above(Fr::ZERO) == root)?;
    let next_available_leaf_index = next_available_leaf_index + 1;
    Ok(AppendOnlyTreeSnapshot { root: above(out_hash), next_available_leaf_index })
}

fn count(side: &CheckpointRollupPublicInputs) -> usize {
    side.checkpoint_header_hashes.iter().take_while(|hash| !hash.is_zero()).count()
}

/// Two neighbours as one.
pub(super) fn merge(
    left: &CheckpointRollupPublicInputs,
    right: &CheckpointRollupPublicInputs,
) -> Result<CheckpointRollupPublicInputs, Unsatisfied> {
    require("same epoch", left.constants == right.constants)?;
    require("filled greedily", count(left).is_power_of_two() && count(left) >= count(right))?;
    require("archives follow", left.new_archive == right.previous_archive)?;
    require("out hashes follow", left.new_out_hash == right.previous_out_hash)?;
    require("blobs follow", left.end_blob_accumulator == right.start_blob_accumulator)?;
    require("same challenges", left.final_blob_challenges == right.final_blob_challenges)?;
    let hashes = |side: &CheckpointRollupPublicInputs| {
        side.checkpoint_header_hashes.iter().take(count(side)).copied().collect::<Vec<_>>()
    };
    let fees =
        |side: &CheckpointRollupPublicInputs| side.fees.iter().take(count(side)).copied().collect::<Vec<_>>();
    Ok(CheckpointRollupPublicInputs {
        constants: left.constants,
        previous_archive: left.previous_archive,
        new_archive: right.new_archive,
        previous_out_hash: left.previous_out_hash,
        new_out_hash: right.new_out_hash,
        checkpoint_header_hashes: Array::padded([hashes(left), hashes(right)].concat())
            .ok_or_else(|| Unsatisfied("more than 32 checkpoints".to_owned()))?,
        fees: Array::padded([fees(left), fees(right)].concat()).expect("as many as hashes"),
        start_blob_accumulator: left.start_blob_accumulator,
        end_blob_accumulator: right.end_blob_accumulator,
        final_blob_challenges: left.final_blob_challenges,
    })
}

/// The root; `right` is empty for an epoch of one checkpoint.
pub(super) fn epoch(
    left: &CheckpointRollupPublicInputs,
    right: &CheckpointRollupPublicInputs,
) -> Result<RootRollupPublicInputs, Unsatisfied> {
    let is_padding = *right == CheckpointRollupPublicInputs::default();
    require("padding beside one checkpoint", !is_padding || count(left) == 1)?;
    let all = if is_padding { left.clone() } else { merge(left, right)? };
    let empty = epoch_out_hash(&[]).expect("no leaves fit");
    let start = AppendOnlyTreeSnapshot { root: empty, next_available_leaf_index: 0 };
    require("no out hashes yet", all.previous_out_hash == start)?;
    require("no blobs yet", all.start_blob_accumulator == BlobAccumulator::default())?;
    let blobs = &all.end_blob_accumulator;
    require("point of the openings", blobs.z_acc == all.final_blob_challenges.z)?;
    Ok(RootRollupPublicInputs {
        previous_archive_root: all.previous_archive.root,
        end_archive_root: all.new_archive.root,
        out_hash: all.new_out_hash.root,
        checkpoint_header_hashes: all.checkpoint_header_hashes,
        fees: all.fees,
        constants: all.constants,
        blob_public_inputs: FinalBlobAccumulator {
            blob_commitments_hash: blobs.blob_commitments_hash_acc,
            z: blobs.z_acc,
            y: blobs.y_acc,
            c: blobs.c_acc,
        },
    })
}
