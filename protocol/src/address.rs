//! Addresses on Aztec (a field) and on Ethereum (20 bytes).

use std::fmt;
use std::str::FromStr;

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use crate::codec::{AbiError, Decode, DecodeError, Encode, FieldReader, FromFields, Reader, ToFields};

/// Address of a contract or account on Aztec: a field element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AztecAddress(pub Fr);

impl Encode for AztecAddress {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Decode for AztecAddress {
    const LEN_BYTES_MIN: usize = 32;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Fr::decode(reader).map(Self)
    }
}

impl ToFields for AztecAddress {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.push(self.0);
    }
}

impl FromFields for AztecAddress {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        Fr::from_fields(reader).map(Self)
    }
}

/// Address on Ethereum.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EthAddress(pub [u8; 20]);

/// Text that is not `0x` and 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an Ethereum address, 0x and 40 hexadecimal digits, got {length} characters")]
pub struct EthAddressError {
    /// Length of the text in bytes.
    pub length: usize,
}

impl EthAddress {
    /// The address as the low 20 bytes of a field, which is how circuits see it.
    pub fn to_field(self) -> Fr {
        let mut bytes = [0; 32];
        bytes[12..].copy_from_slice(&self.0);
        Fr::from_be_bytes(&bytes).expect("160 bits are canonical")
    }
}

impl fmt::Display for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EthAddress {
    type Err = EthAddressError;

    fn from_str(text: &str) -> Result<Self, EthAddressError> {
        let mut bytes = [0; 20];
        let digits = text.strip_prefix("0x").unwrap_or("");
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| EthAddressError { length: text.len() })?;
        Ok(Self(bytes))
    }
}

impl Serialize for EthAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EthAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Encode for EthAddress {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Decode for EthAddress {
    const LEN_BYTES_MIN: usize = 20;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.take_array().map(Self)
    }
}

impl ToFields for EthAddress {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.push(self.to_field());
    }
}

impl FromFields for EthAddress {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let index = reader.index();
        let bytes = reader.take()?.to_be_bytes();
        if bytes[..12].iter().any(|byte| *byte != 0) {
            return Err(AbiError::new(index, 160));
        }
        Ok(Self(bytes[12..].try_into().expect("20 of 32 bytes")))
    }
}
