//! The header of a block.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_with_separator;

use crate::codec::{ToFields as _, output};
use crate::constants::domain_separator;
use crate::global_variables::GlobalVariables;
use crate::state::{AppendOnlyTreeSnapshot, StateReference};

output! {
    /// A block's header. 440 bytes, 22 fields.
    ///
    /// Block 0 has the genesis state and zeros elsewhere.
    #[derive(Copy, Hash)]
    pub struct BlockHeader {
        /// Archive before this block.
        pub last_archive: AppendOnlyTreeSnapshot,
        /// The state trees after this block.
        pub state: StateReference,
        /// Squeezed from a copy of the checkpoint's blob sponge after this block.
        pub sponge_blob_hash: Fr,
        /// Place, time, proposer and fees.
        pub global_variables: GlobalVariables,
        /// Fees of all its txs.
        pub total_fees: Fr,
        /// Execution gas of all its txs.
        pub total_mana_used: Fr,
    }
}

impl BlockHeader {
    /// The block hash: Poseidon2 of the 22 fields behind the header's separator. It is the block's leaf of the
    /// archive (at index block number) and of the checkpoint's `block_headers_hash`.
    pub fn hash(&self) -> Fr {
        hash_with_separator(domain_separator::BLOCK_HEADER_HASH, &self.fields())
    }
}
