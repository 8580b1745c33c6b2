//! Values as 32-byte words, which is how they are hashed and how they lie in files.
//!
//! Keccak hashes integers of 256 bits, so a coordinate of BN254 is one word. Poseidon2 hashes scalars, and the coordinates'
//! field is larger than the scalars', so a coordinate is two words: its low 136 bits and the rest. Coordinates of Grumpkin
//! are scalars. The point at infinity is all zeros in every encoding.

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::curve::{PointError, grumpkin};
use chinampa_kernels::{FieldError, Fq, Fr};

use crate::flavor::OracleHash;

/// Bytes of a word.
pub const WORD_BYTES: usize = 32;

/// A 256-bit integer, big-endian.
pub type Word = [u8; WORD_BYTES];

/// Bits in the low half of a value that is split in two (`2 * 68`: two limbs of Barretenberg's big integers).
pub const COORDINATE_LOW_BITS: usize = 136;

const LOW_BYTES: usize = COORDINATE_LOW_BITS / 8;
const HIGH_BYTES: usize = WORD_BYTES - LOW_BYTES;

/// Why words do not encode a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordError {
    /// A scalar or coordinate at or above its modulus.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Half of a value has more bits than its share.
    #[error("the {half} half of a split value has more than {bits} bits")]
    Half {
        /// `low` or `high`.
        half: &'static str,
        /// Bits allowed.
        bits: usize,
    },
    /// The coordinates are not those of a point.
    #[error(transparent)]
    Point(#[from] PointError),
}

pub(super) fn scalar(scalar: Fr) -> Word {
    scalar.to_be_bytes()
}

/// A coordinate as its low 136 bits and the rest.
pub(crate) fn encode_halves(value: Fq) -> [Word; 2] {
    let bytes = value.to_be_bytes();
    let (mut low, mut high) = ([0; WORD_BYTES], [0; WORD_BYTES]);
    low[HIGH_BYTES..].copy_from_slice(&bytes[HIGH_BYTES..]);
    high[LOW_BYTES..].copy_from_slice(&bytes[..HIGH_BYTES]);
    [low, high]
}

/// A point's words, two or four.
pub(crate) fn encode_point(hash: OracleHash, point: &G1Affine) -> impl Iterator<Item = Word> {
    let words = match hash {
        OracleHash::Poseidon2 => {
            let ([x_low, x_high], [y_low, y_high]) = (encode_halves(point.x()), encode_halves(point.y()));
            [x_low, x_high, y_low, y_high]
        }
        OracleHash::Keccak => {
            [point.x().to_be_bytes(), point.y().to_be_bytes(), [0; WORD_BYTES], [0; WORD_BYTES]]
        }
    };
    words.into_iter().take(hash.point_words())
}

pub(super) fn grumpkin(point: &grumpkin::Affine) -> [Word; 2] {
    [point.x().to_be_bytes(), point.y().to_be_bytes()]
}

pub(crate) fn decode_scalar(word: &Word) -> Result<Fr, WordError> {
    Ok(Fr::from_be_bytes(word)?)
}

pub(crate) fn decode_halves(low: &Word, high: &Word) -> Result<Fq, WordError> {
    // A high half of more than 118 bits makes a value of more than 254, which the modulus refuses below.
    if low[..HIGH_BYTES].iter().any(|&byte| byte != 0) {
        return Err(WordError::Half { half: "low", bits: COORDINATE_LOW_BITS });
    }
    if high[..LOW_BYTES].iter().any(|&byte| byte != 0) {
        return Err(WordError::Half { half: "high", bits: 8 * HIGH_BYTES });
    }
    let mut bytes = *low;
    bytes[..HIGH_BYTES].copy_from_slice(&high[LOW_BYTES..]);
    Ok(Fq::from_be_bytes(&bytes)?)
}

/// `words` are [`OracleHash::point_words`] many.
pub(crate) fn decode_point(hash: OracleHash, words: &[Word]) -> Result<G1Affine, WordError> {
    let (x, y) = match hash {
        OracleHash::Poseidon2 => (decode_halves(&words[0], &words[1])?, decode_halves(&words[2], &words[3])?),
        OracleHash::Keccak => (Fq::from_be_bytes(&words[0])?, Fq::from_be_bytes(&words[1])?),
    };
    Ok(G1Affine::new(x, y)?)
}

pub(crate) fn decode_grumpkin(x: &Word, y: &Word) -> Result<grumpkin::Affine, WordError> {
    Ok(grumpkin::Affine::new(decode_scalar(x)?, decode_scalar(y)?)?)
}
