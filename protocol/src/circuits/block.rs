//! The block level: five block roots, by position in the checkpoint and number of txs, and the merge above them.

use chinampa_kernels::Fr;

use super::{ParityPublicInputs, RollupProofData, SpongeBlob, TxRollupPublicInputs, UltraProofData};
use crate::address::{AztecAddress, EthAddress};
use crate::codec::{Array, WideU32, object, output};
use crate::constants::{ARCHIVE_HEIGHT, L1_TO_L2_MSG_SUBTREE_ROOT_SIBLING_PATH_LENGTH};
use crate::gas::GasFees;
use crate::state::{AppendOnlyTreeSnapshot, StateReference};

type MessageSubtreePath = Array<Fr, L1_TO_L2_MSG_SUBTREE_ROOT_SIBLING_PATH_LENGTH>;
type ArchivePath = Array<Fr, ARCHIVE_HEIGHT>;

output! {
    /// What is the same for all blocks of a checkpoint. 276 bytes, 10 fields.
    #[derive(Copy, Hash)]
    pub struct CheckpointConstantData {
        /// Chain id of L1.
        pub chain_id: Fr,
        /// Version of the rollup.
        pub version: Fr,
        /// Root of the tree of verification keys.
        pub vk_tree_root: Fr,
        /// Hash of the protocol contracts.
        pub protocol_contracts_hash: Fr,
        /// Who proves: an Ethereum address as a field.
        pub prover_id: Fr,
        /// Slot of the checkpoint.
        pub slot_number: WideU32,
        /// Receives the proposer's rewards on L1.
        pub coinbase: EthAddress,
        /// Receives the fees on L2.
        pub fee_recipient: AztecAddress,
        /// Price of gas.
        pub gas_fees: GasFees,
    }
}

output! {
    /// What every circuit of the block level returns. 1,270 bytes, 56 fields.
    #[derive(Hash)]
    pub struct BlockRollupPublicInputs {
        /// What is the same for all blocks of the checkpoint.
        pub constants: CheckpointConstantData,
        /// Archive before the first block.
        pub previous_archive: AppendOnlyTreeSnapshot,
        /// Archive after the last block.
        pub new_archive: AppendOnlyTreeSnapshot,
        /// Trees before the first block.
        pub start_state: StateReference,
        /// Trees after the last block.
        pub end_state: StateReference,
        /// Blob sponge before the first block.
        pub start_sponge_blob: SpongeBlob,
        /// Blob sponge after the last block.
        pub end_sponge_blob: SpongeBlob,
        /// Time of the checkpoint.
        #[serde(with = "crate::codec::json::decimal")]
        pub timestamp: u64,
        /// Poseidon2 root over the block hashes.
        pub block_headers_hash: Fr,
        /// SHA-256 root over the L1 to L2 messages; zero unless the first block is below.
        pub in_hash: Fr,
        /// Root over the L2 to L1 messages.
        pub out_hash: Fr,
        /// Fees paid.
        pub accumulated_fees: Fr,
        /// Execution gas used.
        pub accumulated_mana_used: Fr,
    }
}

object! {
    /// First block of a checkpoint, two or more txs. 2,024 fields.
    pub struct BlockRootFirstRollupPrivateInputs {
        /// The checkpoint's messages.
        pub l1_to_l2_roots: UltraProofData<ParityPublicInputs>,
        /// Left and right half of the txs.
        pub previous_rollups: Array<RollupProofData<TxRollupPublicInputs>, 2>,
        /// Message tree before the messages.
        pub previous_l1_to_l2: AppendOnlyTreeSnapshot,
        /// Where the messages are appended.
        pub new_l1_to_l2_message_subtree_root_sibling_path: MessageSubtreePath,
        /// Where the block is appended.
        pub new_archive_sibling_path: ArchivePath,
    }
}

object! {
    /// First block of a checkpoint, one tx. 1,329 fields.
    pub struct BlockRootSingleTxFirstRollupPrivateInputs {
        /// The checkpoint's messages.
        pub l1_to_l2_roots: UltraProofData<ParityPublicInputs>,
        /// The tx.
        pub previous_rollup: RollupProofData<TxRollupPublicInputs>,
        /// Message tree before the messages.
        pub previous_l1_to_l2: AppendOnlyTreeSnapshot,
        /// Where the messages are appended.
        pub new_l1_to_l2_message_subtree_root_sibling_path: MessageSubtreePath,
        /// Where the block is appended.
        pub new_archive_sibling_path: ArchivePath,
    }
}

object! {
    /// First block of a checkpoint, no tx. 653 fields.
    pub struct BlockRootEmptyTxFirstRollupPrivateInputs {
        /// The checkpoint's messages.
        pub l1_to_l2_roots: UltraProofData<ParityPublicInputs>,
        /// Archive before the block.
        pub previous_archive: AppendOnlyTreeSnapshot,
        /// Trees before the block.
        pub previous_state: StateReference,
        /// What is the same for all blocks of the checkpoint.
        pub constants: CheckpointConstantData,
        /// Time of the checkpoint.
        #[serde(with = "crate::codec::json::decimal")]
        pub timestamp: u64,
        /// Where the messages are appended.
        pub new_l1_to_l2_message_subtree_root_sibling_path: MessageSubtreePath,
        /// Where the block is appended.
        pub new_archive_sibling_path: ArchivePath,
    }
}

object! {
    /// A later block of a checkpoint, two or more txs. 1,420 fields.
    pub struct BlockRootRollupPrivateInputs {
        /// Left and right half of the txs.
        pub previous_rollups: Array<RollupProofData<TxRollupPublicInputs>, 2>,
        /// Where the block is appended.
        pub new_archive_sibling_path: ArchivePath,
    }
}

object! {
    /// A later block of a checkpoint, one tx. 725 fields.
    pub struct BlockRootSingleTxRollupPrivateInputs {
        /// The tx.
        pub previous_rollup: RollupProofData<TxRollupPublicInputs>,
        /// Where the block is appended.
        pub new_archive_sibling_path: ArchivePath,
    }
}

object! {
    /// Two neighbours of the block level. 1,398 fields.
    pub struct BlockMergeRollupPrivateInputs {
        /// Left and right.
        pub previous_rollups: Array<RollupProofData<BlockRollupPublicInputs>, 2>,
    }
}
