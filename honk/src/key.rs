//! Verification keys: three numbers and a commitment to each precomputed column.
//!
//! Source: the `vk` files of Barretenberg 4.1.2; `flavor/flavor.hpp` (`NativeVerificationKey_`).

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;

use crate::entity::{Entity, PRECOMPUTED};
use crate::flavor::{CONST_PROOF_SIZE_LOG_N, OracleHash};
use crate::transcript::{WORD_BYTES, Word, WordError, decode_point, encode_point, hash_words};

/// Row of the first public input: row 0 is empty, and public inputs come first.
pub const PUB_INPUTS_OFFSET: u32 = 1;

/// Logarithm of the smallest circuit's rows: every circuit has at least 35 rows in use.
pub const MIN_LOG_CIRCUIT_SIZE: u32 = 6;

/// Logarithm of the largest circuit's rows.
pub const MAX_LOG_CIRCUIT_SIZE: u32 = CONST_PROOF_SIZE_LOG_N as u32;

/// Words in front of the commitments.
const HEADER_WORDS: usize = 3;

/// Why bytes are not a verification key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The number of bytes is wrong for the hash.
    #[error("{actual} bytes, a key for {} has {expected}", .hash.name())]
    Length {
        /// The hash of proofs that the key is for.
        hash: OracleHash,
        /// Bytes of a key.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// A number in front of the commitments has more than 32 bits.
    #[error("{field} has more than 32 bits")]
    Header {
        /// Barretenberg's name of the number.
        field: &'static str,
    },
    /// No circuit has so few or so many rows.
    #[error("log_circuit_size {actual} is not in {MIN_LOG_CIRCUIT_SIZE}..={MAX_LOG_CIRCUIT_SIZE}")]
    LogCircuitSize {
        /// What the key says.
        actual: u32,
    },
    /// Public inputs start in another row than in every Ultra circuit.
    #[error("pub_inputs_offset is {actual}, expected {PUB_INPUTS_OFFSET}")]
    PubInputsOffset {
        /// What the key says.
        actual: u32,
    },
    /// More public inputs than rows.
    #[error("{num_public_inputs} public inputs do not fit 2^{log_circuit_size} rows")]
    NumPublicInputs {
        /// Public inputs that the key says.
        num_public_inputs: u32,
        /// Rows that the key says.
        log_circuit_size: u32,
    },
    /// A commitment is not a point.
    #[error("commitment to {}", .entity.name())]
    Commitment {
        /// The column.
        entity: Entity,
        /// What is wrong with its words.
        #[source]
        source: WordError,
    },
    /// A commitment to zero, which no circuit has: finalization puts a non-zero value into every column.
    #[error("the commitment to {} is the point at infinity", .entity.name())]
    Infinity {
        /// The column.
        entity: Entity,
    },
}

/// What a verifier knows of a circuit. The same for the flavors of either hash; only its bytes and hash differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationKey {
    /// Logarithm of the number of rows.
    pub log_circuit_size: u32,
    /// Public inputs, those of the backend included.
    pub num_public_inputs: u32,
    /// Row of the first public input.
    pub pub_inputs_offset: u32,
    /// Commitments to the precomputed columns, in order.
    pub commitments: [G1Affine; PRECOMPUTED],
}

impl VerificationKey {
    /// Decodes what `write_vk` writes for proofs over `hash`.
    ///
    /// Stricter than Barretenberg, which takes coordinates at or above the modulus and any numbers: a key has one encoding.
    ///
    /// # Errors
    /// All of [`KeyError`].
    pub fn from_bytes(hash: OracleHash, bytes: &[u8]) -> Result<Self, KeyError> {
        let expected = hash.key_words() * WORD_BYTES;
        let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
        if bytes.len() != expected || !rest.is_empty() {
            return Err(KeyError::Length { hash, expected, actual: bytes.len() });
        }
        let (header, points) = words.split_at(HEADER_WORDS);
        let log_circuit_size = number("log_circuit_size", &header[0])?;
        let num_public_inputs = number("num_public_inputs", &header[1])?;
        let pub_inputs_offset = number("pub_inputs_offset", &header[2])?;
        check_numbers(log_circuit_size, num_public_inputs, pub_inputs_offset)?;

        let mut commitments = [G1Affine::IDENTITY; PRECOMPUTED];
        let encoded = points.chunks_exact(hash.point_words());
        for ((commitment, words), entity) in commitments.iter_mut().zip(encoded).zip(Entity::PRECOMPUTED) {
            *commitment =
                decode_point(hash, words).map_err(|source| KeyError::Commitment { entity, source })?;
            if commitment.is_identity() {
                return Err(KeyError::Infinity { entity });
            }
        }
        Ok(Self { log_circuit_size, num_public_inputs, pub_inputs_offset, commitments })
    }

    /// The key's words, which are also what its hash is taken of.
    pub fn to_words(&self, hash: OracleHash) -> Vec<Word> {
        let header = [self.log_circuit_size, self.num_public_inputs, self.pub_inputs_offset];
        let header = header.into_iter().map(|number| Fr::from(number).to_be_bytes());
        let points = self.commitments.iter().flat_map(|commitment| encode_point(hash, commitment));
        header.chain(points).collect()
    }

