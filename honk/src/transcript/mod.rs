//! Fiat-Shamir: what both sides have said so far, and the challenges that follow from it.
//!
//! Prover and verifier run the same [`Transcript`]. The prover *sends* and ends with the proof's words; the verifier starts
//! with the words and *receives*. Both *absorb* what is known to both and not part of the proof. Names of messages do not
//! enter the hash.
//!
//! Source: Barretenberg 4.1.2 `transcript/transcript.hpp`, `field_conversion.hpp`.

mod encoding;
mod hashing;
#[cfg(test)]
mod tests;

pub use encoding::{COORDINATE_LOW_BITS, WORD_BYTES, Word, WordError};
pub(crate) use encoding::{decode_halves, decode_point, encode_halves, encode_point};
pub use hashing::hash_words;

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::curve::grumpkin;
use chinampa_kernels::{Fq, Fr};

use crate::flavor::OracleHash;

/// Bits of every challenge.
pub const CHALLENGE_BITS: u32 = 127;

/// Why the words of a proof are not what the protocol expects next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// The words end early.
    #[error("{name}: word {position} is missing, there are {len}")]
    Missing {
        /// Barretenberg's name of the message.
        name: &'static str,
        /// Position of the missing word.
        position: usize,
        /// Words there are.
        len: usize,
    },
    /// Words do not encode what is expected.
    #[error("{name} at word {position}")]
    Word {
        /// Barretenberg's name of the message.
        name: &'static str,
        /// Position of the message's first word.
        position: usize,
        /// What is wrong.
        #[source]
        source: WordError,
    },
    /// The point at infinity, where no honest prover sends it.
    #[error("{name} at word {position} is the point at infinity")]
    Infinity {
        /// Barretenberg's name of the message.
        name: &'static str,
        /// Position of the message's first word.
        position: usize,
    },
    /// Words are left when all has been said.
    #[error("{len} words, expected {expected}")]
    Trailing {
        /// Words that the protocol takes.
        expected: usize,
        /// Words there are.
        len: usize,
    },
}

/// The state of one side of a protocol run.
#[derive(Clone, Debug)]
pub struct Transcript {
    hash: OracleHash,
    /// The last hash; absent before the first challenge.
    previous: Option<Fr>,
    /// What was said since then.
    buffer: Vec<Word>,
    /// The proof: written by the prover, read by the verifier.
    words: Vec<Word>,
    /// Words that the verifier has read.
    position: usize,
}

impl Transcript {
    /// A prover's transcript: nothing said.
    pub const fn prover(hash: OracleHash) -> Self {
        Self { hash, previous: None, buffer: Vec::new(), words: Vec::new(), position: 0 }
    }

    /// A verifier's transcript, which will receive `words`.
    pub const fn verifier(hash: OracleHash, words: Vec<Word>) -> Self {
        Self { hash, previous: None, buffer: Vec::new(), words, position: 0 }
    }

    /// The two challenges of what was said since the last ones: the low 127 bits of the hash, and the others.
    ///
    /// Asked for again with nothing said in between, they follow from the last hash alone.
    pub fn challenge_integers(&mut self) -> (u128, u128) {
        let previous = self.previous.map(|hash| hash.to_be_bytes());
        let hash = hash_words(self.hash, previous.as_slice().iter().chain(&self.buffer));
        self.buffer.clear();
        self.previous = Some(hash);
        let limbs = hash.to_canonical_limbs();
        let (low, high) = (wide(limbs[0], limbs[1]), wide(limbs[2], limbs[3]));
        (low & ((1 << CHALLENGE_BITS) - 1), low >> CHALLENGE_BITS | high << 1)
    }

    /// The first of the two challenges, for protocols that need one.
    pub fn challenge(&mut self) -> Fr {
        Fr::from(self.challenge_integers().0)
    }

    /// Both challenges.
    pub fn challenge_pair(&mut self) -> (Fr, Fr) {
        let (low, high) = self.challenge_integers();
        (Fr::from(low), Fr::from(high))
    }

    /// The first of the two challenges, as a scalar of Grumpkin.
    pub fn challenge_base(&mut self) -> Fq {
        Fq::from(self.challenge_integers().0)
    }

    /// Takes note of a scalar that is not part of the proof.
    pub fn absorb_scalar(&mut self, scalar: Fr) {
        self.buffer.push(encoding::scalar(scalar));
    }

    /// Takes note of a scalar of Grumpkin that is not part of the proof.
    pub fn absorb_base(&mut self, scalar: Fq) {
        self.buffer.extend(encoding::encode_halves(scalar));
    }

