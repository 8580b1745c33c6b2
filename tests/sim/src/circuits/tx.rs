//! The tx level.

use chinampa_node::execution::{transaction_fee, tx_effect};
use chinampa_protocol::Fr;
use chinampa_protocol::circuits::{
    NullifierLeafPreimage, PrivateTxBaseRollupPrivateInputs, TxRollupPublicInputs,
};
use chinampa_protocol::codec::TreeIndex;
use chinampa_protocol::hash::{fee_payer_balance_leaf_slot, sha256_pair};
use chinampa_protocol::state::{AppendOnlyTreeSnapshot, PartialStateReference};
use chinampa_protocol::tree::{unbalanced_poseidon_root, zero_hash};
use chinampa_protocol::tx::{Tx, TxData, TxEffect};

use super::{Unsatisfied, require, root_of};

/// Note hashes and nullifiers of a tx, as positions of their trees.
const POSITIONS: u32 = 64;
/// Levels of the subtree that holds them.
const DEPTH: usize = 6;

pub(super) fn base(inputs: &PrivateTxBaseRollupPrivateInputs) -> Result<TxRollupPublicInputs, Unsatisfied> {
    let hints = &inputs.hints;
    let proof = &inputs.hiding_kernel_proof_data;
    let (data, globals) = (&proof.public_inputs, &hints.constants.global_variables);
    let anchor = &data.constants.anchor_block_header;
    let number = u64::from(anchor.global_variables.block_number);
    let archive = root_of(&hints.anchor_block_archive_sibling_path, anchor.hash(), number);
    require("anchor block", archive == hints.constants.last_archive.root)?;

    let tx_data = TxData::ForRollup(Box::new(data.clone()));
    let logs = tx_data.contract_class_log_hashes().len();
    let tx = Tx {
        tx_hash: tx_data.tx_hash(),
        data: tx_data,
        chonk_proof: proof.proof.proof.clone(),
        contract_class_log_fields: hints.contract_class_logs_fields.iter().take(logs).cloned().collect(),
        public_function_calldata: Vec::new(),
    };
    let settings = &data.constants.tx_context.gas_settings;
    let fee = transaction_fee(&globals.gas_fees, settings, &data.gas_used);
    let fee = fee.map_err(|error| Unsatisfied(error.to_string()))?;
    let balance = &hints.fee_payer_balance_leaf_preimage;
    require("balance slot", balance.leaf.slot == fee_payer_balance_leaf_slot(data.fee_payer))?;
    require("balance", balance.leaf.value >= fee)?;
    let effect = tx_effect(&tx, data, globals, fee, balance.leaf.value);
    let mut fields = Vec::new();
    effect.extend_blob_fields(&mut fields);
    let mut end_sponge_blob = hints.start_sponge_blob.clone();
    end_sponge_blob.absorb(&fields).map_err(|error| Unsatisfied(error.to_string()))?;
    Ok(TxRollupPublicInputs {
        num_txs: 1,
        constants: hints.constants,
        start_tree_snapshots: hints.start,
        end_tree_snapshots: PartialStateReference {
            note_hash_tree: note_hashes(inputs, &effect)?,
            nullifier_tree: nullifiers(inputs, &effect)?,
            public_data_tree: balance_written(inputs, fee)?,
        },
        start_sponge_blob: hints.start_sponge_blob.clone(),
        end_sponge_blob,
        out_hash: effect.out_hash(),
        accumulated_fees: fee,
        accumulated_mana_used: Fr::from(data.gas_used.l2_gas),
    })
}

fn appended(
    start: AppendOnlyTreeSnapshot,
    current_root: Fr,
    siblings: &[Fr],
    leaves: &[Fr],
) -> Result<AppendOnlyTreeSnapshot, Unsatisfied> {
    let index = u64::from(start.next_available_leaf_index) >> DEPTH;
    require("empty subtree", root_of(siblings, zero_hash(DEPTH), index) == current_root)?;
    Ok(AppendOnlyTreeSnapshot {
        root: root_of(siblings, unbalanced_poseidon_root(leaves), index),
        next_available_leaf_index: start.next_available_leaf_index + POSITIONS,
    })
}

