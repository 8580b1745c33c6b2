//! Inline URIs: the object's JSON in the URI itself.

use super::percent;
use crate::error::{Error, excerpt};

/// What an inline URI starts with; the percent-encoded JSON follows after a comma.
pub const INLINE_URI_PREFIX: &str = "data:application/json;charset=utf-8";

/// The inline URI of a JSON text, character for character as Aztec writes it. Brokers compare URIs as text.
pub(super) fn encode(json: &str) -> String {
    let mut uri = String::with_capacity(INLINE_URI_PREFIX.len() + 1);
    uri.push_str(INLINE_URI_PREFIX);
    uri.push(',');
    percent::encode_into(&mut uri, json);
    uri
}

/// The encoded payload of an inline URI: what is between the first comma and the second, if there is one.
pub(super) fn payload(uri: &str) -> Result<&str, Error> {
    let mut parts = uri.split(',');
    let prefix = parts.next().unwrap_or_default();
    if prefix != INLINE_URI_PREFIX {
        return Err(Error::UriPrefix { expected: INLINE_URI_PREFIX, actual: excerpt(prefix) });
    }
    parts.next().ok_or(Error::Missing { field: "URI payload" })
}

/// The JSON text of a payload.
pub(super) fn decode_payload(payload: &str) -> Result<String, Error> {
    percent::decode(payload)
}