    /// Takes note of a point of Grumpkin that is not part of the proof.
    pub fn absorb_grumpkin(&mut self, point: &grumpkin::Affine) {
        self.buffer.extend(encoding::grumpkin(point));
    }
}

/// The prover's side.
impl Transcript {
    /// Sends a scalar.
    pub fn send_scalar(&mut self, scalar: Fr) {
        self.send([encoding::scalar(scalar)]);
    }

    /// Sends scalars one after the other: evaluations of a univariate, claimed evaluations.
    pub fn send_scalars(&mut self, scalars: &[Fr]) {
        self.send(scalars.iter().copied().map(encoding::scalar));
    }

    /// Sends a commitment.
    pub fn send_point(&mut self, point: &G1Affine) {
        self.send(encoding::encode_point(self.hash, point));
    }

    /// Sends a scalar of Grumpkin.
    pub fn send_base(&mut self, scalar: Fq) {
        self.send(encoding::encode_halves(scalar));
    }

    /// Sends a point of Grumpkin.
    pub fn send_grumpkin(&mut self, point: &grumpkin::Affine) {
        self.send(encoding::grumpkin(point));
    }

    fn send(&mut self, words: impl IntoIterator<Item = Word>) {
        let start = self.words.len();
        self.words.extend(words);
        self.buffer.extend_from_slice(&self.words[start..]);
    }

    /// What was sent: the proof.
    pub fn into_words(self) -> Vec<Word> {
        self.words
    }
}

/// The verifier's side.
///
/// Stricter than Barretenberg's native verifier, which reduces scalars and coordinates at or above their moduli (over
/// Poseidon2) and takes the point at infinity everywhere: here every value has one encoding.
///
/// # Errors
/// All functions: [`TranscriptError::Missing`], [`TranscriptError::Word`], points also [`TranscriptError::Infinity`].
impl Transcript {
    /// Receives a scalar.
    pub fn receive_scalar(&mut self, name: &'static str) -> Result<Fr, TranscriptError> {
        self.receive(name, 1, |words| encoding::decode_scalar(&words[0]))
    }

    /// Receives scalars.
    pub fn receive_scalars(&mut self, name: &'static str, count: usize) -> Result<Vec<Fr>, TranscriptError> {
        (0..count).map(|_| self.receive_scalar(name)).collect()
    }

    /// Receives a commitment.
    pub fn receive_point(&mut self, name: &'static str) -> Result<G1Affine, TranscriptError> {
        let position = self.position;
        let point = self.receive_point_or_infinity(name)?;
        if point.is_identity() { Err(TranscriptError::Infinity { name, position }) } else { Ok(point) }
    }

    /// Receives a commitment that may be to zero.
    pub fn receive_point_or_infinity(&mut self, name: &'static str) -> Result<G1Affine, TranscriptError> {
        let hash = self.hash;
        self.receive(name, hash.point_words(), |words| encoding::decode_point(hash, words))
    }

    /// Receives a scalar of Grumpkin.
    pub fn receive_base(&mut self, name: &'static str) -> Result<Fq, TranscriptError> {
        self.receive(name, 2, |words| encoding::decode_halves(&words[0], &words[1]))
    }

    /// Receives a point of Grumpkin.
    pub fn receive_grumpkin(&mut self, name: &'static str) -> Result<grumpkin::Affine, TranscriptError> {
        let position = self.position;
        let point = self.receive(name, 2, |words| encoding::decode_grumpkin(&words[0], &words[1]))?;
        if point.is_identity() { Err(TranscriptError::Infinity { name, position }) } else { Ok(point) }
    }

    fn receive<T>(
        &mut self,
        name: &'static str,
        count: usize,
        decode: impl FnOnce(&[Word]) -> Result<T, WordError>,
    ) -> Result<T, TranscriptError> {
        let (position, len) = (self.position, self.words.len());
        let Some(words) = self.words.get(position..position + count) else {
            return Err(TranscriptError::Missing { name, position: len, len });
        };
        let value = decode(words).map_err(|source| TranscriptError::Word { name, position, source })?;
        self.buffer.extend_from_slice(words);
        self.position += count;
        Ok(value)
    }

    /// Checks that everything was received.
    ///
    /// # Errors
    /// [`TranscriptError::Trailing`]
    pub fn finish(self) -> Result<(), TranscriptError> {
        let (expected, len) = (self.position, self.words.len());
        if expected == len { Ok(()) } else { Err(TranscriptError::Trailing { expected, len }) }
    }
}

const fn wide(low: u64, high: u64) -> u128 {
    low as u128 | (high as u128) << 64
}
