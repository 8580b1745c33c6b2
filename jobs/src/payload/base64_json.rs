//! Bytes inside JSON: standard base64 with padding, or Node's `{"type":"Buffer","data":[...]}`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, JsonKind, check_len, excerpt};
use crate::raw_json;

/// As Aztec's check: padding is required, unused bits of the last character are not looked at.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// Appends the bytes as a JSON string.
pub(super) fn write(out: &mut String, bytes: &[u8]) {
    out.push('"');
    ENGINE.encode_string(bytes, out);
    out.push('"');
}

/// Length of the base64 text of `len` bytes.
pub(super) const fn encoded_len(len: usize) -> usize {
    len.div_ceil(3) * 4
}

/// The bytes of a JSON value, at most `limit`.
pub(super) fn read(field: &'static str, limit: usize, raw: &RawValue) -> Result<Vec<u8>, Error> {
    match raw_json::kind(raw) {
        JsonKind::String => read_text(field, limit, raw),
        JsonKind::Object => read_object(field, limit, raw),
        actual => Err(Error::WrongKind { field, expected: "a base64 string or a Buffer object", actual }),
    }
}

fn read_text(field: &'static str, limit: usize, raw: &RawValue) -> Result<Vec<u8>, Error> {
    let text = raw_json::string(raw).ok_or(Error::Missing { field })?;
    if text.len() > encoded_len(limit) {
        check_len(field, limit, text.len() / 4 * 3)?;
    }
    let bytes = ENGINE.decode(text.as_bytes()).map_err(|error| base64_error(field, &text, &error))?;
    check_len(field, limit, bytes.len())?;
    Ok(bytes)
}

fn base64_error(field: &'static str, text: &str, error: &base64::DecodeError) -> Error {
    let offset = match *error {
        base64::DecodeError::InvalidByte(offset, _) | base64::DecodeError::InvalidLastSymbol(offset, _) => {
            offset
        }
        base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => text.len(),
    };
    Error::Base64 { field, offset, reason: error.to_string() }
}

fn read_object(field: &'static str, limit: usize, raw: &RawValue) -> Result<Vec<u8>, Error> {
    let [tag, data] = raw_json::members(raw, ["type", "data"]).ok_or(Error::Missing { field })?;
    let tag = tag.and_then(raw_json::string).ok_or(Error::Missing { field: "type of a Buffer object" })?;
    if tag != "Buffer" {
        return Err(Error::Json {
            field,
            line: 1,
            column: 0,
            reason: format!("object of type {:?}, expected \"Buffer\"", excerpt(&tag)),
        });
    }
    let data = data.ok_or(Error::Missing { field: "data of a Buffer object" })?;
    // An element takes at least two characters.
    let capacity = (data.get().len() / 2).min(limit);
    let mut text = serde_json::Deserializer::from_str(data.get());
    let bytes =
        text.deserialize_seq(ByteArray { limit, capacity }).map_err(|error| Error::json(field, &error))?;
    check_len(field, limit, bytes.len())?;
    Ok(bytes)
}

/// Reads an array of bytes, and stops one behind the limit.
struct ByteArray {
    limit: usize,
    capacity: usize,
}

impl<'de> Visitor<'de> for ByteArray {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of bytes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::with_capacity(self.capacity);
        while let Some(byte) = seq.next_element()? {
            if bytes.len() == self.limit {
                return Err(de::Error::custom(format_args!("more than {} bytes", self.limit)));
            }
            bytes.push(byte);
        }
        Ok(bytes)
    }
}
