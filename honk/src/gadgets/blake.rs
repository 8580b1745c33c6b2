//! Blake2s and Blake3 (of inputs up to one chunk).
//!
//! # Sources
//! RFC 7693; the BLAKE3 specification; Barretenberg 4.1.2, `stdlib/hash/blake2s` and `stdlib/hash/blake3s`.

use chinampa_kernels::Fr;

use super::lookup::{Columns, read_pair};
use super::{Field, bytes};
use crate::builder::{Builder, MultiTableId, power_of_two};

/// Bytes of a block.
const BLOCK_LEN: usize = 64;

/// Longest input of Blake3: one chunk.
pub const MAX_BLAKE3_LEN: usize = 1024;

const IV: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// Parameters of Blake2s in the first word: 32 bytes of digest, no key, fanout and depth one.
const BLAKE2S_PARAMETERS: u32 = 0x0101_0020;

const BLAKE2S_SCHEDULE: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// The message words of the next round of Blake3, by their place in this one.
const BLAKE3_PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const BLAKE3_ROUNDS: usize = 7;

const CHUNK_START: u64 = 1;
const CHUNK_END: u64 = 2;
const ROOT: u64 = 8;

type State = [Field; 16];

/// Blake2s with a digest of 32 bytes.
pub fn blake2s(builder: &mut Builder, input: &[Field]) -> Vec<Field> {
    let mut chain = IV.map(|word| Field::small(u64::from(word)));
    chain[0] = Field::small(u64::from(IV[0] ^ BLAKE2S_PARAMETERS));
    let blocks = input.len().div_ceil(BLOCK_LEN).max(1);
    for index in 0..blocks {
        let block = padded(input, index);
        let is_last = index + 1 == blocks;
        let counter = if is_last { input.len() } else { (index + 1) * BLOCK_LEN };
        chain = blake2s_compress(builder, chain, &block, counter as u64, is_last);
    }
    chain.iter().flat_map(|word| little_endian(builder, *word)).collect()
}

fn blake2s_compress(
    builder: &mut Builder,
    chain: [Field; 8],
    block: &[Field; BLOCK_LEN],
    counter: u64,
    is_last: bool,
) -> [Field; 8] {
    let message = words(builder, block);
    let last = if is_last { u64::from(u32::MAX) } else { 0 };
    let mixed_in = [counter & u64::from(u32::MAX), counter >> 32, last, 0];
    let mut state = [Field::ZERO; 16];
    state[..8].copy_from_slice(&chain);
    for (word, iv) in state[8..12].iter_mut().zip(IV) {
        *word = Field::small(u64::from(iv));
    }
    for index in 0..4 {
        state[12 + index] = Field::small(mixed_in[index] ^ u64::from(IV[4 + index]));
    }
    for schedule in BLAKE2S_SCHEDULE {
        round(builder, &mut state, &message, &schedule);
    }
    std::array::from_fn(|index| {
        let half = xor(builder, chain[index], state[index]);
        xor(builder, half, state[index + 8])
    })
}

/// Blake3 of at most [`MAX_BLAKE3_LEN`] bytes.
pub fn blake3(builder: &mut Builder, input: &[Field]) -> Vec<Field> {
    let mut chain = IV.map(|word| Field::small(u64::from(word)));
    let blocks = input.len().div_ceil(BLOCK_LEN).max(1);
    for index in 0..blocks - 1 {
        let flags = if index == 0 { CHUNK_START } else { 0 };
        let state = blake3_rounds(builder, chain, &padded(input, index), BLOCK_LEN, flags);
        chain = std::array::from_fn(|word| xor(builder, state[word], state[word + 8]));
    }
    let start = if blocks == 1 { CHUNK_START } else { 0 };
    let len = input.len() - (blocks - 1) * BLOCK_LEN;
    let flags = start | CHUNK_END | ROOT;
    let state = blake3_rounds(builder, chain, &padded(input, blocks - 1), len, flags);
    let mut digest = Vec::with_capacity(32);
    for word in 0..8 {
        let first = xor(builder, state[word], state[word + 8]);
        digest.extend(little_endian(builder, first));
        // The second half of the output is computed and not used.
        let second = xor(builder, state[word + 8], chain[word]);
        bytes::split(builder, second, 4);
    }
    digest
}

