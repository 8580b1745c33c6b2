//! The two hashes.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2;
use sha3::{Digest as _, Keccak256};

use super::encoding::Word;
use crate::flavor::OracleHash;

/// Hashes words to a scalar: the Poseidon2 hash of the scalars that they are, or the Keccak-256 digest of their bytes as a
/// big-endian integer modulo the scalar field.
///
/// # Panics
/// For Poseidon2, if a word is not below the modulus.
pub fn hash_words<'a>(hash: OracleHash, words: impl Iterator<Item = &'a Word>) -> Fr {
    match hash {
        OracleHash::Poseidon2 => {
            let scalar = |word| Fr::from_be_bytes(word).expect("words are checked before they are hashed");
            let scalars: Vec<Fr> = words.map(scalar).collect();
            poseidon2::hash(&scalars)
        }
        OracleHash::Keccak => {
            let mut keccak = Keccak256::new();
            words.for_each(|word| keccak.update(word));
            Fr::from_be_bytes_reduced(&keccak.finalize().into())
        }
    }
}
