//! What is the same for all txs of a block, and of a checkpoint but for the block number.

use chinampa_kernels::Fr;

use crate::address::{AztecAddress, EthAddress};
use crate::codec::output;
use crate::gas::GasFees;

output! {
    /// A block's place, time, proposer and fees. 164 bytes, 9 fields.
    #[derive(Copy, Hash)]
    pub struct GlobalVariables {
        /// Chain id of L1.
        pub chain_id: Fr,
        /// Version of the rollup, derived by the contract from its genesis.
        pub version: Fr,
        /// Block number; the first real block is 1.
        pub block_number: u32,
        /// Slot of the checkpoint.
        #[serde(with = "crate::codec::json::wide_hex")]
        pub slot_number: u32,
        /// Start of the slot, seconds since 1970; the same for all blocks of a checkpoint.
        #[serde(with = "crate::codec::json::decimal")]
        pub timestamp: u64,
        /// Receives the proposer's rewards on L1.
        pub coinbase: EthAddress,
        /// Receives the fees on L2.
        pub fee_recipient: AztecAddress,
        /// Price of gas.
        pub gas_fees: GasFees,
    }
}
