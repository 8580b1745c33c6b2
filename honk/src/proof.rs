//! Proofs as files: which words mean what, and which of them go into which file.
//!
//! The prover's messages are the public inputs (the program's, then the backend's) and everything after. Files cut them
//! differently: `public_inputs` has the program's public inputs, `proof` the rest.
//!
//! Source: the files of Barretenberg 4.1.2; `ultra_honk/ultra_prover.cpp`, `api/api_ultra_honk.hpp`.

use std::ops::Range;

use chinampa_kernels::{FieldError, Fr};

use crate::flavor::{Flavor, IPA_CLAIM_SIZE, IPA_LOG_LEN, IPA_PROOF_LENGTH, PAIRING_POINTS_SIZE};
use crate::key::VerificationKey;
use crate::transcript::{WORD_BYTES, Word};

/// Why files are not a proof for a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A file does not consist of whole words.
    #[error("{file} has {len} bytes, which is no multiple of {WORD_BYTES}")]
    Ragged {
        /// `proof` or `public_inputs`.
        file: &'static str,
        /// Its length.
        len: usize,
    },
    /// Too few or too many public inputs.
    #[error("{actual} public inputs, expected {expected}")]
    PublicInputs {
        /// Public inputs of the program, by the key.
        expected: usize,
        /// Public inputs given.
        actual: usize,
    },
    /// A public input is not a scalar. Barretenberg reduces it if the proof is over Poseidon2.
    #[error("public input {index}")]
    PublicInput {
        /// Which one.
        index: usize,
        /// What is wrong.
        #[source]
        source: FieldError,
    },
    /// The proof is too short or too long.
    #[error("invalid proof size. Expected {expected}, got {actual}")]
    Length {
        /// Words of a proof for the key.
        expected: usize,
        /// Words given.
        actual: usize,
    },
    /// The key has fewer public inputs than the flavor's backend appends.
    #[error("the key has {actual} public inputs, the flavor alone has {expected}")]
    BackendInputs {
        /// Public inputs of the backend.
        expected: usize,
        /// Public inputs by the key.
        actual: usize,
    },
}

/// A proof and the program's public inputs that it is for; its lengths are right for some key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    flavor: Flavor,
    public_inputs: Vec<Fr>,
    words: Vec<Word>,
}

impl Proof {
    /// A proof of the right lengths for `key`: `words` start with the backend's public inputs.
    ///
    /// # Errors
    /// [`ProofError::BackendInputs`], [`ProofError::PublicInputs`], [`ProofError::Length`].
    pub fn new(
        flavor: Flavor,
        key: &VerificationKey,
        public_inputs: Vec<Fr>,
        words: Vec<Word>,
    ) -> Result<Self, ProofError> {
        let (backend, all) = (flavor.backend_public_inputs(), key.num_public_inputs as usize);
        let Some(expected) = all.checked_sub(backend) else {
            return Err(ProofError::BackendInputs { expected: backend, actual: all });
        };
        if public_inputs.len() != expected {
            return Err(ProofError::PublicInputs { expected, actual: public_inputs.len() });
        }
        let expected = flavor.proof_words(key.log_circuit_size as usize);
        if words.len() != expected {
            return Err(ProofError::Length { expected, actual: words.len() });
        }
        Ok(Self { flavor, public_inputs, words })
    }

    /// Reads the contents of the files `public_inputs` and `proof`.
    ///
    /// # Errors
    /// All of [`ProofError`].
    pub fn from_files(
        flavor: Flavor,
        key: &VerificationKey,
        public_inputs: &[u8],
        proof: &[u8],
    ) -> Result<Self, ProofError> {
        let inputs = whole_words("public_inputs", public_inputs)?.iter().enumerate();
        let scalar = |(index, word)| {
            Fr::from_be_bytes(word).map_err(|source| ProofError::PublicInput { index, source })
        };
        let public_inputs = inputs.map(scalar).collect::<Result<_, _>>()?;
        Self::new(flavor, key, public_inputs, whole_words("proof", proof)?.to_vec())
    }

    /// Cuts what a prover sent (all public inputs first) and an IPA proof, if the flavor has one, into files.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// If `sent` starts with fewer scalars than the key has public inputs.
    pub fn from_sent(
        flavor: Flavor,
        key: &VerificationKey,
        mut sent: Vec<Word>,
        ipa: &[Word],
    ) -> Result<Self, ProofError> {
        let own = (key.num_public_inputs as usize).saturating_sub(flavor.backend_public_inputs());
        let mut words = sent.split_off(own);
        words.extend_from_slice(ipa);
        let scalar = |word| Fr::from_be_bytes(word).expect("provers send scalars in canonical form");
        Self::new(flavor, key, sent.iter().map(scalar).collect(), words)
    }

