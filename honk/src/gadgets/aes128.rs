//! AES-128 in CBC mode.
//!
//! A byte is spread over eight digits of base 9, so that XOR is addition until digits are reduced modulo two.
//!
//! # Sources
//! FIPS 197; Barretenberg 4.1.2, `stdlib/encryption/aes128`.

use chinampa_kernels::Fr;

use super::Field;
use super::lookup::read;
use crate::builder::{Builder, MultiTableId, aes_substitute, bits_at, power_of_two};

const BASE: u64 = 9;
const ROUNDS: usize = 10;
const ROUND_CONSTANTS: [u8; 11] = [0x8d, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36];

/// Sums that a spread byte may be of before its digits are reduced.
const MAX_SUMMANDS: u64 = 3;

/// The ciphertext of blocks; a block, the IV and the key are big-endian integers of 16 bytes.
pub fn aes128_cbc(builder: &mut Builder, blocks: &[Field], iv: Field, key: Field) -> Vec<Field> {
    if blocks.iter().chain([&iv, &key]).all(Field::is_constant) {
        return encrypt_constants(builder, blocks, iv, key);
    }
    let round_keys = expand_key(builder, key);
    let states: Vec<[Field; 16]> = blocks.iter().map(|block| spread(builder, *block)).collect();
    let mut chain = spread(builder, iv);
    let mut ciphers = Vec::with_capacity(states.len());
    for state in states {
        let mixed = std::array::from_fn(|byte| state[byte].add(builder, chain[byte]));
        chain = encrypt(builder, mixed, &round_keys);
        ciphers.push(chain);
    }
    let ciphers: Vec<[Field; 16]> =
        ciphers.into_iter().map(|cipher| cipher.map(|byte| normalize(builder, byte))).collect();
    ciphers.into_iter().map(|cipher| join(builder, cipher)).collect()
}

fn first(builder: &mut Builder, table: MultiTableId, key: Field) -> [Field; 2] {
    read(builder, table, key).first().map_or([Field::ZERO; 2], |columns| [columns[1], columns[2]])
}

fn normalize(builder: &mut Builder, byte: Field) -> Field {
    first(builder, MultiTableId::AesNormalize, byte)[0]
}

/// The spread S-box image of a spread byte, and three times that image.
fn substitute(builder: &mut Builder, byte: Field) -> [Field; 2] {
    first(builder, MultiTableId::AesSbox, byte)
}

/// The bytes of a block, spread, most significant first. A constant gets a variable of its own.
fn spread(builder: &mut Builder, block: Field) -> [Field; 16] {
    let block = block.into_own_variable(builder);
    let columns = read(builder, MultiTableId::AesInput, block);
    std::array::from_fn(|byte| columns.get(15 - byte).map_or(Field::ZERO, |columns| columns[1]))
}

/// The block of spread bytes.
fn join(builder: &mut Builder, bytes: [Field; 16]) -> Field {
    let mut block = Fr::ZERO;
    for byte in bytes {
        let mut rest = byte.value(builder).to_canonical_limbs()[0];
        let mut value = 0_u64;
        for bit in 0..8 {
            value |= ((rest % BASE) & 1) << bit;
            rest /= BASE;
        }
        block = block * Fr::from(256_u64) + Fr::from(value);
    }
    let block = Field::witness(builder, block);
    let columns = read(builder, MultiTableId::AesInput, block);
    for (slice, columns) in columns.iter().enumerate() {
        bytes[15 - slice].assert_equal(builder, columns[1]);
    }
    block
}

fn spread_constant(byte: u8) -> Fr {
    let base = Fr::from(BASE);
    (0..8).rev().fold(Fr::ZERO, |sum, bit| sum * base + Fr::from(u64::from((byte >> bit) & 1)))
}

/// The round keys, 16 spread bytes each. Digits are reduced where too many summands have met.
fn expand_key(builder: &mut Builder, key: Field) -> Vec<Field> {
    let mut keys = spread(builder, key).to_vec();
    let mut summands = vec![1_u64; 16];
    for word in 4..4 * (ROUNDS + 1) {
        let before: [usize; 4] = std::array::from_fn(|byte| 4 * (word - 1) + byte);
        let mut bytes = before.map(|place| keys[place]);
        let mut counts = before.map(|place| summands[place]);
        if word % 4 == 0 {
            bytes.rotate_left(1);
            bytes = bytes.map(|byte| substitute(builder, byte)[0]);
            bytes[0] = bytes[0].plus(spread_constant(ROUND_CONSTANTS[word / 4]));
            counts[0] += 1;
        }
        let old: [usize; 4] = std::array::from_fn(|byte| 4 * (word - 4) + byte);
        let sums: [Field; 4] = std::array::from_fn(|byte| keys[old[byte]].add(builder, bytes[byte]));
        for byte in 0..4 {
            let count = summands[old[byte]] + counts[byte];
            let is_last_word = word % 4 == 3;
            if count > MAX_SUMMANDS || (count > 1 && is_last_word) {
                keys.push(normalize(builder, sums[byte]));
                summands.push(1);
            } else {
                keys.push(sums[byte]);
                summands.push(count);
            }
        }
    }
    keys
}

