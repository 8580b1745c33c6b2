//! What the queue has in place of a payload.

use std::fmt::Write as _;

use chinampa_jobs::{EpochNumber, ProofUri};
use sha2::{Digest as _, Sha256};

/// What a reference starts with. Texts from outside that start so are payloads, whatever their length, so that every
/// reference in the queue is the broker's own.
const PREFIX: &str = "chinampa-payload:";

/// Name of a payload: `chinampa-payload:EPOCH:SHA256:LENGTH`, the hash in hex and the length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The epoch that holds it.
    pub epoch: EpochNumber,
    /// SHA-256 of the text.
    pub sha256: [u8; 32],
    /// Length of the text, in bytes.
    pub len_bytes: usize,
}

impl Reference {
    /// The reference to a text.
    pub fn to(text: &str, epoch: EpochNumber) -> Self {
        Self { epoch, sha256: Sha256::digest(text).into(), len_bytes: text.len() }
    }

    /// Reads what [`Reference::to_uri`] has written; none of anything else.
    pub fn of(uri: &ProofUri) -> Option<Self> {
        let mut parts = uri.as_str().strip_prefix(PREFIX)?.split(':');
        let epoch = EpochNumber::new(parts.next()?.parse().ok()?).ok()?;
        let sha256 = from_hex(parts.next()?)?;
        let len_bytes = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { epoch, sha256, len_bytes })
    }

    /// As it is in the queue.
    pub fn to_uri(self) -> ProofUri {
        let text = format!("{PREFIX}{}:{}:{}", self.epoch, self.name(), self.len_bytes);
        text.parse().expect("shorter than the longest URI")
    }

    /// The hash in hex.
    pub fn name(&self) -> String {
        self.sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
            text
        })
    }
}

/// Whether a text could be taken for a reference.
pub(super) fn is_like_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Whether two URIs in the queue stand for the same text. One may be from a time when payloads were kept elsewhere.
pub(crate) fn is_same(first: &ProofUri, second: &ProofUri, epoch: EpochNumber) -> bool {
    let stands_for = |reference: &ProofUri, text: &ProofUri| {
        Reference::of(reference).is_some_and(|reference| {
            reference.len_bytes == text.as_str().len() && reference == Reference::to(text.as_str(), epoch)
        })
    };
    first == second || stands_for(first, second) || stands_for(second, first)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let is_lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if text.len() != 64 || !text.as_bytes().iter().all(is_lower) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_they_are_written_and_nothing_else_is() {
        let reference = Reference::to("data:x", EpochNumber::from(7));
        let uri = reference.to_uri();
        assert_eq!(Reference::of(&uri), Some(reference));
        assert_eq!(uri.as_str(), format!("chinampa-payload:7:{}:6", reference.name()));
        for text in [
            "data:x".to_owned(),
            "chinampa-payload:7".to_owned(),
            format!("{uri}:"),
            uri.as_str().to_uppercase(),
            uri.as_str().replace(":7:", ":x:"),
        ] {
            assert_eq!(Reference::of(&text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn a_text_is_the_same_as_its_reference_in_its_epoch() {
        let (text, other) = ("data:x".parse().unwrap(), "data:y".parse().unwrap());
        let epoch = EpochNumber::from(7);
        let uri = Reference::to("data:x", epoch).to_uri();
        assert!(is_same(&text, &uri, epoch) && is_same(&uri, &text, epoch) && is_same(&uri, &uri, epoch));
        assert!(!is_same(&other, &uri, epoch) && !is_same(&text, &uri, EpochNumber::from(8)));
    }
}