fn blake3_rounds(
    builder: &mut Builder,
    chain: [Field; 8],
    block: &[Field; BLOCK_LEN],
    len: usize,
    flags: u64,
) -> State {
    let message = words(builder, block);
    let mut state = [Field::ZERO; 16];
    state[..8].copy_from_slice(&chain);
    for (word, iv) in state[8..12].iter_mut().zip(IV) {
        *word = Field::small(u64::from(iv));
    }
    state[14] = Field::small(len as u64);
    state[15] = Field::small(flags);
    let mut schedule: [usize; 16] = std::array::from_fn(|index| index);
    for _ in 0..BLAKE3_ROUNDS {
        round(builder, &mut state, &message, &schedule);
        schedule = BLAKE3_PERMUTATION.map(|place| schedule[place]);
    }
    state
}

/// A block of the input, filled up with zeros.
fn padded(input: &[Field], block: usize) -> [Field; BLOCK_LEN] {
    std::array::from_fn(|index| input.get(block * BLOCK_LEN + index).copied().unwrap_or(Field::ZERO))
}

/// The words of a block, which are little-endian.
fn words(builder: &mut Builder, block: &[Field; BLOCK_LEN]) -> State {
    std::array::from_fn(|word| bytes::join(builder, block[4 * word..4 * word + 4].iter().rev().copied()))
}

fn little_endian(builder: &mut Builder, word: Field) -> Vec<Field> {
    let mut bytes = bytes::split(builder, word, 4);
    bytes.reverse();
    bytes
}

/// One round: columns, then diagonals.
fn round(builder: &mut Builder, state: &mut State, message: &State, schedule: &[usize; 16]) {
    const PLACES: [[usize; 4]; 8] = [
        [0, 4, 8, 12],
        [1, 5, 9, 13],
        [2, 6, 10, 14],
        [3, 7, 11, 15],
        [0, 5, 10, 15],
        [1, 6, 11, 12],
        [2, 7, 8, 13],
        [3, 4, 9, 14],
    ];
    for (index, places) in PLACES.into_iter().enumerate() {
        let pair = [schedule[2 * index], schedule[2 * index + 1]].map(|place| message[place]);
        mix(builder, state, places, pair);
    }
}

/// The function G. Sums may exceed 32 bits by three; the next lookup drops what is above.
fn mix(builder: &mut Builder, state: &mut State, [a, b, c, d]: [usize; 4], [x, y]: [Field; 2]) {
    state[a] = state[a].add_two(builder, state[b], x);
    state[d] = xor_rotate(builder, state[d], state[a], 16);
    state[c] = state[c].add(builder, state[d]);
    state[b] = xor_rotate_12(builder, state[b], state[c]);
    let sum = state[b].add(builder, y);
    state[a] = add_words(builder, state[a], sum);
    state[d] = xor_rotate(builder, state[d], state[a], 8);
    state[c] = add_words(builder, state[c], state[d]);
    state[b] = xor_rotate(builder, state[b], state[c], 7);
}

/// The third column of a slice.
fn output(columns: &Columns, slice: usize) -> Field {
    columns.get(slice).map_or(Field::ZERO, |columns| columns[2])
}

fn xor(builder: &mut Builder, left: Field, right: Field) -> Field {
    let columns = read_pair(builder, MultiTableId::BlakeXor { rotate: 0 }, left, right);
    output(&columns, 0)
}

fn xor_rotate(builder: &mut Builder, left: Field, right: Field, rotate: u32) -> Field {
    let columns = read_pair(builder, MultiTableId::BlakeXor { rotate }, left, right);
    output(&columns, 0).times(power_of_two(32 - rotate))
}

/// A rotation by 12 cuts between the second and the third slice, so the plain table gives it.
fn xor_rotate_12(builder: &mut Builder, left: Field, right: Field) -> Field {
    let columns = read_pair(builder, MultiTableId::BlakeXor { rotate: 0 }, left, right);
    let (all, high) = (output(&columns, 0), output(&columns, 2));
    let low = all.sub(builder, high.times(power_of_two(12)));
    high.add(builder, low.times(power_of_two(20)))
}

/// A sum modulo `2^32`, up to a multiple of it that the carry of three bits does not take.
fn add_words(builder: &mut Builder, left: Field, right: Field) -> Field {
    let sum = (left.value(builder) + right.value(builder)).to_canonical_limbs()[0];
    if left.is_constant() && right.is_constant() {
        return Field::small(u64::from(sum as u32));
    }
    let carry = Field::witness(builder, Fr::from(sum >> 32));
    let result = left.add_two(builder, right, carry.times(-power_of_two(32)));
    carry.constrain_bits(builder, 3);
    result
}
