//! Scalars and points of BLS12-381 as Aztec's buffers and circuits write them.
//!
//! Circuits see limbs of 120 bits, least significant first: three for a scalar, four for a coordinate.

use blstrs::{G1Affine, Scalar};
use chinampa_kernels::Fr;
use group::prime::PrimeCurveAffine as _;
use serde::{Deserialize, Serialize};

use crate::codec::{
    AbiError, Decode, DecodeError, DecodeErrorKind, Encode, FieldReader, FromFields, Reader, ToFields,
};

/// Bytes of a limb.
const LIMB_LEN_BYTES: usize = 15;
/// The base field's modulus, big-endian. Source: draft-irtf-cfrg-pairing-friendly-curves, BLS12-381.
const BASE_MODULUS: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7, 0x64,
    0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab,
    0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];
/// Half of it, rounded down: a larger y is the "larger" of the two square roots.
const BASE_MODULUS_HALF: [u8; 48] = halved(BASE_MODULUS);

const fn halved(bytes: [u8; 48]) -> [u8; 48] {
    let mut half = [0; 48];
    let mut index = 0;
    while index < 48 {
        let carry = if index == 0 { 0 } else { bytes[index - 1] & 1 };
        half[index] = bytes[index] >> 1 | carry << 7;
        index += 1;
    }
    half
}

/// Appends big-endian `bytes` as limbs.
fn push_limbs(bytes: &[u8], out: &mut Vec<Fr>) {
    for limb in bytes.rchunks(LIMB_LEN_BYTES) {
        let mut word = [0; 16];
        word[16 - limb.len()..].copy_from_slice(limb);
        out.push(Fr::from(u128::from_be_bytes(word)));
    }
}

/// Reads limbs into `N` big-endian bytes.
fn take_limbs<const N: usize>(reader: &mut FieldReader<'_>) -> Result<[u8; N], AbiError> {
    let mut bytes = [0; N];
    for chunk in bytes.rchunks_mut(LIMB_LEN_BYTES) {
        let index = reader.index();
        let word = u128::from_fields(reader)?.to_be_bytes();
        let (high, low) = word.split_at(16 - chunk.len());
        if high.iter().any(|byte| *byte != 0) {
            return Err(AbiError::new(index, 8 * u32::try_from(chunk.len()).expect("at most 15")));
        }
        chunk.copy_from_slice(low);
    }
    Ok(bytes)
}

/// A scalar of BLS12-381, canonical. 32 bytes, 3 fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlsScalar([u8; 32]);

impl BlsScalar {
    /// From 32 big-endian bytes; `None` at or above the group order.
    pub fn from_be_bytes(bytes: [u8; 32]) -> Option<Self> {
        Option::<Scalar>::from(Scalar::from_bytes_be(&bytes)).map(|_| Self(bytes))
    }

    /// 32 big-endian bytes.
    pub fn to_be_bytes(self) -> [u8; 32] {
        self.0
    }

    pub(super) fn to_scalar(self) -> Scalar {
        Option::from(Scalar::from_bytes_be(&self.0)).expect("checked when it was made")
    }
}

impl From<Scalar> for BlsScalar {
    fn from(scalar: Scalar) -> Self {
        Self(scalar.to_bytes_be())
    }
}

/// A BN254 scalar is below the order of BLS12-381, so it is a scalar of both without change.
impl From<Fr> for BlsScalar {
    fn from(field: Fr) -> Self {
        Self(field.to_be_bytes())
    }
}

impl Encode for BlsScalar {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Decode for BlsScalar {
    const LEN_BYTES_MIN: usize = 32;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        let bytes = reader.take_array()?;
        Self::from_be_bytes(bytes).ok_or_else(|| {
            let expected = "a scalar below the order of BLS12-381".to_owned();
            let actual = format!("0x{}", hex::encode(bytes));
            DecodeError::new(offset, DecodeErrorKind::Mismatch { expected, actual })
        })
    }
}

impl ToFields for BlsScalar {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        push_limbs(&self.0, out);
    }
}

impl FromFields for BlsScalar {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let index = reader.index();
        Self::from_be_bytes(take_limbs(reader)?).ok_or_else(|| AbiError::new(index, 255))
    }
}

impl Serialize for BlsScalar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}", hex::encode(self.0)))
    }
}

impl<'de> Deserialize<'de> for BlsScalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = hex_bytes(deserializer)?;
        Self::from_be_bytes(bytes)
            .ok_or_else(|| serde::de::Error::custom("expected a scalar below the order of BLS12-381"))
    }
}

