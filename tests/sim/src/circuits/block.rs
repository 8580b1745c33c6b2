//! The block level.

use chinampa_kernels::hash::poseidon2::hash_pair;
use chinampa_protocol::blob::stream::{BlockBlobData, BlockEnd, BlockEndState};
use chinampa_protocol::block::BlockHeader;
use chinampa_protocol::circuits::{
    BlockRollupPublicInputs, CheckpointConstantData, CircuitInputs, ParityPublicInputs, SpongeBlob,
    TxRollupPublicInputs,
};
use chinampa_protocol::codec::WideU32;
use chinampa_protocol::constants::NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP as MESSAGES;
use chinampa_protocol::state::{AppendOnlyTreeSnapshot, StateReference};
use chinampa_protocol::tree::zero_hash;
use chinampa_protocol::tx::TxEffect;
use chinampa_protocol::{Fr, GlobalVariables};

use super::{Unsatisfied, pair, require, root_of, tx};

/// What all block roots have in common, whatever stands below them.
struct Block {
    /// The messages, in the first block of a checkpoint.
    parity: Option<ParityPublicInputs>,
    constants: CheckpointConstantData,
    globals: GlobalVariables,
    last_archive: AppendOnlyTreeSnapshot,
    start_state: StateReference,
    end_state: StateReference,
    num_txs: u32,
    start_sponge_blob: SpongeBlob,
    end_sponge_blob: SpongeBlob,
    out_hash: Fr,
    fees: Fr,
    mana: Fr,
}

/// A message tree before the messages, and where they go.
type Messages<'a> = (ParityPublicInputs, AppendOnlyTreeSnapshot, &'a [Fr]);

/// Any of the five block roots.
pub(super) fn root(inputs: &CircuitInputs) -> Result<BlockRollupPublicInputs, Unsatisfied> {
    match inputs {
        CircuitInputs::BlockRootFirst(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            let txs = tx::merge(&left.public_inputs, &right.public_inputs)?;
            let siblings = &inputs.new_l1_to_l2_message_subtree_root_sibling_path;
            let messages = (inputs.l1_to_l2_roots.public_inputs, inputs.previous_l1_to_l2, siblings.as_ref());
            of_txs(&txs, Some(messages))?.close(&inputs.new_archive_sibling_path)
        }
        CircuitInputs::BlockRootSingleTxFirst(inputs) => {
            let siblings = &inputs.new_l1_to_l2_message_subtree_root_sibling_path;
            let messages = (inputs.l1_to_l2_roots.public_inputs, inputs.previous_l1_to_l2, siblings.as_ref());
            let txs = &inputs.previous_rollup.public_inputs;
            of_txs(txs, Some(messages))?.close(&inputs.new_archive_sibling_path)
        }
        CircuitInputs::BlockRootEmptyTxFirst(inputs) => {
            let siblings = &inputs.new_l1_to_l2_message_subtree_root_sibling_path;
            let parity = inputs.l1_to_l2_roots.public_inputs;
            let start_state = inputs.previous_state;
            let grown = grown((parity, start_state.l1_to_l2_message_tree, siblings.as_ref()))?;
            let constants = inputs.constants;
            let block = Block {
                parity: Some(parity),
                constants,
                globals: GlobalVariables {
                    chain_id: constants.chain_id,
                    version: constants.version,
                    block_number: inputs.previous_archive.next_available_leaf_index,
                    slot_number: constants.slot_number.0,
                    timestamp: inputs.timestamp,
                    coinbase: constants.coinbase,
                    fee_recipient: constants.fee_recipient,
                    gas_fees: constants.gas_fees,
                },
                last_archive: inputs.previous_archive,
                start_state,
                end_state: StateReference { l1_to_l2_message_tree: grown, ..start_state },
                num_txs: 0,
                start_sponge_blob: SpongeBlob::init(),
                end_sponge_blob: SpongeBlob::init(),
                out_hash: Fr::ZERO,
                fees: Fr::ZERO,
                mana: Fr::ZERO,
            };
            block.close(&inputs.new_archive_sibling_path)
        }
        CircuitInputs::BlockRoot(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            let txs = tx::merge(&left.public_inputs, &right.public_inputs)?;
            of_txs(&txs, None)?.close(&inputs.new_archive_sibling_path)
        }
        CircuitInputs::BlockRootSingleTx(inputs) => {
            of_txs(&inputs.previous_rollup.public_inputs, None)?.close(&inputs.new_archive_sibling_path)
        }
        _ => Err(Unsatisfied("a public tx".to_owned())),
    }
}

/// The message tree with the checkpoint's messages in it.
fn grown((parity, before, siblings): Messages<'_>) -> Result<AppendOnlyTreeSnapshot, Unsatisfied> {
    let depth = MESSAGES.ilog2() as usize;
    let index = u64::from(before.next_available_leaf_index) >> depth;
    require("empty message subtree", root_of(siblings, zero_hash(depth), index) == before.root)?;
    Ok(AppendOnlyTreeSnapshot {
        root: root_of(siblings, parity.converted_root, index),
        next_available_leaf_index: before.next_available_leaf_index + MESSAGES as u32,
    })
}

