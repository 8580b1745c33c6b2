//! The tx level: the base circuits, the Chonk verifier, and the merge above them.

use chinampa_kernels::Fr;

use super::{AvmProofData, ChonkProofData, RollupProofData, SpongeBlob};
use crate::codec::{Array, object, output};
use crate::constants::{
    ARCHIVE_HEIGHT, CONTRACT_CLASS_LOG_SIZE_IN_FIELDS, MAX_CONTRACT_CLASS_LOGS_PER_TX, MAX_NULLIFIERS_PER_TX,
    NOTE_HASH_SUBTREE_ROOT_SIBLING_PATH_LENGTH, NULLIFIER_SUBTREE_ROOT_SIBLING_PATH_LENGTH,
    NULLIFIER_TREE_HEIGHT, PUBLIC_DATA_TREE_HEIGHT,
};
use crate::global_variables::GlobalVariables;
use crate::proof::MembershipWitness;
use crate::state::{AppendOnlyTreeSnapshot, PartialStateReference};
use crate::tree::IndexedLeafPreimage;
use crate::tx::{PrivateToPublicKernelCircuitPublicInputs, PrivateToRollupKernelCircuitPublicInputs};

output! {
    /// What is the same for all txs of a block. 332 bytes, 16 fields.
    #[derive(Copy, Hash)]
    pub struct BlockConstantData {
        /// Archive before the block.
        pub last_archive: AppendOnlyTreeSnapshot,
        /// Message tree with the checkpoint's messages in it.
        pub l1_to_l2_tree_snapshot: AppendOnlyTreeSnapshot,
        /// Root of the tree of verification keys.
        pub vk_tree_root: Fr,
        /// Hash of the protocol contracts.
        pub protocol_contracts_hash: Fr,
        /// The block's place, time, proposer and fees.
        pub global_variables: GlobalVariables,
        /// Who proves: an Ethereum address as a field.
        pub prover_id: Fr,
    }
    abi: [
        last_archive, l1_to_l2_tree_snapshot, vk_tree_root, protocol_contracts_hash, prover_id, global_variables,
    ]
}

output! {
    /// What every circuit of the tx level returns. 1,114 bytes, 52 fields.
    #[derive(Hash)]
    pub struct TxRollupPublicInputs {
        /// Txs below.
        pub num_txs: u32,
        /// What is the same for all txs of the block.
        pub constants: BlockConstantData,
        /// Trees before the first tx.
        pub start_tree_snapshots: PartialStateReference,
        /// Trees after the last tx.
        pub end_tree_snapshots: PartialStateReference,
        /// Blob sponge before the first tx.
        pub start_sponge_blob: SpongeBlob,
        /// Blob sponge after the last tx.
        pub end_sponge_blob: SpongeBlob,
        /// Root over the L2 to L1 messages.
        pub out_hash: Fr,
        /// Fees paid.
        pub accumulated_fees: Fr,
        /// Execution gas used.
        pub accumulated_mana_used: Fr,
    }
}

object! {
    /// The leaf of the nullifier tree. 32 bytes.
    #[derive(Copy, Default, Hash, PartialOrd, Ord)]
    pub struct NullifierLeaf {
        /// The nullifier, the leaf's key.
        pub nullifier: Fr,
    }
}

/// A leaf of the nullifier tree with its link. 96 bytes, 3 fields.
pub type NullifierLeafPreimage = IndexedLeafPreimage<NullifierLeaf>;

object! {
    /// The leaf of the public data tree. 64 bytes.
    #[derive(Copy, Default, Hash, PartialOrd, Ord)]
    pub struct PublicDataTreeLeaf {
        /// The siloed storage slot, the leaf's key.
        pub slot: Fr,
        /// What is stored.
        pub value: Fr,
    }
}

/// A leaf of the public data tree with its link. 128 bytes, 4 fields.
pub type PublicDataTreeLeafPreimage = IndexedLeafPreimage<PublicDataTreeLeaf>;

object! {
    /// All fields of a contract class log, zero padded. 96,736 bytes, 3,023 fields.
    #[derive(Default, Hash)]
    pub struct ContractClassLogFields {
        /// The fields.
        pub fields: Array<Fr, CONTRACT_CLASS_LOG_SIZE_IN_FIELDS>,
    }
}