fn hex_bytes<'de, const N: usize, D: serde::Deserializer<'de>>(deserializer: D) -> Result<[u8; N], D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(""), &mut bytes)
        .map_err(|_| serde::de::Error::custom(format!("expected 0x and {} hexadecimal digits", 2 * N)))?;
    Ok(bytes)
}

/// A point of BLS12-381's first group, affine; infinity is (0, 0). 96 bytes, 9 fields.
///
/// Coordinates are canonical and on the curve. Whether the point is in the subgroup of prime order is for those to
/// check who compute with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlsPoint {
    x: [u8; 48],
    y: [u8; 48],
}

impl Default for BlsPoint {
    fn default() -> Self {
        Self::INFINITY
    }
}

impl BlsPoint {
    /// The neutral element.
    pub const INFINITY: Self = Self { x: [0; 48], y: [0; 48] };

    /// From big-endian coordinates; `None` if they are not canonical or not on the curve.
    pub fn from_coordinates(x: [u8; 48], y: [u8; 48]) -> Option<Self> {
        let point = Self { x, y };
        // The flags of the encoding live in the bits above the modulus, so those must be clear first.
        (point == Self::INFINITY || (x < BASE_MODULUS && y < BASE_MODULUS && point.to_affine().is_some()))
            .then_some(point)
    }

    /// From the 48-byte compressed form; `None` if it is not a point of the curve.
    pub fn from_compressed(bytes: &[u8; 48]) -> Option<Self> {
        Option::<G1Affine>::from(G1Affine::from_compressed_unchecked(bytes)).map(Self::from)
    }

    /// The 48-byte compressed form: x, with flags for compression, infinity and the larger y in the top bits.
    pub fn to_compressed(self) -> [u8; 48] {
        let mut bytes = self.x;
        bytes[0] |= 0x80;
        if self == Self::INFINITY {
            bytes[0] |= 0x40;
        } else if self.y > BASE_MODULUS_HALF {
            bytes[0] |= 0x20;
        }
        bytes
    }

    /// The point itself; always there but while a point is being checked.
    pub(super) fn to_affine(self) -> Option<G1Affine> {
        if self == Self::INFINITY {
            return Some(G1Affine::identity());
        }
        let mut bytes = [0; 96];
        bytes[..48].copy_from_slice(&self.x);
        bytes[48..].copy_from_slice(&self.y);
        G1Affine::from_uncompressed_unchecked(&bytes).into()
    }
}

impl From<G1Affine> for BlsPoint {
    fn from(point: G1Affine) -> Self {
        if bool::from(point.is_identity()) {
            return Self::INFINITY;
        }
        let bytes = point.to_uncompressed();
        let (x, y) = bytes.split_at(48);
        Self { x: x.try_into().expect("half of 96"), y: y.try_into().expect("half of 96") }
    }
}

impl Encode for BlsPoint {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.x);
        out.extend_from_slice(&self.y);
    }
}

impl Decode for BlsPoint {
    const LEN_BYTES_MIN: usize = 96;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        let (x, y) = (reader.take_array()?, reader.take_array()?);
        Self::from_coordinates(x, y).ok_or_else(|| {
            let expected = "a point of BLS12-381".to_owned();
            let actual = format!("0x{}, 0x{}", hex::encode(x), hex::encode(y));
            DecodeError::new(offset, DecodeErrorKind::Mismatch { expected, actual })
        })
    }
}

impl ToFields for BlsPoint {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        push_limbs(&self.x, out);
        push_limbs(&self.y, out);
        out.push(Fr::from(*self == Self::INFINITY));
    }
}

impl FromFields for BlsPoint {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let index = reader.index();
        let (x, y) = (take_limbs(reader)?, take_limbs(reader)?);
        let infinite = bool::from_fields(reader)?;
        match Self::from_coordinates(x, y) {
            Some(point) if (point == Self::INFINITY) == infinite => Ok(point),
            _ => Err(AbiError::new(index, 381)),
        }
    }
}

impl Serialize for BlsPoint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}{}", hex::encode(self.x), hex::encode(self.y)))
    }
}

impl<'de> Deserialize<'de> for BlsPoint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: [u8; 96] = hex_bytes(deserializer)?;
        let (x, y) = bytes.split_at(48);
        Self::from_coordinates(x.try_into().expect("half of 96"), y.try_into().expect("half of 96"))
            .ok_or_else(|| serde::de::Error::custom("expected a point of BLS12-381"))
    }
}
