//! Tables of Keccak-f1600: lanes in base 11.

use chinampa_kernels::Fr;

use super::digits::map_digits;
use super::sparse::spread;
use super::{Keys, MultiTable, Table, TableId};

/// Base of spread lanes.
const BASE: u64 = 11;

/// Rotations of the lanes, `y * 5 + x`.
pub(crate) const ROTATIONS: [u32; 25] =
    [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

/// Bits that one slice of a rotation has, at most.
const RHO_BITS: u32 = 8;
/// `1 + 2a - b + c` to `a ^ (!b & c)`.
const CHI: [u64; 5] = [0, 0, 1, 1, 0];

/// Keys of `digits` digits below `limit`: normalised by `map`, and the digit at `top` of that.
fn normalized(digits: u32, limit: u64, map: impl Fn(u64) -> u64, top: Option<u32>) -> Table {
    let rows = (0..limit.pow(digits)).map(|row| {
        let key = map_digits(row, limit, BASE, |digit| digit);
        let value = map_digits(row, limit, BASE, &map);
        [key, value, top.map_or(0, |top| value / BASE.pow(top))].map(Fr::from)
    });
    Table::new(rows, Keys::Digits { base: BASE, limit })
}

pub(super) fn input() -> Table {
    let rows = (0..256_u32).map(|key| [Fr::from(key), spread(key, BASE), Fr::from(key >> 7)]);
    Table::new(rows, Keys::Row)
}

pub(super) fn theta() -> Table {
    normalized(4, BASE, |digit| digit % 2, None)
}

pub(super) fn rho(bits: u32) -> Table {
    normalized(bits, 3, |digit| u64::from(digit == 1), Some(bits - 1))
}

pub(super) fn chi() -> Table {
    normalized(6, 5, |digit| CHI[digit as usize], Some(3))
}

pub(super) fn output() -> Table {
    let rows = (0..256).map(|key| [map_digits(key, 2, BASE, |digit| digit), key, 0].map(Fr::from));
    Table::new(rows, Keys::Digits { base: BASE, limit: 2 })
}

pub(super) fn input_slices() -> MultiTable {
    MultiTable::repeated(TableId::KeccakInput, 256, [Fr::from(256_u64), Fr::from(BASE.pow(8)), Fr::ZERO], 8)
}

pub(super) fn theta_slices() -> MultiTable {
    let size = BASE.pow(4);
    MultiTable::repeated(TableId::KeccakTheta, size, [Fr::from(size), Fr::from(size), Fr::ZERO], 16)
}

pub(super) fn chi_slices() -> MultiTable {
    let size = BASE.pow(6);
    MultiTable::repeated(TableId::KeccakChi, size, [Fr::from(size), Fr::from(size), Fr::ZERO], 11)
}

pub(super) fn output_slices() -> MultiTable {
    let size = BASE.pow(8);
    MultiTable::repeated(TableId::KeccakOutput, size, [Fr::from(size), Fr::from(256_u64), Fr::ZERO], 8)
}

/// The part of a lane that stays below 2^64 and then the part that wraps around, each accumulated by itself.
pub(super) fn rho_slices(lane: usize) -> MultiTable {
    let wrapped = ROTATIONS[lane];
    let mut slices = Vec::new();
    let mut steps = [Fr::ONE; 3];
    for part in [64 - wrapped, wrapped] {
        for (index, bits) in chunks(part).enumerate() {
            let size = BASE.pow(bits);
            slices.push((TableId::KeccakRho { bits }, size, steps));
            let is_last = (index as u32 + 1) * RHO_BITS >= part;
            steps = [Fr::from(size), if is_last { Fr::ZERO } else { Fr::from(size) }, Fr::ZERO];
        }
    }
    MultiTable::new(slices)
}

fn chunks(bits: u32) -> impl Iterator<Item = u32> {
    (0..bits.div_ceil(RHO_BITS)).map(move |index| RHO_BITS.min(bits - index * RHO_BITS))
}
