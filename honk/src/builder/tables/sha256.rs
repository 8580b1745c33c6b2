//! Tables of SHA-256: state words in base 28 and base 16.

use chinampa_kernels::Fr;

use super::digits::map_digits;
use super::{Keys, MultiTable, Table, TableId};
use crate::builder::power_of_two;

/// A step of SHA-256 whose sum of spread values is turned back into bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Normalize {
    Choice,
    Majority,
    Witness,
}

const CHOICE: [u64; 28] =
    [0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 2, 1, 2, 2, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 2, 1, 2, 2];
const MAJORITY: [u64; 16] = [0, 0, 1, 1, 1, 1, 2, 2, 0, 0, 1, 1, 1, 1, 2, 2];
const WITNESS: [u64; 16] = [0, 1, 0, 1, 1, 2, 1, 2, 0, 1, 0, 1, 1, 2, 1, 2];

/// The table of a step: digits of a sum to the binary sum of what they stand for.
pub(super) fn normalize(step: Normalize) -> Table {
    let (map, digits): (&[u64], u32) = match step {
        Normalize::Choice => (&CHOICE, 2),
        Normalize::Majority => (&MAJORITY, 3),
        Normalize::Witness => (&WITNESS, 3),
    };
    let base = map.len() as u64;
    let rows = (0..base.pow(digits))
        .map(|key| [key, map_digits(key, base, 2, |digit| map[digit as usize]), 0].map(Fr::from));
    Table::new(rows, Keys::Row)
}

/// The lookup of a step: `count` slices of `digits` digits.
pub(super) fn output(step: Normalize, base: u64, digits: u32, count: usize) -> MultiTable {
    let size = base.pow(digits);
    let steps = [Fr::from(size), Fr::from(1_u64 << digits), Fr::ZERO];
    MultiTable::repeated(TableId::Sha256(step), size, steps, count)
}

/// A word of the message schedule: slices of 3, 7, 8 and 14 bits, spread, and rotated where a later rotation needs it.
pub(super) fn witness_input() -> MultiTable {
    let slices = [(3, 0), (7, 4), (8, 7), (14, 1)].map(|(bits, rotate)| sparse(16, bits, rotate));
    let weights = [0, 3, 10, 18].map(power_of_two);
    MultiTable::weighted(&slices, [&weights, &[Fr::ZERO; 4], &[Fr::ZERO; 4]])
}

fn sparse(base: u64, bits: u32, rotate: u32) -> (TableId, u64) {
    (TableId::Sparse { base, bits, rotate }, 1 << bits)
}

fn power(base: u64, exponent: u64) -> Fr {
    Fr::from(base).pow(&[exponent, 0, 0, 0])
}

/// A state word: slices of 11, 11 and 10 bits, spread, and the part of its rotations that slices can give.
pub(super) fn choice_input() -> MultiTable {
    let rotation = |exponents: [u64; 2]| power(28, exponents[0]) + power(28, exponents[1]);
    let excess = rotation([5, 18]) - power(28, 11) * rotation([21, 7]);
    let slices = [sparse(28, 11, 6), sparse(28, 11, 0), sparse(28, 11, 3)];
    input(28, &slices, [Fr::ONE, excess + Fr::ONE, Fr::ONE])
}

/// The same in base 16.
pub(super) fn majority_input() -> MultiTable {
    let rotation = |exponents: [u64; 2]| power(16, exponents[0]) + power(16, exponents[1]);
    let excess = rotation([20, 9]) - power(16, 11) * rotation([9, 21]);
    let slices = [sparse(16, 11, 2), sparse(16, 11, 2), sparse(16, 11, 0)];
    input(16, &slices, [Fr::ONE, Fr::ONE, Fr::ONE + excess])
}

fn input(base: u64, slices: &[(TableId, u64)], rotated: [Fr; 3]) -> MultiTable {
    let words = [0, 11, 22].map(power_of_two);
    let spread = [0, 11, 22].map(|exponent| power(base, exponent));
    MultiTable::weighted(slices, [&words, &spread, &rotated])
}