    /// The variant that the proof was made for.
    pub const fn flavor(&self) -> Flavor {
        self.flavor
    }

    /// The program's public inputs.
    pub fn public_inputs(&self) -> &[Fr] {
        &self.public_inputs
    }

    /// The words of the file `proof`.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Contents of the file `public_inputs`.
    pub fn public_inputs_bytes(&self) -> Vec<u8> {
        self.public_inputs.iter().flat_map(Fr::to_be_bytes).collect()
    }

    /// Contents of the file `proof`.
    pub fn proof_bytes(&self) -> Vec<u8> {
        self.words.as_flattened().to_vec()
    }

    /// What the prover sent: all public inputs and the messages after them, without the IPA proof.
    pub(crate) fn sent(&self) -> Vec<Word> {
        let own = self.public_inputs.iter().map(Fr::to_be_bytes);
        own.chain(self.words[..self.words.len() - self.ipa_len()].iter().copied()).collect()
    }

    /// The IPA proof; empty if the flavor has none.
    pub(crate) fn ipa_words(&self) -> &[Word] {
        &self.words[self.words.len() - self.ipa_len()..]
    }

    const fn ipa_len(&self) -> usize {
        if self.flavor.has_ipa() { IPA_PROOF_LENGTH } else { 0 }
    }
}

fn whole_words<'a>(file: &'static str, bytes: &'a [u8]) -> Result<&'a [Word], ProofError> {
    let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
    if rest.is_empty() { Ok(words) } else { Err(ProofError::Ragged { file, len: bytes.len() }) }
}

/// Words of a proof that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Barretenberg's name; sections that repeat end in `_` and are counted by [`index`](Self::index).
    pub name: &'static str,
    /// Number of a repeated section, as in Barretenberg's name; zero otherwise.
    pub index: usize,
    /// Positions in the file `proof`.
    pub words: Range<usize>,
}

/// The sections of the file `proof`, in order and without gaps.
pub fn layout(flavor: Flavor, log_circuit_size: usize) -> Vec<Section> {
    let mut layout = Layout { sections: Vec::new(), position: 0 };
    let (point, rounds) = (flavor.oracle_hash().point_words(), flavor.rounds(log_circuit_size));
    let has_zk = flavor.has_zk();
    layout.one("pairing_point_object", PAIRING_POINTS_SIZE);
    layout.optional(flavor.has_ipa(), &["ipa_claim"], IPA_CLAIM_SIZE);
    layout.optional(has_zk, &["Gemini:masking_poly_comm"], point);
    let witness =
        ["W_L", "W_R", "W_O", "LOOKUP_READ_COUNTS", "LOOKUP_READ_TAGS", "W_4", "LOOKUP_INVERSES", "Z_PERM"];
    layout.optional(true, &witness, point);
    layout.optional(has_zk, &["Libra:concatenation_commitment"], point);
    layout.optional(has_zk, &["Libra:Sum"], 1);
    layout.repeated("Sumcheck:univariate_", 0..rounds, flavor.univariate_length());
    layout.one("Sumcheck:evaluations", flavor.claimed_evaluations());
    layout.optional(has_zk, &["Libra:claimed_evaluation"], 1);
    layout.optional(has_zk, &["Libra:grand_sum_commitment", "Libra:quotient_commitment"], point);
    layout.repeated("Gemini:FOLD_", 1..rounds, point);
    layout.repeated("Gemini:a_", 1..rounds + 1, 1);
    let libra = [
        "Libra:concatenation_eval",
        "Libra:shifted_grand_sum_eval",
        "Libra:grand_sum_eval",
        "Libra:quotient_eval",
    ];
    layout.optional(has_zk, &libra, 1);
    layout.optional(true, &["Shplonk:Q", "KZG:W"], point);
    if flavor.has_ipa() {
        for round in (0..IPA_LOG_LEN).rev() {
            layout.repeated("IPA:L_", round..round + 1, 2);
            layout.repeated("IPA:R_", round..round + 1, 2);
        }
        layout.optional(true, &["IPA:G_0", "IPA:a_0"], 2);
    }
    layout.sections
}

struct Layout {
    sections: Vec<Section>,
    position: usize,
}

