//! The permutation Keccak-f1600.
//!
//! A lane is spread over 64 digits of base 11, so that sums of lanes count bits: XOR of up to eleven is a reduction of
//! digits modulo two. Between rounds a *twisted* lane, `11 * lane + top bit`, serves for rotations by one.
//!
//! # Sources
//! FIPS 202; Barretenberg 4.1.2, `stdlib/hash/keccak`.

use chinampa_kernels::Fr;

use super::Field;
use super::lookup::read;
use crate::builder::{Builder, KECCAK_ROTATIONS, MultiTableId};

const BASE: u64 = 11;
const LANES: usize = 25;

const ROUND_CONSTANTS: [u64; 24] = [
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808a,
    0x8000000080008000,
    0x000000000000808b,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008a,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000a,
    0x000000008000808b,
    0x800000000000008b,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800a,
    0x800000008000000a,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
];

/// The state between steps: spread lanes, their top bits, and twisted lanes.
struct State {
    lanes: [Field; LANES],
    top_bits: [Field; LANES],
    twisted: [Field; LANES],
}

/// The permutation of 25 lanes of 64 bits, `y * 5 + x`.
pub fn keccak_f1600(builder: &mut Builder, input: [Field; LANES]) -> [Field; LANES] {
    let mut state =
        State { lanes: [Field::ZERO; LANES], top_bits: [Field::ZERO; LANES], twisted: [Field::ZERO; LANES] };
    for (lane, value) in input.into_iter().enumerate() {
        let columns = read(builder, MultiTableId::KeccakFormatInput, value);
        state.lanes[lane] = columns.first().map_or(Field::ZERO, |columns| columns[1]);
        state.top_bits[lane] = columns.last().map_or(Field::ZERO, |columns| columns[2]);
    }
    state.twist(builder);
    for (round, constant) in ROUND_CONSTANTS.into_iter().enumerate() {
        state.theta(builder);
        state.rho(builder);
        state.pi();
        state.chi(builder);
        let lane = state.lanes[0].plus(spread(constant));
        (state.lanes[0], state.top_bits[0]) = rotate(builder, lane, 0);
        if round + 1 < ROUND_CONSTANTS.len() {
            state.twist(builder);
        }
    }
    state.lanes.map(|lane| {
        let columns = read(builder, MultiTableId::KeccakFormatOutput, lane);
        columns.first().map_or(Field::ZERO, |columns| columns[1])
    })
}

/// Powers of the base below that of the number of bits, and that of the next one.
const POWERS: [Fr; 66] = {
    let base = Fr::from_canonical_limbs([BASE, 0, 0, 0]).expect("a word is below the modulus");
    let mut powers = [Fr::ONE; 66];
    let mut exponent = 0;
    while exponent < powers.len() {
        powers[exponent] = base.pow(&[exponent as u64, 0, 0, 0]);
        exponent += 1;
    }
    powers
};

/// The bits of a lane as digits.
fn spread(lane: u64) -> Fr {
    let base = Fr::from(BASE);
    (0..64).rev().fold(Fr::ZERO, |sum, bit| sum * base + Fr::from((lane >> bit) & 1))
}

/// Divides by the base and gives the remainder.
fn divide(integer: &mut [u64; 4]) -> u64 {
    let mut remainder = 0;
    for word in integer.iter_mut().rev() {
        let dividend = (u128::from(remainder) << 64) | u128::from(*word);
        *word = (dividend / u128::from(BASE)) as u64;
        remainder = (dividend % u128::from(BASE)) as u64;
    }
    remainder
}

impl State {
    fn twist(&mut self, builder: &mut Builder) {
        for lane in 0..LANES {
            let shifted = self.lanes[lane].times(Fr::from(BASE));
            let twisted = shifted.add(builder, self.top_bits[lane]);
            self.twisted[lane] = twisted.normalize(builder);
        }
    }

