//! How Aztec's JSON writes scalars: field elements and addresses as `0x` and all their digits, 32-bit numbers
//! as numbers, wider integers as decimal strings, buffers as base64.

use serde::de::DeserializeOwned;

/// JSON that is not the object it should be.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct JsonError {
    /// The member, from the outermost object inwards: `header.globalVariables.timestamp`, `blocks[3]`.
    pub path: String,
    /// What was expected and what came, with line and column.
    #[source]
    pub source: serde_json::Error,
}

/// Reads an object from JSON text. Members that the object does not have are ignored.
///
/// # Errors
/// [`JsonError`] names the member at fault, and the line and column where it stands.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| JsonError { path: error.path().to_string(), source: error.into_inner() })?;
    deserializer.end().map_err(|source| JsonError { path: ".".to_owned(), source })?;
    Ok(value)
}

/// For `#[serde(with = "decimal")]` on `u64` and `u128`: a decimal string. Reading also takes a number.
pub mod decimal {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserializer, Serializer};

    /// Writes the decimal digits.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads a decimal string or a number.
    ///
    /// # Errors
    /// If it is neither, or too large for `T`.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr + TryFrom<u64>,
        D: Deserializer<'de>,
    {
        deserializer.deserialize_any(DecimalVisitor(std::marker::PhantomData))
    }

    struct DecimalVisitor<T>(std::marker::PhantomData<T>);

    impl<T: FromStr + TryFrom<u64>> Visitor<'_> for DecimalVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "a decimal string or number below 2^{}", size_of::<T>() * 8)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let value = digits.then(|| text.parse().ok()).flatten();
            value.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
            T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
        }
    }
}

/// For `#[serde(with = "wide_hex")]` on a `u32` that Aztec writes as a field, `0x` and 64 digits. Reading also
/// takes a number.
pub mod wide_hex {
    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserializer, Serializer};

    /// Writes `0x` and 64 digits.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{value:064x}"))
    }

    /// Reads `0x` and digits, or a number.
    ///
    /// # Errors
    /// If it is neither, or above 32 bits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_any(WideHexVisitor)
    }

    struct WideHexVisitor;

    impl Visitor<'_> for WideHexVisitor {
        type Value = u32;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("0x and hexadecimal digits, or a number, below 2^32")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u32, E> {
            let digits = text.strip_prefix("0x").filter(|digits| !digits.is_empty() && digits.len() <= 64);
            let value = digits.map(|digits| digits.trim_start_matches('0')).and_then(|digits| match digits {
                "" => Some(0),
                digits if digits.starts_with('+') => None,
                digits => u32::from_str_radix(digits, 16).ok(),
            });
            value.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<u32, E> {
            u32::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
        }
    }
}

/// For `#[serde(with = "base64")]` on `Vec<u8>`: standard base64 with padding.
pub mod base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes standard base64 with padding.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads standard base64 with padding.
    ///
    /// # Errors
    /// If it is not.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD.decode(text.as_ref()).map_err(|error| D::Error::custom(format!("expected base64: {error}")))
    }
}
