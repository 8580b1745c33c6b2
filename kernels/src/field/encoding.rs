//! Bytes, hexadecimal text and integers to field elements and back.

use std::fmt;
use std::str::FromStr;

use super::montgomery::{FieldParams, Fp};

/// Bytes of an encoded element.
pub const FIELD_BYTES: usize = 32;

/// Why bytes or text are not a field element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The integer is at or above the modulus.
    #[error("{value} is not below the modulus of {field}")]
    NotCanonical {
        /// `Fr` or `Fq`.
        field: &'static str,
        /// The integer, as `0x` and 64 hexadecimal digits.
        value: String,
    },
    /// The number of bytes is wrong.
    #[error("expected {expected} bytes for {field}, got {actual}")]
    Length {
        /// `Fr` or `Fq`.
        field: &'static str,
        /// Bytes of an encoded element.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The text is not `0x` followed by 1 to 64 hexadecimal digits.
    #[error("expected 0x and 1 to 64 hexadecimal digits for {field}, got {length} characters")]
    Text {
        /// `Fr` or `Fq`.
        field: &'static str,
        /// Length of the text in bytes.
        length: usize,
    },
}

impl<P: FieldParams> Fp<P> {
    /// Decodes 32 big-endian bytes.
    ///
    /// # Errors
    /// [`FieldError::NotCanonical`] at or above the modulus.
    pub fn from_be_bytes(bytes: &[u8; 32]) -> Result<Self, FieldError> {
        Self::from_canonical_limbs(limbs_of(bytes))
            .ok_or_else(|| FieldError::NotCanonical { field: P::NAME, value: format!("0x{}", hex_of(bytes)) })
    }

    /// Decodes a slice of 32 big-endian bytes.
    ///
    /// # Errors
    /// [`FieldError::Length`] for any other length, [`FieldError::NotCanonical`] at or above the modulus.
    pub fn from_be_slice(bytes: &[u8]) -> Result<Self, FieldError> {
        let error = || FieldError::Length { field: P::NAME, expected: FIELD_BYTES, actual: bytes.len() };
        Self::from_be_bytes(bytes.try_into().map_err(|_| error())?)
    }

    /// 32 big-endian bytes of the canonical integer.
    pub fn to_be_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(self.to_canonical_limbs().iter().rev()) {
            chunk.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    /// Any 32 big-endian bytes, reduced modulo the prime.
    pub fn from_be_bytes_reduced(bytes: &[u8; 32]) -> Self {
        let limbs = limbs_of(bytes);
        // 2^256 is less than six times either modulus: splitting off the top four bits leaves a canonical part.
        let low = [limbs[0], limbs[1], limbs[2], limbs[3] & (u64::MAX >> 4)];
        let low = Self::from_canonical_limbs(low).expect("2^252 is below both moduli");
        let mut step = Self::from_canonical_limbs([0, 0, 0, 1 << 59]).expect("2^251 is below both moduli");
        step = step.double();
        low + (0..limbs[3] >> 60).map(|_| step).sum()
    }

    /// Any 64 big-endian bytes, reduced modulo the prime. Of random bytes, the result is random to within `2^-256`.
    pub fn from_be_bytes_wide(bytes: &[u8; 2 * FIELD_BYTES]) -> Self {
        let (high, low) = bytes.split_at(FIELD_BYTES);
        let reduced = |half: &[u8]| Self::from_be_bytes_reduced(half.try_into().expect("half of 64 bytes"));
        // The Montgomery form of 2^256 is 2^512.
        reduced(high) * Self::from_montgomery_limbs(Self::R_SQUARED) + reduced(low)
    }
}

fn limbs_of(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_be_bytes(chunk.try_into().expect("chunks of eight"));
    }
    limbs
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<P: FieldParams> From<u128> for Fp<P> {
    fn from(value: u128) -> Self {
        Self::from_canonical_limbs([value as u64, (value >> 64) as u64, 0, 0])
            .expect("128 bits are canonical")
    }
}

impl<P: FieldParams> From<u64> for Fp<P> {
    fn from(value: u64) -> Self {
        Self::from(u128::from(value))
    }
}

impl<P: FieldParams> From<u32> for Fp<P> {
    fn from(value: u32) -> Self {
        Self::from(u128::from(value))
    }
}

impl<P: FieldParams> From<bool> for Fp<P> {
    fn from(value: bool) -> Self {
        if value { Self::ONE } else { Self::ZERO }
    }
}

/// `0x` and 64 lower-case hexadecimal digits, as Aztec writes fields.
impl<P: FieldParams> fmt::Display for Fp<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limbs = self.to_canonical_limbs();
        write!(f, "0x{:016x}{:016x}{:016x}{:016x}", limbs[3], limbs[2], limbs[1], limbs[0])
    }
}

impl<P: FieldParams> fmt::Debug for Fp<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<P: FieldParams> FromStr for Fp<P> {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let error = || FieldError::Text { field: P::NAME, length: text.len() };
        let digits = text.strip_prefix("0x").ok_or_else(error)?;
        if digits.is_empty() || digits.len() > 64 {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (index, digit) in digits.bytes().rev().enumerate() {
            let value = char::from(digit).to_digit(16).ok_or_else(error)? as u8;
            bytes[31 - index / 2] |= value << (4 * (index % 2));
        }
        Self::from_be_bytes(&bytes)
    }
}