object! {
    /// How the trees change with one tx. 100,128 bytes, 3,185 fields.
    #[derive(Default)]
    pub struct TreeSnapshotDiffHints {
        /// Where the 64 note hashes are appended, before that.
        pub note_hash_subtree_root_sibling_path: Array<Fr, NOTE_HASH_SUBTREE_ROOT_SIBLING_PATH_LENGTH>,
        /// Low leaf of each nullifier before its change, in sorted order.
        pub nullifier_predecessor_preimages: Array<NullifierLeafPreimage, MAX_NULLIFIERS_PER_TX>,
        /// Where those low leaves are.
        pub nullifier_predecessor_membership_witnesses:
            Array<MembershipWitness<NULLIFIER_TREE_HEIGHT>, MAX_NULLIFIERS_PER_TX>,
        /// The nullifiers, largest first, empty ones last.
        pub sorted_nullifiers: Array<Fr, MAX_NULLIFIERS_PER_TX>,
        /// Where each of them was before sorting.
        pub sorted_nullifier_indexes: Array<u32, MAX_NULLIFIERS_PER_TX>,
        /// Where the 64 nullifiers are appended, after the low leaves changed.
        pub nullifier_subtree_root_sibling_path: Array<Fr, NULLIFIER_SUBTREE_ROOT_SIBLING_PATH_LENGTH>,
        /// Where the fee payer's balance is.
        pub fee_payer_balance_membership_witness: MembershipWitness<PUBLIC_DATA_TREE_HEIGHT>,
    }
    abi: [
        note_hash_subtree_root_sibling_path, sorted_nullifiers, sorted_nullifier_indexes,
        nullifier_predecessor_preimages, nullifier_predecessor_membership_witnesses,
        nullifier_subtree_root_sibling_path, fee_payer_balance_membership_witness,
    ]
}

object! {
    /// What the base circuit of a private tx is told beside the client's proof. 198,625 bytes.
    pub struct PrivateBaseRollupHints {
        /// Trees before the tx.
        pub start: PartialStateReference,
        /// Blob sponge before the tx.
        pub start_sponge_blob: SpongeBlob,
        /// How the trees change.
        pub tree_snapshot_diff_hints: TreeSnapshotDiffHints,
        /// The fee payer's balance before the tx.
        pub fee_payer_balance_leaf_preimage: PublicDataTreeLeafPreimage,
        /// Where the anchor block is in the archive.
        pub anchor_block_archive_sibling_path: Array<Fr, ARCHIVE_HEIGHT>,
        /// The contract class log, or zeros.
        pub contract_class_logs_fields: Array<ContractClassLogFields, MAX_CONTRACT_CLASS_LOGS_PER_TX>,
        /// What is the same for all txs of the block.
        pub constants: BlockConstantData,
    }
    abi: [
        constants, start, start_sponge_blob, contract_class_logs_fields, fee_payer_balance_leaf_preimage,
        anchor_block_archive_sibling_path, tree_snapshot_diff_hints,
    ]
}

object! {
    /// A tx without public calls. 9,626 fields.
    pub struct PrivateTxBaseRollupPrivateInputs {
        /// The client's proof.
        pub hiding_kernel_proof_data: ChonkProofData<PrivateToRollupKernelCircuitPublicInputs>,
        /// State and paths.
        pub hints: PrivateBaseRollupHints,
    }
}

object! {
    /// What the base circuit of a public tx is told beside the two proofs. 97,965 bytes.
    pub struct PublicBaseRollupHints {
        /// Blob sponge before the tx.
        pub start_sponge_blob: SpongeBlob,
        /// Archive before the block.
        pub last_archive: AppendOnlyTreeSnapshot,
        /// Where the anchor block is in the archive.
        pub anchor_block_archive_sibling_path: Array<Fr, ARCHIVE_HEIGHT>,
        /// The contract class log, or zeros.
        pub contract_class_logs_fields: Array<ContractClassLogFields, MAX_CONTRACT_CLASS_LOGS_PER_TX>,
    }
}

object! {
    /// A tx with public calls. 27,901 fields.
    pub struct PublicTxBaseRollupPrivateInputs {
        /// The client's proof, already verified by a circuit of ours.
        pub public_chonk_verifier_proof_data: RollupProofData<PublicChonkVerifierPublicInputs>,
        /// The AVM's proof.
        pub avm_proof_data: AvmProofData,
        /// State and paths.
        pub hints: PublicBaseRollupHints,
    }
}

object! {
    /// The client's proof of a tx with public calls. 4,856 fields.
    pub struct PublicChonkVerifierPrivateInputs {
        /// The proof.
        pub hiding_kernel_proof_data: ChonkProofData<PrivateToPublicKernelCircuitPublicInputs>,
        /// Who proves: an Ethereum address as a field.
        pub prover_id: Fr,
    }
}

output! {
    /// What the Chonk verifier returns. 82,753 bytes, 2,785 fields.
    #[derive(Hash)]
    pub struct PublicChonkVerifierPublicInputs {
        /// What the client proved.
        pub private_tail: PrivateToPublicKernelCircuitPublicInputs,
        /// Who proves.
        pub prover_id: Fr,
    }
}

object! {
    /// Two neighbours of the tx level. 1,390 fields.
    pub struct TxMergeRollupPrivateInputs {
        /// Left and right.
        pub previous_rollups: Array<RollupProofData<TxRollupPublicInputs>, 2>,
    }
}