fn of_txs(txs: &TxRollupPublicInputs, messages: Option<Messages<'_>>) -> Result<Block, Unsatisfied> {
    let (common, globals) = (&txs.constants, txs.constants.global_variables);
    let after = common.l1_to_l2_tree_snapshot;
    let before = match messages {
        Some(messages) => {
            require("message tree", grown(messages)? == after)?;
            messages.1
        }
        None => after,
    };
    Ok(Block {
        parity: messages.map(|messages| messages.0),
        constants: CheckpointConstantData {
            chain_id: globals.chain_id,
            version: globals.version,
            vk_tree_root: common.vk_tree_root,
            protocol_contracts_hash: common.protocol_contracts_hash,
            prover_id: common.prover_id,
            slot_number: WideU32(globals.slot_number),
            coinbase: globals.coinbase,
            fee_recipient: globals.fee_recipient,
            gas_fees: globals.gas_fees,
        },
        globals,
        last_archive: common.last_archive,
        start_state: StateReference { l1_to_l2_message_tree: before, partial: txs.start_tree_snapshots },
        end_state: StateReference { l1_to_l2_message_tree: after, partial: txs.end_tree_snapshots },
        num_txs: txs.num_txs,
        start_sponge_blob: txs.start_sponge_blob.clone(),
        end_sponge_blob: txs.end_sponge_blob.clone(),
        out_hash: txs.out_hash,
        fees: txs.accumulated_fees,
        mana: txs.accumulated_mana_used,
    })
}

impl Block {
    /// The block's end fields, its header, its leaf of the archive.
    fn close(mut self, archive_siblings: &[Fr]) -> Result<BlockRollupPublicInputs, Unsatisfied> {
        let fields = self.end_fields();
        self.end_sponge_blob.absorb(&fields).map_err(|error| Unsatisfied(error.to_string()))?;
        let sponge_blob_hash = self.end_sponge_blob.squeezed();
        let header = BlockHeader {
            last_archive: self.last_archive,
            state: self.end_state,
            sponge_blob_hash: sponge_blob_hash.map_err(|error| Unsatisfied(error.to_string()))?,
            global_variables: self.globals,
            total_fees: self.fees,
            total_mana_used: self.mana,
        };
        let index = u64::from(self.last_archive.next_available_leaf_index);
        require("block number", u64::from(self.globals.block_number) == index)?;
        let before = root_of(archive_siblings, Fr::ZERO, index);
        require("empty archive leaf", before == self.last_archive.root)?;
        Ok(BlockRollupPublicInputs {
            constants: self.constants,
            previous_archive: self.last_archive,
            new_archive: AppendOnlyTreeSnapshot {
                root: root_of(archive_siblings, header.hash(), index),
                next_available_leaf_index: self.last_archive.next_available_leaf_index + 1,
            },
            start_state: self.start_state,
            end_state: self.end_state,
            start_sponge_blob: self.start_sponge_blob,
            end_sponge_blob: self.end_sponge_blob,
            timestamp: self.globals.timestamp,
            block_headers_hash: header.hash(),
            in_hash: self.parity.map(|parity| parity.sha_root).unwrap_or_default(),
            out_hash: self.out_hash,
            accumulated_fees: self.fees,
            accumulated_mana_used: self.mana,
        })
    }

    fn end_fields(&self) -> Vec<Fr> {
        let leaves = |snapshot: AppendOnlyTreeSnapshot| u64::from(snapshot.next_available_leaf_index);
        let StateReference { l1_to_l2_message_tree, partial } = self.end_state;
        let txs = self.num_txs as usize;
        let data = BlockBlobData {
            tx_effects: vec![TxEffect::default(); txs],
            end: BlockEnd {
                timestamp: self.globals.timestamp,
                block_number: self.globals.block_number,
                state: BlockEndState {
                    l1_to_l2_message_leaves: leaves(l1_to_l2_message_tree),
                    note_hash_leaves: leaves(partial.note_hash_tree),
                    nullifier_leaves: leaves(partial.nullifier_tree),
                    public_data_leaves: leaves(partial.public_data_tree),
                    total_mana_used: self.mana.to_canonical_limbs()[0],
                },
                last_archive_root: self.last_archive.root,
                note_hash_root: partial.note_hash_tree.root,
                nullifier_root: partial.nullifier_tree.root,
                public_data_root: partial.public_data_tree.root,
                l1_to_l2_message_root: self.parity.map(|_| l1_to_l2_message_tree.root),
            },
        };
        let mut fields = Vec::new();
        data.extend_fields(&mut fields);
        // An empty effect takes three fields; only the end of the block is wanted.
        fields.split_off(3 * txs)
    }
}

/// Two neighbours as one.
pub(super) fn merge(
    left: &BlockRollupPublicInputs,
    right: &BlockRollupPublicInputs,
) -> Result<BlockRollupPublicInputs, Unsatisfied> {
    let blocks = |side: &BlockRollupPublicInputs| {
        side.new_archive.next_available_leaf_index - side.previous_archive.next_available_leaf_index
    };
    require("same checkpoint", left.constants == right.constants && left.timestamp == right.timestamp)?;
    require("filled greedily", blocks(left).is_power_of_two() && blocks(left) >= blocks(right))?;
    require("archives follow", left.new_archive == right.previous_archive)?;
    require("states follow", left.end_state == right.start_state)?;
    require("sponges follow", left.end_sponge_blob == right.start_sponge_blob)?;
    require("messages on the left only", right.in_hash.is_zero())?;
    Ok(BlockRollupPublicInputs {
        constants: left.constants,
        previous_archive: left.previous_archive,
        new_archive: right.new_archive,
        start_state: left.start_state,
        end_state: right.end_state,
        start_sponge_blob: left.start_sponge_blob.clone(),
        end_sponge_blob: right.end_sponge_blob.clone(),
        timestamp: left.timestamp,
        block_headers_hash: hash_pair(left.block_headers_hash, right.block_headers_hash),
        in_hash: left.in_hash,
        out_hash: tx::out_hash(left.out_hash, right.out_hash),
        accumulated_fees: left.accumulated_fees + right.accumulated_fees,
        accumulated_mana_used: left.accumulated_mana_used + right.accumulated_mana_used,
    })
}
