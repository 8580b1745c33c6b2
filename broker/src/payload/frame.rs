//! Bytes of a payload in its place: `CHPL`, a version byte, the length of the text (u64, little-endian), and the text as one
//! zstd frame.

use std::io::Read as _;

use chinampa_jobs::limits::MAX_URI_LEN;
use sha2::{Digest as _, Sha256};

use super::reference::Reference;

const MAGIC: &[u8; 5] = b"CHPL\x01";
const HEADER_LEN: usize = MAGIC.len() + 8;
/// Fast: the text is mostly base64, of which no level takes more than a quarter and what its bytes repeat.
const LEVEL: i32 = 1;

/// Longest frame, in bytes: a text that does not get shorter.
pub(super) const MAX_FRAME_LEN: usize = MAX_URI_LEN + MAX_URI_LEN / 64 + 4096;

pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    let body = zstd::encode_all(text.as_bytes(), LEVEL).expect("writing to memory cannot fail");
    bytes.extend_from_slice(&body);
    bytes
}

/// The text, if it is the one that the reference names; what is wrong otherwise.
pub(super) fn decode(bytes: &[u8], reference: &Reference) -> Result<String, &'static str> {
    let (header, body) = bytes.split_at_checked(HEADER_LEN).ok_or("it is too short")?;
    let (magic, len) = header.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err("it does not start as a payload does");
    }
    let limit = reference.len_bytes as u64;
    if len != limit.to_le_bytes() || reference.len_bytes > MAX_URI_LEN {
        return Err("its length is not that of its reference");
    }
    let mut text = Vec::with_capacity(reference.len_bytes);
    let decoder = zstd::Decoder::new(body).map_err(|_| "it is not compressed as a payload is")?;
    decoder.take(limit + 1).read_to_end(&mut text).map_err(|_| "it cannot be decompressed")?;
    if text.len() != reference.len_bytes || Sha256::digest(&text)[..] != reference.sha256 {
        return Err("its checksum is wrong");
    }
    String::from_utf8(text).map_err(|_| "it is no text")
}

#[cfg(test)]
mod tests {
    use chinampa_jobs::EpochNumber;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_has_its_text_and_no_changed_byte_goes_unnoticed(
            text in "[a-zA-Z0-9%]{0,400}", position in any::<prop::sample::Index>(), flip in 1_u8..,
        ) {
            let reference = Reference::to(&text, EpochNumber::from(7));
            let mut bytes = encode(&text);
            prop_assert_eq!(decode(&bytes, &reference), Ok(text.clone()));
            let position = position.index(bytes.len());
            bytes[position] ^= flip;
            let decoded = decode(&bytes, &reference);
            prop_assert!(decoded.is_err() || decoded == Ok(text));
        }

        #[test]
        fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes, &Reference::to("x", EpochNumber::from(7))).is_err());
        }
    }

    #[test]
    fn a_frame_that_grows_beyond_its_length_is_not_read_on() {
        let reference = Reference::to("x", EpochNumber::from(7));
        let mut bytes = encode(&"x".repeat(1 << 24));
        bytes[MAGIC.len()..HEADER_LEN].copy_from_slice(&1_u64.to_le_bytes());
        assert_eq!(decode(&bytes, &reference), Err("its checksum is wrong"));
    }
}
