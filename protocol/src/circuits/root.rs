//! The root: one proof for an epoch, verified on L1.

use chinampa_kernels::Fr;

use super::{CheckpointRollupPublicInputs, EpochConstantData, FeeRecipient, RollupProofData};
use crate::blob::FinalBlobAccumulator;
use crate::codec::{Array, object, output};
use crate::constants::MAX_CHECKPOINTS_PER_EPOCH;

object! {
    /// The two halves of an epoch. 1,584 fields.
    pub struct RootRollupPrivateInputs {
        /// Left and right; right is padding for an epoch of one checkpoint.
        pub previous_rollups: Array<RollupProofData<CheckpointRollupPublicInputs>, 2>,
    }
}

output! {
    /// What L1 checks of an epoch. 3,136 bytes, 111 fields.
    #[derive(Hash)]
    pub struct RootRollupPublicInputs {
        /// Archive root before the epoch.
        pub previous_archive_root: Fr,
        /// Archive root after the epoch.
        pub end_archive_root: Fr,
        /// Root over all L2 to L1 messages of the epoch.
        pub out_hash: Fr,
        /// Hashes of the checkpoint headers, zero padded.
        pub checkpoint_header_hashes: Array<Fr, MAX_CHECKPOINTS_PER_EPOCH>,
        /// Who earned what, zero padded.
        pub fees: Array<FeeRecipient, MAX_CHECKPOINTS_PER_EPOCH>,
        /// Chain, version, keys, prover.
        pub constants: EpochConstantData,
        /// One opening for all blobs of the epoch.
        pub blob_public_inputs: FinalBlobAccumulator,
    }
}
