//! Tables that spread the bits of a value over the digits of a base, so that sums of spread values count bits.

use chinampa_kernels::Fr;

use super::{Keys, Table};

/// The bits of `value` as digits of `base`.
pub(super) fn spread(value: u32, base: u64) -> Fr {
    let base = Fr::from(base);
    (0..32).rev().fold(Fr::ZERO, |sum, bit| sum * base + Fr::from(u64::from((value >> bit) & 1)))
}

/// Keys of `bits` bits, spread, and spread after rotating them right within 32 bits.
pub(super) fn table(base: u64, bits: u32, rotate: u32) -> Table {
    let rows = (0..1_u32 << bits)
        .map(|key| [Fr::from(key), spread(key, base), spread(key.rotate_right(rotate), base)]);
    Table::new(rows, Keys::Row)
}