impl Layout {
    fn one(&mut self, name: &'static str, len: usize) {
        self.repeated(name, 0..1, len);
    }

    fn optional(&mut self, is_there: bool, names: &[&'static str], len: usize) {
        for name in names.iter().filter(|_| is_there) {
            self.one(name, len);
        }
    }

    fn repeated(&mut self, name: &'static str, indices: Range<usize>, len: usize) {
        for index in indices {
            let words = self.position..self.position + len;
            self.position = words.end;
            self.sections.push(Section { name, index, words });
        }
    }
}

#[cfg(test)]
mod tests {
    use chinampa_testkit::vectors;

    use super::*;

    fn key(flavor: Flavor) -> VerificationKey {
        let bytes = vectors::bytes(&format!("honk/t1.{}/vk", flavor.target()));
        VerificationKey::from_bytes(flavor.oracle_hash(), &bytes).unwrap()
    }

    fn files(flavor: Flavor) -> [Vec<u8>; 2] {
        ["public_inputs", "proof"].map(|file| vectors::bytes(&format!("honk/t1.{}/{file}", flavor.target())))
    }

    #[test]
    fn sections_fill_the_proof() {
        for flavor in Flavor::ALL {
            for log_circuit_size in [6, 13, 28] {
                let mut position = 0;
                for section in layout(flavor, log_circuit_size) {
                    assert_eq!(section.words.start, position);
                    position = section.words.end;
                }
                assert_eq!(position, flavor.proof_words(log_circuit_size), "{flavor:?}");
            }
        }
    }

    #[test]
    fn sections_lie_where_the_released_program_puts_them() {
        for (flavor, name, start) in [
            (Flavor::Ultra, "Sumcheck:evaluations", 264),
            (Flavor::Ultra, "KZG:W", 445),
            (Flavor::UltraRollup, "W_L", 14),
            (Flavor::UltraRollup, "KZG:W", 451),
            (Flavor::UltraZK, "Libra:Sum", 48),
            (Flavor::UltraZK, "Libra:quotient_commitment", 348),
            (Flavor::UltraKeccak, "Shplonk:Q", 63 + 11 * 6),
            (Flavor::UltraKeccakZK, "Libra:claimed_evaluation", 71 + 9 * 6),
        ] {
            let found = layout(flavor, 6).into_iter().find(|section| section.name == name);
            assert_eq!(found.map(|section| section.words.start), Some(start), "{flavor:?} {name}");
        }
    }

    #[test]
    fn files_are_read_and_written() {
        for flavor in Flavor::ALL {
            let ([public_inputs, proof], key) = (files(flavor), key(flavor));
            let read = Proof::from_files(flavor, &key, &public_inputs, &proof).unwrap();
            assert_eq!(read.public_inputs(), [Fr::from(9u64)]);
            assert!(read.public_inputs_bytes() == public_inputs && read.proof_bytes() == proof);
            let again = Proof::from_sent(flavor, &key, read.sent(), read.ipa_words());
            assert_eq!(again.as_ref(), Ok(&read));
        }
    }

    #[test]
    fn wrong_lengths_and_values_are_refused() {
        let flavor = Flavor::Ultra;
        let ([public_inputs, proof], key) = (files(flavor), key(flavor));
        let read = |public_inputs: &[u8], proof: &[u8]| Proof::from_files(flavor, &key, public_inputs, proof);
        let error = ProofError::Ragged { file: "public_inputs", len: 31 };
        assert_eq!(read(&public_inputs[1..], &proof), Err(error));
        let error = ProofError::Ragged { file: "proof", len: proof.len() - 1 };
        assert_eq!(read(&public_inputs, &proof[1..]), Err(error));
        for count in [0, 2] {
            let error = ProofError::PublicInputs { expected: 1, actual: count };
            assert_eq!(read(&public_inputs.repeat(count), &proof), Err(error));
        }
        for actual in [0, 448, 450] {
            let mut proof = proof.clone();
            proof.resize(32 * actual, 0);
            assert_eq!(read(&public_inputs, &proof), Err(ProofError::Length { expected: 449, actual }));
        }
        assert!(matches!(read(&[0xff; 32], &proof), Err(ProofError::PublicInput { index: 0, .. })));
        let key = VerificationKey { num_public_inputs: 7, ..key.clone() };
        let error = ProofError::BackendInputs { expected: 8, actual: 7 };
        assert_eq!(Proof::from_files(flavor, &key, &public_inputs, &proof), Err(error));
    }
}
