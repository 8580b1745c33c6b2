//! What a transaction offers for its gas. EIP-1559: a price cap and a tip, both in wei per gas.

use std::time::Duration;

/// Growth of the base fee per L1 block at most: one eighth.
const BASE_FEE_GROWTH: (u128, u128) = (9, 8);
/// Execution nodes take a replacement only if both prices are at least a tenth higher.
const REPLACEMENT_PERCENT_MIN: u128 = 10;

/// Bounds and steps of prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePolicy {
    /// Highest price of gas, in wei.
    pub max_fee_cap_wei: u128,
    /// Lowest tip, in wei.
    pub priority_fee_min_wei: u128,
    /// Added to the suggested tip, percent.
    pub priority_bump_percent: u32,
    /// Added to the tip of each replacement, percent.
    pub retry_bump_percent: u32,
    /// Time without inclusion after which a transaction is replaced.
    pub stall: Duration,
    /// Length of an L1 slot.
    pub l1_slot: Duration,
}

impl Default for FeePolicy {
    /// Aztec's values.
    fn default() -> Self {
        Self {
            max_fee_cap_wei: 2_000 * 10_u128.pow(9),
            priority_fee_min_wei: 0,
            priority_bump_percent: 20,
            retry_bump_percent: 50,
            stall: Duration::from_secs(12),
            l1_slot: Duration::from_secs(12),
        }
    }
}

/// Prices of one transaction, in wei per gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// The most that is paid in all.
    pub max_fee: u128,
    /// The tip.
    pub priority_fee: u128,
}

impl FeePolicy {
    /// Prices of a first attempt: a cap that stays good while the base fee grows for one stall.
    pub fn first(&self, base_fee: u128, suggested_tip: u128) -> Fees {
        let tip = raise(suggested_tip, self.priority_bump_percent).max(self.priority_fee_min_wei);
        self.capped(self.grown(base_fee).saturating_add(tip), tip)
    }

    /// Prices that replace `previous`, or `None` when the cap leaves no room that nodes would accept.
    pub fn replacement(&self, previous: Fees, base_fee: u128, suggested_tip: u128) -> Option<Fees> {
        let first = self.first(base_fee, suggested_tip);
        let least = |price: u128| {
            price.saturating_add(price.saturating_mul(REPLACEMENT_PERCENT_MIN).div_ceil(100)).max(price + 1)
        };
        let tip = raise(previous.priority_fee, self.retry_bump_percent)
            .max(first.priority_fee)
            .max(least(previous.priority_fee));
        let max_fee = self.grown(base_fee).saturating_add(tip).max(least(previous.max_fee));
        let fees = self.capped(max_fee, tip);
        let is_enough =
            fees.max_fee >= least(previous.max_fee) && fees.priority_fee >= least(previous.priority_fee);
        is_enough.then_some(fees)
    }

    /// The base fee after the blocks of one stall.
    fn grown(&self, base_fee: u128) -> u128 {
        let slot = self.l1_slot.as_millis().max(1);
        let blocks = self.stall.as_millis().div_ceil(slot).min(32);
        let (numerator, denominator) = BASE_FEE_GROWTH;
        (0..blocks).fold(base_fee, |fee, _| fee.saturating_mul(numerator).div_ceil(denominator))
    }

    fn capped(&self, max_fee: u128, priority_fee: u128) -> Fees {
        let max_fee = max_fee.min(self.max_fee_cap_wei);
        Fees { max_fee, priority_fee: priority_fee.min(max_fee) }
    }
}

fn raise(price: u128, percent: u32) -> u128 {
    price.saturating_add(price.saturating_mul(u128::from(percent)) / 100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: FeePolicy = FeePolicy {
        max_fee_cap_wei: 1_000_000,
        priority_fee_min_wei: 5,
        priority_bump_percent: 20,
        retry_bump_percent: 50,
        stall: Duration::from_secs(24),
        l1_slot: Duration::from_secs(12),
    };

    #[test]
    fn a_first_price_outlives_the_growth_of_a_stall() {
        assert_eq!(POLICY.first(64, 10), Fees { max_fee: 81 + 12, priority_fee: 12 });
        assert_eq!(POLICY.first(64, 0), Fees { max_fee: 81 + 5, priority_fee: 5 });
    }

    #[test]
    fn the_cap_bounds_price_and_tip() {
        let fees = POLICY.first(u128::MAX, u128::MAX);
        assert_eq!(fees, Fees { max_fee: 1_000_000, priority_fee: 1_000_000 });
        assert_eq!(POLICY.replacement(fees, 1, 1), None);
    }

    #[test]
    fn a_replacement_raises_the_tip_by_half() {
        let first = POLICY.first(64, 10);
        let next = POLICY.replacement(first, 64, 10).expect("room below the cap");
        assert_eq!(next, Fees { max_fee: 103, priority_fee: 18 });
    }

    proptest! {
        #[test]
        fn replacements_are_acceptable_and_end_at_the_cap(base in 0_u128..2_000_000, tip in 0_u128..2_000_000) {
            let mut fees = POLICY.first(base, tip);
            let mut steps = 0;
            while let Some(next) = POLICY.replacement(fees, base, tip) {
                prop_assert!(next.max_fee <= POLICY.max_fee_cap_wei);
                prop_assert!(next.max_fee * 10 >= fees.max_fee * 11);
                prop_assert!(next.priority_fee * 10 >= fees.priority_fee * 11);
                fees = next;
                steps += 1;
                prop_assert!(steps < 200);
            }
        }
    }
}
