//! What a block knows of the trees: root and size of each.

use chinampa_kernels::Fr;

use crate::codec::output;

output! {
    /// Root of a tree and how many leaves it has, padding included. 36 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct AppendOnlyTreeSnapshot {
        /// Root.
        pub root: Fr,
        /// Index that the next leaf gets.
        pub next_available_leaf_index: u32,
    }
}

output! {
    /// The three trees that a tx writes. 108 bytes, 6 fields.
    #[derive(Copy, Hash)]
    pub struct PartialStateReference {
        /// Note hashes.
        pub note_hash_tree: AppendOnlyTreeSnapshot,
        /// Nullifiers.
        pub nullifier_tree: AppendOnlyTreeSnapshot,
        /// Public storage.
        pub public_data_tree: AppendOnlyTreeSnapshot,
    }
}

output! {
    /// The four state trees of a block. 144 bytes, 8 fields.
    #[derive(Copy, Hash)]
    pub struct StateReference {
        /// L1 to L2 messages; grows in the first block of a checkpoint only.
        pub l1_to_l2_message_tree: AppendOnlyTreeSnapshot,
        /// The trees that txs write.
        pub partial: PartialStateReference,
    }
}

output! {
    /// The four state trees as the AVM sees them. 144 bytes, 8 fields.
    #[derive(Copy, Hash)]
    pub struct TreeSnapshots {
        /// L1 to L2 messages.
        pub l1_to_l2_message_tree: AppendOnlyTreeSnapshot,
        /// Note hashes.
        pub note_hash_tree: AppendOnlyTreeSnapshot,
        /// Nullifiers.
        pub nullifier_tree: AppendOnlyTreeSnapshot,
        /// Public storage.
        pub public_data_tree: AppendOnlyTreeSnapshot,
    }
}
