//! Scalars: integers, booleans, field elements, and two integers that Aztec writes wider than they are.

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use super::{
    AbiError, Decode, DecodeError, DecodeErrorKind, Encode, FieldReader, FromFields, Reader, ToFields,
};

macro_rules! integer {
    ($($ty:ty),*) => {$(
        impl Encode for $ty {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
        }

        impl Decode for $ty {
            const LEN_BYTES_MIN: usize = size_of::<$ty>();

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self::from_be_bytes(reader.take_array()?))
            }
        }

        impl ToFields for $ty {
            fn to_fields(&self, out: &mut Vec<Fr>) {
                out.push(Fr::from(u128::from(*self)));
            }
        }

        impl FromFields for $ty {
            fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
                let index = reader.index();
                let limbs = reader.take()?.to_canonical_limbs();
                let value = u128::from(limbs[1]) << 64 | u128::from(limbs[0]);
                match Self::try_from(value) {
                    Ok(value) if limbs[2] | limbs[3] == 0 => Ok(value),
                    _ => Err(AbiError::new(index, Self::BITS)),
                }
            }
        }
    )*};
}

integer!(u8, u16, u32, u64, u128);

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Decode for bool {
    const LEN_BYTES_MIN: usize = 1;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        match u8::decode(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            actual => Err(DecodeError::new(offset, DecodeErrorKind::Bool { actual })),
        }
    }
}

impl ToFields for bool {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.push(Fr::from(*self));
    }
}

impl FromFields for bool {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let index = reader.index();
        match reader.take()? {
            value if value.is_zero() => Ok(false),
            value if value == Fr::ONE => Ok(true),
            _ => Err(AbiError::new(index, 1)),
        }
    }
}

impl Encode for Fr {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
}

impl Decode for Fr {
    const LEN_BYTES_MIN: usize = 32;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        Self::from_be_bytes(&reader.take_array()?).map_err(|error| DecodeError::new(offset, error))
    }
}

impl ToFields for Fr {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.push(*self);
    }
}

impl FromFields for Fr {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        reader.take()
    }
}

/// Reads a 32-byte big-endian integer that must be below `2^bits`, `bits` being 32 or 64.
fn narrow(reader: &mut Reader<'_>, bits: u32) -> Result<u64, DecodeError> {
    let offset = reader.offset();
    let bytes: [u8; 32] = reader.take_array()?;
    let low = u64::from_be_bytes(bytes[24..].try_into().expect("eight of 32 bytes"));
    if bytes[..24].iter().any(|byte| *byte != 0) || (bits < 64 && low >> bits != 0) {
        let kind = DecodeErrorKind::Range { bits, actual: hex::encode(bytes) };
        return Err(DecodeError::new(offset, kind));
    }
    Ok(low)
}

/// Position of a leaf in a tree. Aztec writes it as a 32-byte integer and as a decimal string; no tree is
/// higher than 42, so 64 bits hold it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeIndex(#[serde(with = "super::json::decimal")] pub u64);

impl Encode for TreeIndex {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0; 24]);
        self.0.encode(out);
    }
}

impl Decode for TreeIndex {
    const LEN_BYTES_MIN: usize = 32;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        narrow(reader, 64).map(Self)
    }
}

impl ToFields for TreeIndex {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.0.to_fields(out);
    }
}

impl FromFields for TreeIndex {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        u64::from_fields(reader).map(Self)
    }
}

/// A 32-bit number that Aztec writes as a 32-byte field, a slot number for example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WideU32(pub u32);

impl Encode for WideU32 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0; 28]);
        self.0.encode(out);
    }
}

impl Decode for WideU32 {
    const LEN_BYTES_MIN: usize = 32;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let value = narrow(reader, 32)?;
        Ok(Self(u32::try_from(value).expect("narrow checked the range")))
    }
}

impl ToFields for WideU32 {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.0.to_fields(out);
    }
}

impl FromFields for WideU32 {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        u32::from_fields(reader).map(Self)
    }
}
