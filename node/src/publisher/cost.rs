//! What a proof's transaction cost.

use alloy::primitives::Address;
use alloy::rpc::types::TransactionReceipt;

/// Gas of a calldata byte that is zero, and of one that is not.
///
/// # Source
/// EIP-2028.
const BYTE_GAS: (u64, u64) = (4, 16);

/// Gas and prices of a mined transaction. It carries no blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Who paid.
    pub sender: Address,
    /// Gas that it used, that of its calldata included.
    pub gas: u64,
    /// Paid for each, in wei.
    pub gas_price_wei: u128,
    /// Its calldata, in bytes.
    pub calldata_len: usize,
    /// Gas of the calldata.
    pub calldata_gas: u64,
}

impl Cost {
    pub(super) fn new(receipt: &TransactionReceipt, calldata: &[u8]) -> Self {
        Self {
            sender: receipt.from,
            gas: receipt.gas_used,
            gas_price_wei: receipt.effective_gas_price,
            calldata_len: calldata.len(),
            calldata_gas: calldata_gas(calldata),
        }
    }

    /// All of it, in wei.
    pub fn fee_wei(&self) -> u128 {
        self.gas_price_wei.saturating_mul(u128::from(self.gas))
    }
}

fn calldata_gas(calldata: &[u8]) -> u64 {
    let (zero, other) = BYTE_GAS;
    calldata.iter().map(|byte| if *byte == 0 { zero } else { other }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_cheaper() {
        assert_eq!(calldata_gas(&[]), 0);
        assert_eq!(calldata_gas(&[0, 1, 0, 255]), 40);
    }
}
