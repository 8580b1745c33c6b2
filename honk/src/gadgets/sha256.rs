//! The compression function of SHA-256.
//!
//! A word is spread over the digits of base 28 or 16 by a lookup, so that sums of spread words and of their rotations
//! can be turned into the round's functions by one more lookup.
//!
//! # Sources
//! FIPS 180-4; Barretenberg 4.1.2, `stdlib/hash/sha256`.

use chinampa_kernels::Fr;

use super::Field;
use super::lookup::read;
use crate::builder::{Builder, MultiTableId, power_of_two};

const ROUND_CONSTANTS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// Bits of a word.
const WORD_BITS: u32 = 32;

/// A state word, and its spread form where a lookup has given it.
#[derive(Clone, Copy)]
struct Word {
    normal: Field,
    sparse: Field,
}

/// A message word, spread by slices, and spread after each slice's rotation.
#[derive(Clone, Copy)]
struct Slices {
    sparse: [Field; 4],
    rotated: [Field; 4],
}

/// The state after compressing a block into it.
pub fn compress(builder: &mut Builder, state: [Field; 8], block: [Field; 16]) -> [Field; 8] {
    // No lookup constrains these three words.
    for word in [state[3], state[7], block[0]] {
        word.constrain_bits(builder, WORD_BITS);
    }
    let mut spread = |word: Field, table: MultiTableId| {
        let sparse = read(builder, table, word).first().map_or(Field::ZERO, |columns| columns[1]);
        Word { normal: word, sparse }
    };
    let second = spread(state[1], MultiTableId::Sha256MajInput);
    let third = spread(state[2], MultiTableId::Sha256MajInput);
    let sixth = spread(state[5], MultiTableId::Sha256ChInput);
    let seventh = spread(state[6], MultiTableId::Sha256ChInput);
    let schedule = extend(builder, block);
    for word in [schedule[62], schedule[63]] {
        word.constrain_bits(builder, WORD_BITS);
    }
    let result = rounds(builder, state, [second, third, sixth, seventh], &schedule);
    let sums: [Field; 8] = std::array::from_fn(|index| add_words(builder, result[index], state[index], 1));
    for sum in sums {
        sum.constrain_bits(builder, WORD_BITS);
    }
    sums
}

/// The 64 rounds.
fn rounds(builder: &mut Builder, state: [Field; 8], spread: [Word; 4], schedule: &[Field]) -> [Field; 8] {
    let (mut a, mut d, mut e, mut h) = (state[0], state[3], state[4], state[7]);
    let [mut b, mut c, mut f, mut g] = spread;
    for (word, constant) in schedule.iter().zip(ROUND_CONSTANTS) {
        let (choice, e_sparse) = choose(builder, e, f, g);
        let (majority, a_sparse) = majority(builder, a, b, c);
        let sum = choice.add_two(builder, h, word.plus(Fr::from(constant)));
        h = g.normal;
        g = f;
        f = Word { normal: e, sparse: e_sparse };
        e = add_words(builder, d, sum, 3);
        d = c.normal;
        c = b;
        b = Word { normal: a, sparse: a_sparse };
        a = add_words(builder, sum, majority, 3);
    }
    for word in [a, e] {
        word.constrain_bits(builder, WORD_BITS);
    }
    [a, b.normal, c.normal, d, e, f.normal, g.normal, h]
}

/// A power as a constant: rounds need the same ones over and over.
const fn power(base: u64, exponent: u64) -> Fr {
    Fr::from_canonical_limbs([base, 0, 0, 0]).expect("a word is below the modulus").pow(&[exponent, 0, 0, 0])
}

/// The message schedule.
fn extend(builder: &mut Builder, block: [Field; 16]) -> Vec<Field> {
    let b = |exponent: u32| power_of_two(4 * exponent);
    let left = [b(25) + b(14), b(17) + Fr::ONE, b(24) + b(3) + b(7), b(11) + b(15) + Fr::ONE];
    let right = [b(15) + b(13), b(18) + b(16), b(23) + Fr::ONE, b(1) + b(8)];
    let back = power_of_two(WORD_BITS).inverse().expect("a power of two is not zero");
    let mut words = block.to_vec();
    let mut slices: Vec<Option<Slices>> = vec![None; 64];
    for index in 16..64 {
        let older = slices_of(builder, &mut slices, &words, index - 15);
        let newer = slices_of(builder, &mut slices, &words, index - 2);
        let scaled = |slices: &Slices, factors: &[Fr; 4]| -> [Field; 4] {
            std::array::from_fn(|slice| slices.sparse[slice].times(factors[slice]))
        };
        let l = scaled(&older, &left);
        let r = scaled(&newer, &right);
        let sum = l[0].add_two(builder, l[1], l[2]);
        let low = sum.add_two(builder, l[3], older.rotated[1]).times(Fr::from(4_u64));
        let sum = r[0].add_two(builder, r[1], r[2]);
        let sum = sum.add_two(builder, r[3], newer.rotated[2]);
        let sum = sum.add_two(builder, newer.rotated[3], low);
        let xor = first(builder, MultiTableId::Sha256WitnessOutput, sum);
        let raw = xor.add_two(builder, words[index - 16], words[index - 7]);
        words.push(reduce(builder, raw, back));
    }
    words
}

