//! Fixed-length hashing: the number of elements is known before the first one is absorbed.

use super::constants::{RATE, WIDTH};
use super::permutation::permute;
use crate::field::Fr;

/// Bytes of each field element that [`hash_bytes`] builds: the most that always stay below the modulus.
pub const BYTES_PER_ELEMENT: usize = 31;

/// Hashes `inputs`.
pub fn hash(inputs: &[Fr]) -> Fr {
    hash_iter(inputs.iter().copied())
}

/// Hashes the elements of an iterator. Its length is absorbed first, so `len` must be exact.
pub fn hash_iter(inputs: impl ExactSizeIterator<Item = Fr>) -> Fr {
    absorb_all(inputs.len(), inputs)
}

/// `hash(&[left, right])`: the inner node of every Aztec tree.
pub fn hash_pair(left: Fr, right: Fr) -> Fr {
    let mut state = [left, right, Fr::ZERO, length_tag(2)];
    permute(&mut state);
    state[0]
}

/// Hashes a domain separator followed by `inputs`; the length tag counts the separator.
pub fn hash_with_separator(separator: u32, inputs: &[Fr]) -> Fr {
    hash_with_separator_iter(separator, inputs.iter().copied())
}

/// As [`hash_with_separator`], over an iterator.
pub fn hash_with_separator_iter(separator: u32, inputs: impl ExactSizeIterator<Item = Fr>) -> Fr {
    absorb_all(inputs.len() + 1, std::iter::once(Fr::from(separator)).chain(inputs))
}

/// Hashes bytes: 31 at a time, each chunk read as a little-endian integer.
pub fn hash_bytes(bytes: &[u8]) -> Fr {
    hash_iter(bytes.chunks(BYTES_PER_ELEMENT).map(|chunk| {
        let mut limbs = [0; 4];
        for (limb, part) in limbs.iter_mut().zip(chunk.chunks(8)) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            *limb = u64::from_le_bytes(word);
        }
        Fr::from_canonical_limbs(limbs).expect("31 bytes are below the modulus")
    }))
}

/// The capacity lane before the first permutation: `length * 2^64`.
fn length_tag(length: usize) -> Fr {
    Fr::from((length as u128) << 64)
}

fn absorb_all(length: usize, mut inputs: impl Iterator<Item = Fr>) -> Fr {
    let mut state = [Fr::ZERO; WIDTH];
    state[RATE] = length_tag(length);
    for _ in 0..length.div_ceil(RATE).max(1) {
        for (lane, input) in state[..RATE].iter_mut().zip(&mut inputs) {
            *lane += input;
        }
        permute(&mut state);
    }
    state[0]
}
