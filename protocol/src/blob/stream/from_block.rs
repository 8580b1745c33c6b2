//! What a block's publication must be, from the block itself. The encoding leaves no choice, so whoever has the
//! blocks can make their blobs again.

use super::{BlockBlobData, BlockEnd, BlockEndState, CheckpointBlobData};
use crate::block::{BlockHeader, Checkpoint, L2Block};
use crate::state::AppendOnlyTreeSnapshot;

impl From<&Checkpoint> for CheckpointBlobData {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self { blocks: checkpoint.blocks.iter().map(BlockBlobData::from).collect() }
    }
}

impl From<&L2Block> for BlockBlobData {
    fn from(block: &L2Block) -> Self {
        let BlockHeader { last_archive, state, global_variables, total_mana_used, .. } = block.header;
        let partial = state.partial;
        let leaves = |snapshot: AppendOnlyTreeSnapshot| u64::from(snapshot.next_available_leaf_index);
        Self {
            tx_effects: block.body.tx_effects.clone(),
            end: BlockEnd {
                timestamp: global_variables.timestamp,
                block_number: global_variables.block_number,
                state: BlockEndState {
                    l1_to_l2_message_leaves: leaves(state.l1_to_l2_message_tree),
                    note_hash_leaves: leaves(partial.note_hash_tree),
                    nullifier_leaves: leaves(partial.nullifier_tree),
                    public_data_leaves: leaves(partial.public_data_tree),
                    total_mana_used: total_mana_used.to_canonical_limbs()[0],
                },
                last_archive_root: last_archive.root,
                note_hash_root: partial.note_hash_tree.root,
                nullifier_root: partial.nullifier_tree.root,
                public_data_root: partial.public_data_tree.root,
                l1_to_l2_message_root: (block.index_within_checkpoint == 0)
                    .then_some(state.l1_to_l2_message_tree.root),
            },
        }
    }
}