/// The cipher of one block, with unreduced digits.
fn encrypt(builder: &mut Builder, block: [Field; 16], round_keys: &[Field]) -> [Field; 16] {
    let mut state: [Field; 16] = std::array::from_fn(|byte| block[byte].add(builder, round_keys[byte]));
    state = state.map(|byte| normalize(builder, byte));
    for round in 1..ROUNDS {
        let pairs = shift_rows(&state.map(|byte| substitute(builder, byte)));
        for column in 0..4 {
            let keys = &round_keys[16 * round + 4 * column..][..4];
            let mixed = mix_column(builder, &pairs[4 * column..4 * column + 4], keys);
            state[4 * column..4 * column + 4].copy_from_slice(&mixed);
        }
        state = state.map(|byte| normalize(builder, byte));
    }
    let last = shift_rows(&state.map(|byte| substitute(builder, byte)));
    std::array::from_fn(|byte| last[byte][0].add(builder, round_keys[16 * ROUNDS + byte]))
}

/// Row `r` of the state moves `r` columns to the left.
fn shift_rows<T: Copy>(state: &[T; 16]) -> [T; 16] {
    std::array::from_fn(|byte| state[(byte + 4 * (byte % 4)) % 16])
}

/// One column times the matrix of MixColumns, plus the round key. Pairs are a byte and three times it.
fn mix_column(builder: &mut Builder, pairs: &[[Field; 2]], keys: &[Field]) -> [Field; 4] {
    let (one, three) = (|index: usize| pairs[index][0], |index: usize| pairs[index][1]);
    let t0 = one(0).add_two(builder, one(3), three(1));
    let t1 = one(1).add_two(builder, one(2), three(3));
    let r0 = t0.add_two(builder, one(2), three(0));
    let r1 = t0.add_two(builder, one(1), three(2));
    let r2 = t1.add_two(builder, one(0), three(2));
    let r3 = t1.add_two(builder, three(0), one(3));
    let sums = [r0, r1, r2, r3];
    std::array::from_fn(|byte| sums[byte].add(builder, keys[byte]))
}

/// Without any variable there is no circuit, only the result.
fn encrypt_constants(builder: &Builder, blocks: &[Field], iv: Field, key: Field) -> Vec<Field> {
    let bytes_of = |block: &Field| -> [u8; 16] {
        let words = block.value(builder).to_canonical_limbs();
        std::array::from_fn(|byte| bits_at(&words, 8 * (15 - byte as u32), 8) as u8)
    };
    let keys = expand_constant_key(bytes_of(&key));
    let mut chain = bytes_of(&iv);
    let mut result = Vec::with_capacity(blocks.len());
    for block in blocks {
        let block = bytes_of(block);
        chain = encrypt_constant(std::array::from_fn(|byte| block[byte] ^ chain[byte]), &keys);
        let sum = chain.iter().fold(Fr::ZERO, |sum, byte| sum * power_of_two(8) + Fr::from(u64::from(*byte)));
        result.push(Field::constant(sum));
    }
    result
}

fn expand_constant_key(key: [u8; 16]) -> Vec<u8> {
    let mut keys = key.to_vec();
    for word in 4..4 * (ROUNDS + 1) {
        let mut bytes: [u8; 4] = std::array::from_fn(|byte| keys[4 * (word - 1) + byte]);
        if word % 4 == 0 {
            bytes.rotate_left(1);
            bytes = bytes.map(aes_substitute);
            bytes[0] ^= ROUND_CONSTANTS[word / 4];
        }
        for (byte, value) in bytes.into_iter().enumerate() {
            keys.push(keys[4 * (word - 4) + byte] ^ value);
        }
    }
    keys
}

fn encrypt_constant(block: [u8; 16], keys: &[u8]) -> [u8; 16] {
    let double = |byte: u8| (byte << 1) ^ ((byte >> 7) * 0x1b);
    let mut state: [u8; 16] = std::array::from_fn(|byte| block[byte] ^ keys[byte]);
    for round in 1..=ROUNDS {
        state = shift_rows(&state.map(aes_substitute));
        if round < ROUNDS {
            for column in state.chunks_exact_mut(4) {
                let [a, b, c, d]: [u8; 4] = std::array::from_fn(|byte| column[byte]);
                let all = a ^ b ^ c ^ d;
                for (byte, (this, next)) in [(a, b), (b, c), (c, d), (d, a)].into_iter().enumerate() {
                    column[byte] = this ^ all ^ double(this ^ next);
                }
            }
        }
        for (byte, key) in state.iter_mut().zip(&keys[16 * round..]) {
            *byte ^= key;
        }
    }
    state
}
