//! Odd multiples of the generator of secp256k1, from -255 to 255, by limbs.

use chinampa_kernels::Fr;

use super::{Keys, MultiTable, Table, TableId};
use crate::wide::Wide;

/// Bits of a limb of a coordinate.
const LIMB_BITS: u32 = 68;
/// Entries.
const LEN: usize = 256;

const MODULUS: [u64; 4] = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];
const GENERATOR: [[u64; 4]; 2] = [
    [0x59f2_815b_16f8_1798, 0x029b_fcdb_2dce_28d9, 0x55a0_6295_ce87_0b07, 0x79be_667e_f9dc_bbac],
    [0x9c47_d08f_fb10_d4b8, 0xfd17_b448_a685_5419, 0x5da4_fbfc_0e11_08a8, 0x483a_da77_26a3_c465],
];
/// A cube root of one: `(beta x, y)` is a multiple of `(x, y)`.
pub(crate) const BETA: [u64; 4] =
    [0xc139_6c28_7195_01ee, 0x9cf0_4975_12f5_8995, 0x6e64_479e_ac34_34e9, 0x7ae9_6a2b_657c_0710];

/// Which two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The two lower limbs of x.
    XLow,
    /// The two upper limbs of x.
    XHigh,
    /// The two lower limbs of y.
    YLow,
    /// The two upper limbs of y.
    YHigh,
    /// Both coordinates modulo the native field.
    Prime,
}

/// The lookup of one part, of the multiples or of their images under the endomorphism. The ordinates are the same.
pub(super) fn slices(part: Part, has_endomorphism: bool) -> MultiTable {
    let has_endomorphism = has_endomorphism && !matches!(part, Part::YLow | Part::YHigh);
    let table = TableId::Secp256k1 { part, has_endomorphism };
    MultiTable::repeated(table, 512, [Fr::ZERO; 3], 1)
}

/// The table of one part.
pub(super) fn table(part: Part, has_endomorphism: bool) -> Table {
    let modulus = Wide::from_limbs(MODULUS);
    let beta = if has_endomorphism { Wide::from_limbs(BETA) } else { Wide::small(1) };
    let rows = multiples(modulus).into_iter().enumerate().map(|(key, [x, y])| {
        let x = x.times(beta).modulo(modulus);
        let limb =
            |value: Wide, index: u32| value.slice(LIMB_BITS * index, LIMB_BITS * (index + 1)).to_native();
        let [left, right] = match part {
            Part::XLow => [limb(x, 0), limb(x, 1)],
            Part::XHigh => [limb(x, 2), limb(x, 3)],
            Part::YLow => [limb(y, 0), limb(y, 1)],
            Part::YHigh => [limb(y, 2), limb(y, 3)],
            Part::Prime => [x.to_native(), y.to_native()],
        };
        [Fr::from(key as u64), left, right]
    });
    Table::new(rows, Keys::Row)
}

/// `(2 i - 255) G` for each `i`.
fn multiples(modulus: Wide) -> Vec<[Wide; 2]> {
    let generator = GENERATOR.map(Wide::from_limbs);
    let double = sum(generator, generator, modulus);
    let mut positive = vec![generator];
    for index in 1..LEN / 2 {
        positive.push(sum(positive[index - 1], double, modulus));
    }
    let negative = positive.iter().rev().map(|[x, y]| [*x, modulus.minus(*y)]);
    negative.chain(positive.iter().copied()).collect()
}

/// The sum of two points of `y^2 = x^3 + 7` that do not cancel.
fn sum([x1, y1]: [Wide; 2], [x2, y2]: [Wide; 2], modulus: Wide) -> [Wide; 2] {
    let minus = |left: Wide, right: Wide| left.plus(modulus).minus(right).modulo(modulus);
    let times = |left: Wide, right: Wide| left.times(right).modulo(modulus);
    let (rise, run) = if x1 == x2 {
        (times(x1, x1).times(Wide::small(3)), y1.plus(y1))
    } else {
        (minus(y2, y1), minus(x2, x1))
    };
    let slope = times(rise, run.inverse_modulo(modulus));
    let x3 = minus(minus(times(slope, slope), x1), x2);
    [x3, minus(times(slope, minus(x1, x3)), y1)]
}