/// A sum of three words modulo `2^32`.
fn reduce(builder: &mut Builder, raw: Field, back: Fr) -> Field {
    let value = raw.value(builder).to_canonical_limbs()[0] as u32;
    let word = if raw.is_constant() {
        Field::small(u64::from(value))
    } else {
        Field::witness(builder, Fr::from(value))
    };
    let carry = raw.times(back).sub(builder, word.times(back));
    carry.constrain_bits(builder, 2);
    word
}

/// The slices of a word of the schedule; the first use of a word looks them up.
fn slices_of(builder: &mut Builder, slices: &mut [Option<Slices>], words: &[Field], index: usize) -> Slices {
    if let Some(slices) = slices[index] {
        return slices;
    }
    let columns = read(builder, MultiTableId::Sha256WitnessInput, words[index]);
    let column = |number: usize| -> [Field; 4] {
        std::array::from_fn(|slice| columns.get(slice).map_or(Field::ZERO, |columns| columns[number]))
    };
    let found = Slices { sparse: column(1), rotated: column(2) };
    slices[index] = Some(found);
    found
}

fn first(builder: &mut Builder, table: MultiTableId, key: Field) -> Field {
    read(builder, table, key).first().map_or(Field::ZERO, |columns| columns[1])
}

/// The choice function of a round with the rotations of `e`, and `e` spread.
fn choose(builder: &mut Builder, e: Field, f: Word, g: Word) -> (Field, Field) {
    let low = const { power(28, 21) } + const { power(28, 7) };
    let high = const { power(28, 16) } + const { power(28, 11) } - const { power(28, 22) } * low;
    let columns = read(builder, MultiTableId::Sha256ChInput, e);
    let [rotation, sparse, third] =
        [(0, 2), (0, 1), (2, 1)].map(|(slice, column)| pick(&columns, slice, column));
    let seven = Fr::from(7_u64);
    let sum = rotation.times(seven).add_two(
        builder,
        sparse.times(low * seven + Fr::ONE),
        third.times(high * seven),
    );
    let sum = sum.add_two(builder, f.sparse.times(Fr::from(2_u64)), g.sparse.times(Fr::from(3_u64)));
    (first(builder, MultiTableId::Sha256ChOutput, sum), sparse)
}

/// The majority function of a round with the rotations of `a`, and `a` spread.
fn majority(builder: &mut Builder, a: Field, b: Word, c: Word) -> (Field, Field) {
    let low = const { power(16, 19) } + const { power(16, 10) };
    let middle = const { power(16, 9) } + const { power(16, 21) } - const { power(16, 11) } * low;
    let columns = read(builder, MultiTableId::Sha256MajInput, a);
    let [rotation, sparse, second] =
        [(0, 2), (0, 1), (1, 1)].map(|(slice, column)| pick(&columns, slice, column));
    let four = Fr::from(4_u64);
    let sum = rotation.times(four).add_two(
        builder,
        sparse.times(low * four + Fr::ONE),
        second.times(middle * four),
    );
    let sum = sum.add_two(builder, b.sparse, c.sparse);
    (first(builder, MultiTableId::Sha256MajOutput, sum), sparse)
}

fn pick(columns: &[[Field; 3]], slice: usize, column: usize) -> Field {
    columns.get(slice).map_or(Field::ZERO, |columns| columns[column])
}

/// A sum modulo `2^32`, as the difference of the sum and its carry of `bits` bits. The result itself is not
/// constrained to 32 bits: a later lookup does it.
fn add_words(builder: &mut Builder, left: Field, right: Field, bits: u32) -> Field {
    let sum = left.value(builder) + right.value(builder);
    let carry = Fr::from(sum.to_canonical_limbs()[0] >> WORD_BITS);
    let carry = if left.is_constant() && right.is_constant() {
        Field::constant(carry)
    } else {
        Field::witness(builder, carry)
    };
    let result = left.add_two(builder, right, carry.times(-power_of_two(WORD_BITS)));
    carry.constrain_bits(builder, bits);
    result
}