    /// What `write_vk` writes for proofs over `hash`.
    pub fn to_bytes(&self, hash: OracleHash) -> Vec<u8> {
        self.to_words(hash).into_flattened()
    }

    /// `vk_hash`, by which proofs and circuits name the key.
    pub fn hash(&self, hash: OracleHash) -> Fr {
        hash_words(hash, self.to_words(hash).iter())
    }
}

fn number(field: &'static str, word: &Word) -> Result<u32, KeyError> {
    let (high, low) = word.split_last_chunk::<4>().expect("a word has more than four bytes");
    if high.iter().any(|&byte| byte != 0) {
        return Err(KeyError::Header { field });
    }
    Ok(u32::from_be_bytes(*low))
}

fn check_numbers(
    log_circuit_size: u32,
    num_public_inputs: u32,
    pub_inputs_offset: u32,
) -> Result<(), KeyError> {
    if !(MIN_LOG_CIRCUIT_SIZE..=MAX_LOG_CIRCUIT_SIZE).contains(&log_circuit_size) {
        return Err(KeyError::LogCircuitSize { actual: log_circuit_size });
    }
    if pub_inputs_offset != PUB_INPUTS_OFFSET {
        return Err(KeyError::PubInputsOffset { actual: pub_inputs_offset });
    }
    if u64::from(num_public_inputs) + u64::from(pub_inputs_offset) > 1 << log_circuit_size {
        return Err(KeyError::NumPublicInputs { num_public_inputs, log_circuit_size });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chinampa_testkit::vectors;

    use super::*;

    const HASHES: [(OracleHash, &str); 2] =
        [(OracleHash::Poseidon2, "noir-recursive-no-zk"), (OracleHash::Keccak, "evm-no-zk")];

    fn bytes(target: &str) -> Vec<u8> {
        vectors::bytes(&format!("honk/t1.{target}/vk"))
    }

    #[test]
    fn keys_are_read_written_and_hashed_as_bb_does() {
        for circuit in ["t1", "mix"] {
            let mut keys = Vec::new();
            for (hash, target) in HASHES {
                let bytes = vectors::bytes(&format!("honk/{circuit}.{target}/vk"));
                let key = VerificationKey::from_bytes(hash, &bytes).unwrap();
                assert!(key.to_bytes(hash) == bytes);
                let vk_hash = vectors::bytes(&format!("honk/{circuit}.{target}/vk_hash"));
                assert_eq!(key.hash(hash).to_be_bytes().as_slice(), vk_hash);
                keys.push(key);
            }
            assert_eq!(keys[0], keys[1]);
        }
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for (hash, target) in HASHES {
            let good = bytes(target);
            for actual in [0, 1, good.len() - 1, good.len() + 1, good.len() + 32] {
                let mut bytes = good.clone();
                bytes.resize(actual, 0);
                let expected = good.len();
                let error = VerificationKey::from_bytes(hash, &bytes);
                assert_eq!(error, Err(KeyError::Length { hash, expected, actual }));
            }
        }
    }

    /// The error when word `index` of a good key is replaced by a number.
    fn with_number(index: usize, number: u64) -> Result<VerificationKey, KeyError> {
        let mut bytes = bytes("evm-no-zk");
        bytes[32 * index..][24..32].copy_from_slice(&number.to_be_bytes());
        VerificationKey::from_bytes(OracleHash::Keccak, &bytes)
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (index, field) in
            ["log_circuit_size", "num_public_inputs", "pub_inputs_offset"].iter().enumerate()
        {
            assert_eq!(with_number(index, 1 << 32), Err(KeyError::Header { field }));
        }
        for actual in [0, 5, 29, u32::MAX] {
            assert_eq!(with_number(0, actual.into()), Err(KeyError::LogCircuitSize { actual }));
        }
        assert!(with_number(0, 6).is_ok() && with_number(0, 28).is_ok());
        for actual in [0, 2] {
            assert_eq!(with_number(2, actual.into()), Err(KeyError::PubInputsOffset { actual }));
        }
        assert!(with_number(1, 63).is_ok());
        let error = KeyError::NumPublicInputs { num_public_inputs: 64, log_circuit_size: 6 };
        assert_eq!(with_number(1, 64), Err(error));
    }

    #[test]
    fn a_bad_byte_in_any_commitment_is_named() {
        for (hash, target) in HASHES {
            for entity in Entity::PRECOMPUTED {
                let words = hash.point_words();
                let start = 32 * (HEADER_WORDS + entity.index() * words);
                let mut bytes = bytes(target);
                bytes[start + 31] ^= 1;
                let error = VerificationKey::from_bytes(hash, &bytes).unwrap_err();
                assert!(
                    matches!(&error, KeyError::Commitment { entity: found, source: WordError::Point(_) } if *found == entity),
                    "{error:?}"
                );
                bytes[start..][..32].fill(0xff);
                let error = VerificationKey::from_bytes(hash, &bytes).unwrap_err();
                assert!(
                    matches!(
                        &error,
                        KeyError::Commitment { entity: found, source: WordError::Field(_) | WordError::Half { .. } }
                            if *found == entity
                    ),
                    "{error:?}"
                );
                bytes[start..][..32 * words].fill(0);
                assert_eq!(VerificationKey::from_bytes(hash, &bytes), Err(KeyError::Infinity { entity }));
            }
        }
    }
}
