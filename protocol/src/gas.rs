//! Gas in its two dimensions. The order is always data availability, then L2 execution (mana).

use crate::codec::output;

output! {
    /// An amount of gas. 8 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct Gas {
        /// Data availability.
        pub da_gas: u32,
        /// Execution.
        pub l2_gas: u32,
    }
}

output! {
    /// Fee juice per unit of gas. 32 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct GasFees {
        /// Per unit of data availability gas.
        #[serde(with = "crate::codec::json::decimal")]
        pub fee_per_da_gas: u128,
        /// Per unit of execution gas.
        #[serde(with = "crate::codec::json::decimal")]
        pub fee_per_l2_gas: u128,
    }
}

output! {
    /// What a tx is willing to use and pay. 80 bytes, 8 fields.
    #[derive(Copy, Hash)]
    pub struct GasSettings {
        /// Most gas of the whole tx.
        pub gas_limits: Gas,
        /// Part of it set aside for the teardown call.
        pub teardown_gas_limits: Gas,
        /// Most fee per unit, priority included.
        pub max_fees_per_gas: GasFees,
        /// Most priority fee per unit.
        pub max_priority_fees_per_gas: GasFees,
    }
}
