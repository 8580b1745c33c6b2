//! Parity: the tree of L1 to L2 messages under both hashes, SHA-256 as L1 built it and Poseidon2 as L2 stores it.

use chinampa_kernels::Fr;

use super::UltraProofData;
use crate::codec::{Array, object, output};
use crate::constants::{NUM_BASE_PARITY_PER_ROOT_PARITY, NUM_MSGS_PER_BASE_PARITY};

object! {
    /// A quarter of a checkpoint's messages. 8,224 bytes, 257 fields.
    pub struct ParityBasePrivateInputs {
        /// Messages, zero padded.
        pub msgs: Array<Fr, NUM_MSGS_PER_BASE_PARITY>,
        /// Root of the tree of verification keys.
        pub vk_tree_root: Fr,
    }
}

object! {
    /// The four quarters. 2,304 fields.
    pub struct ParityRootPrivateInputs {
        /// Proven quarters, in order.
        pub children: Array<UltraProofData<ParityPublicInputs>, NUM_BASE_PARITY_PER_ROOT_PARITY>,
    }
}

output! {
    /// What both parity circuits return. 96 bytes, 3 fields.
    #[derive(Copy, Hash)]
    pub struct ParityPublicInputs {
        /// SHA-256 root, the checkpoint's `in_hash`.
        pub sha_root: Fr,
        /// Poseidon2 root of the same leaves, appended to the message tree.
        pub converted_root: Fr,
        /// Root of the tree of verification keys.
        pub vk_tree_root: Fr,
    }
}
