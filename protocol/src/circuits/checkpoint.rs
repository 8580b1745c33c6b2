//! The checkpoint level: two checkpoint roots, by number of blocks, the merge above them, and padding.

use chinampa_kernels::Fr;

use super::{BlockRollupPublicInputs, RollupProofData};
use crate::address::EthAddress;
use crate::blob::{BlobAccumulator, BlsPoint, FinalBlobBatchingChallenges};
use crate::block::BlockHeader;
use crate::codec::{Array, Decode, DecodeError, Encode, Reader, ToFields, object, output};
use crate::constants::{
    ARCHIVE_HEIGHT, BLOBS_PER_CHECKPOINT, FIELDS_PER_BLOB, MAX_CHECKPOINTS_PER_EPOCH, OUT_HASH_TREE_HEIGHT,
};
use crate::state::AppendOnlyTreeSnapshot;

output! {
    /// What is the same for all checkpoints of an epoch. 160 bytes, 5 fields.
    #[derive(Copy, Hash)]
    pub struct EpochConstantData {
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
    }
}

output! {
    /// A proposer and the fees it earned. 52 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct FeeRecipient {
        /// Coinbase of the checkpoint.
        pub recipient: EthAddress,
        /// Fees of its txs.
        pub value: Fr,
    }
}

output! {
    /// What every circuit of the checkpoint level returns. 3,568 bytes, 149 fields.
    #[derive(Hash)]
    pub struct CheckpointRollupPublicInputs {
        /// What is the same for all checkpoints of the epoch.
        pub constants: EpochConstantData,
        /// Archive before the first checkpoint.
        pub previous_archive: AppendOnlyTreeSnapshot,
        /// Archive after the last checkpoint.
        pub new_archive: AppendOnlyTreeSnapshot,
        /// The epoch's out-hash tree before the first checkpoint.
        pub previous_out_hash: AppendOnlyTreeSnapshot,
        /// The epoch's out-hash tree after the last checkpoint.
        pub new_out_hash: AppendOnlyTreeSnapshot,
        /// Hashes of the checkpoint headers, zero padded.
        pub checkpoint_header_hashes: Array<Fr, MAX_CHECKPOINTS_PER_EPOCH>,
        /// Who earned what, zero padded.
        pub fees: Array<FeeRecipient, MAX_CHECKPOINTS_PER_EPOCH>,
        /// The epoch's blobs before the first checkpoint.
        pub start_blob_accumulator: BlobAccumulator,
        /// The epoch's blobs after the last checkpoint.
        pub end_blob_accumulator: BlobAccumulator,
        /// Where and how all blobs of the epoch are opened.
        pub final_blob_challenges: FinalBlobBatchingChallenges,
    }
}

object! {
    /// What a checkpoint root is told beside its blocks. 788,956 bytes, 24,712 fields.
    pub struct CheckpointRootRollupHints {
        /// Header of the block before the checkpoint.
        pub previous_block_header: BlockHeader,
        /// Where that block is in the archive.
        pub previous_archive_sibling_path: Array<Fr, ARCHIVE_HEIGHT>,
        /// The epoch's out-hash tree before the checkpoint.
        pub previous_out_hash: AppendOnlyTreeSnapshot,
        /// Where the checkpoint's out hash is put.
        pub new_out_hash_sibling_path: Array<Fr, OUT_HASH_TREE_HEIGHT>,
        /// The epoch's blobs before the checkpoint.
        pub start_blob_accumulator: BlobAccumulator,
        /// Where and how all blobs of the epoch are opened.
        pub final_blob_challenges: FinalBlobBatchingChallenges,
        /// All fields of its blobs, zero padded.
        pub blob_fields: Array<Fr, { BLOBS_PER_CHECKPOINT * FIELDS_PER_BLOB }>,
        /// KZG commitments of its blobs, infinity for those it does not use.
        pub blob_commitments: Array<BlsPoint, BLOBS_PER_CHECKPOINT>,
        /// SHA-256 over the versioned hashes of its blobs, cut to a field.
        pub blobs_hash: Fr,
    }
}

object! {
    /// A checkpoint of two or more blocks. 26,110 fields.
    pub struct CheckpointRootRollupPrivateInputs {
        /// Left and right half of the blocks.
        pub previous_rollups: Array<RollupProofData<BlockRollupPublicInputs>, 2>,
        /// State and blobs.
        pub hints: CheckpointRootRollupHints,
    }
}

object! {
    /// A checkpoint of one block. 25,411 fields.
    pub struct CheckpointRootSingleBlockRollupPrivateInputs {
        /// The block.
        pub previous_rollup: RollupProofData<BlockRollupPublicInputs>,
        /// State and blobs.
        pub hints: CheckpointRootRollupHints,
    }
}

/// The partner of the only checkpoint of an epoch. No bytes, no fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct CheckpointPaddingRollupPrivateInputs {}

impl Encode for CheckpointPaddingRollupPrivateInputs {
    fn encode(&self, _: &mut Vec<u8>) {}
}

impl Decode for CheckpointPaddingRollupPrivateInputs {
    const LEN_BYTES_MIN: usize = 0;

    fn decode(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {})
    }
}

impl ToFields for CheckpointPaddingRollupPrivateInputs {
    fn to_fields(&self, _: &mut Vec<Fr>) {}
}

object! {
    /// Two neighbours of the checkpoint level. 1,584 fields.
    pub struct CheckpointMergeRollupPrivateInputs {
        /// Left and right.
        pub previous_rollups: Array<RollupProofData<CheckpointRollupPublicInputs>, 2>,
    }
}