fn note_hashes(
    inputs: &PrivateTxBaseRollupPrivateInputs,
    effect: &TxEffect,
) -> Result<AppendOnlyTreeSnapshot, Unsatisfied> {
    let start = inputs.hints.start.note_hash_tree;
    let mut leaves = effect.note_hashes.clone();
    leaves.resize(POSITIONS as usize, Fr::ZERO);
    let siblings = &inputs.hints.tree_snapshot_diff_hints.note_hash_subtree_root_sibling_path;
    appended(start, start.root, siblings, &leaves)
}

fn nullifiers(
    inputs: &PrivateTxBaseRollupPrivateInputs,
    effect: &TxEffect,
) -> Result<AppendOnlyTreeSnapshot, Unsatisfied> {
    let hints = &inputs.hints.tree_snapshot_diff_hints;
    let start = inputs.hints.start.nullifier_tree;
    let mut root = start.root;
    let mut leaves = vec![Fr::ZERO; POSITIONS as usize];
    for (sorted, nullifier) in hints.sorted_nullifiers.iter().enumerate().take(effect.nullifiers.len()) {
        let position = hints.sorted_nullifier_indexes[sorted];
        require("permutation", effect.nullifiers.get(position as usize) == Some(nullifier))?;
        let low = hints.nullifier_predecessor_preimages[sorted];
        let witness = &hints.nullifier_predecessor_membership_witnesses[sorted];
        let index = witness.leaf_index.0;
        require("low leaf", root_of(&witness.sibling_path, low.hash(), index) == root)?;
        let above = low.next_key.is_zero() || *nullifier < low.next_key;
        require("low leaf is next below", low.leaf.nullifier < *nullifier && above)?;
        let mut new = NullifierLeafPreimage { next_key: low.next_key, next_index: low.next_index, ..low };
        new.leaf.nullifier = *nullifier;
        leaves[position as usize] = new.hash();
        let next_index = TreeIndex(u64::from(start.next_available_leaf_index + position));
        let changed = NullifierLeafPreimage { next_key: *nullifier, next_index, ..low };
        root = root_of(&witness.sibling_path, changed.hash(), index);
    }
    appended(start, root, &hints.nullifier_subtree_root_sibling_path, &leaves)
}

fn balance_written(
    inputs: &PrivateTxBaseRollupPrivateInputs,
    fee: Fr,
) -> Result<AppendOnlyTreeSnapshot, Unsatisfied> {
    let hints = &inputs.hints;
    let start = hints.start.public_data_tree;
    let witness = &hints.tree_snapshot_diff_hints.fee_payer_balance_membership_witness;
    let mut leaf = hints.fee_payer_balance_leaf_preimage;
    let index = witness.leaf_index.0;
    require("balance leaf", root_of(&witness.sibling_path, leaf.hash(), index) == start.root)?;
    leaf.leaf.value -= fee;
    Ok(AppendOnlyTreeSnapshot { root: root_of(&witness.sibling_path, leaf.hash(), index), ..start })
}

/// A node over two out hashes, of which zero means none.
pub(super) fn out_hash(left: Fr, right: Fr) -> Fr {
    match (left.is_zero(), right.is_zero()) {
        (true, _) => right,
        (_, true) => left,
        _ => sha256_pair(left, right),
    }
}

/// Two neighbours as one.
pub(super) fn merge(
    left: &TxRollupPublicInputs,
    right: &TxRollupPublicInputs,
) -> Result<TxRollupPublicInputs, Unsatisfied> {
    require("same block", left.constants == right.constants)?;
    require("filled greedily", left.num_txs.is_power_of_two() && left.num_txs >= right.num_txs)?;
    require("trees follow", left.end_tree_snapshots == right.start_tree_snapshots)?;
    require("sponges follow", left.end_sponge_blob == right.start_sponge_blob)?;
    Ok(TxRollupPublicInputs {
        num_txs: left.num_txs + right.num_txs,
        constants: left.constants,
        start_tree_snapshots: left.start_tree_snapshots,
        end_tree_snapshots: right.end_tree_snapshots,
        start_sponge_blob: left.start_sponge_blob.clone(),
        end_sponge_blob: right.end_sponge_blob.clone(),
        out_hash: out_hash(left.out_hash, right.out_hash),
        accumulated_fees: left.accumulated_fees + right.accumulated_fees,
        accumulated_mana_used: left.accumulated_mana_used + right.accumulated_mana_used,
    })
}