    /// Adds to each lane the parities of two columns, one of them rotated by one.
    fn theta(&mut self, builder: &mut Builder) {
        let columns: [Field; 5] = std::array::from_fn(|x| {
            let column: [Field; 5] = std::array::from_fn(|y| self.twisted[5 * y + x]);
            Field::accumulate(builder, &column)
        });
        let sums: [Field; 5] = std::array::from_fn(|x| {
            columns[(x + 4) % 5].add(builder, columns[(x + 1) % 5].times(Fr::from(BASE)))
        });
        let parities = sums.map(|sum| parity(builder, sum));
        for (x, parity) in parities.into_iter().enumerate() {
            for y in 0..5 {
                self.lanes[5 * y + x] = self.lanes[5 * y + x].add(builder, parity);
            }
        }
    }

    fn rho(&mut self, builder: &mut Builder) {
        for lane in 0..LANES {
            (self.lanes[lane], self.top_bits[lane]) = rotate(builder, self.lanes[lane], lane);
        }
    }

    fn pi(&mut self) {
        let before = self.lanes;
        for y in 0..5 {
            for x in 0..5 {
                self.lanes[(2 * x + 3 * y) % 5 * 5 + y] = before[5 * y + x];
            }
        }
    }

    fn chi(&mut self, builder: &mut Builder) {
        let ones = spread(u64::MAX);
        for row in self.lanes.chunks_exact_mut(5).zip(self.top_bits.chunks_exact_mut(5)) {
            let (lanes, top_bits) = row;
            let sums: [Field; 5] = std::array::from_fn(|x| {
                let [a, b, c] = [0, 1, 2].map(|step| lanes[(x + step) % 5]);
                a.times(Fr::from(2_u64)).plus(ones).add_two(builder, b.negate(), c)
            });
            for x in 0..5 {
                let columns = read(builder, MultiTableId::KeccakChiOutput, sums[x]);
                lanes[x] = columns.first().map_or(Field::ZERO, |columns| columns[1]);
                top_bits[x] = columns.last().map_or(Field::ZERO, |columns| columns[2]);
            }
        }
    }
}

/// The digits of a sum of twisted lanes modulo two, without the lowest and the highest one, which belong to the twist.
fn parity(builder: &mut Builder, sum: Field) -> Field {
    let mut rest = sum.value(builder).to_canonical_limbs();
    let low = divide(&mut rest);
    let digits: [u64; 64] = std::array::from_fn(|_| divide(&mut rest));
    let base = Fr::from(BASE);
    let middle = digits.iter().rev().fold(Fr::ZERO, |sum, digit| sum * base + Fr::from(*digit));
    let high = Field::witness(builder, Fr::from(rest[0]));
    let middle = Field::witness(builder, middle);
    let low = Field::witness(builder, Fr::from(low));
    let whole = high.times(POWERS[65]).add_two(builder, middle.times(base), low);
    sum.assert_equal(builder, whole);
    for part in [high, low] {
        let var = part.into_var(builder);
        builder.constrain_bound(var, BASE);
    }
    read(builder, MultiTableId::KeccakThetaOutput, middle).first().map_or(Field::ZERO, |columns| columns[1])
}

/// A lane with digits modulo two, rotated by its own number of bits, and its top bit.
fn rotate(builder: &mut Builder, lane: Field, number: usize) -> (Field, Field) {
    let columns = read(builder, MultiTableId::KeccakNormalizeAndRotate { lane: number }, lane);
    let rotation = KECCAK_ROTATIONS[number];
    let column =
        |slice: usize, column: usize| columns.get(slice).map_or(Field::ZERO, |columns| columns[column]);
    let top_bit = column(columns.len().saturating_sub(1), 2);
    if rotation == 0 {
        return (column(0, 1), top_bit);
    }
    let right = column(0, 1);
    let left = column((64 - rotation).div_ceil(8) as usize, 1);
    (left.add(builder, right.times(POWERS[rotation as usize])), top_bit)
}
