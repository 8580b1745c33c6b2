//! JavaScript's `encodeURIComponent` and `decodeURIComponent`.

use crate::error::{Error, excerpt};

/// Whether `encodeURIComponent` leaves the byte as it is.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

/// Appends `encodeURIComponent(text)` to `out`.
pub(super) fn encode_into(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let escaped = text.bytes().filter(|&byte| !is_plain(byte)).count();
    out.reserve(text.len() + 2 * escaped);
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// `decodeURIComponent(text)`. The result is not longer than `text`.
pub(super) fn decode(text: &str) -> Result<String, Error> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut offset = 0;
    while let Some(&byte) = bytes.get(offset) {
        if byte != b'%' {
            out.push(byte);
            offset += 1;
            continue;
        }
        let digits = bytes.get(offset + 1..offset + 3).unwrap_or_default();
        let mut value = [0];
        if hex::decode_to_slice(digits, &mut value).is_err() {
            let actual = excerpt(&String::from_utf8_lossy(&bytes[offset..bytes.len().min(offset + 3)]));
            return Err(Error::UriEscape { offset, actual });
        }
        out.push(value[0]);
        offset += 3;
    }
    String::from_utf8(out).map_err(|error| Error::Utf8 {
        field: "decoded URI payload",
        offset: error.utf8_error().valid_up_to(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encodes_as_javascript() {
        let mut out = String::new();
        encode_into(&mut out, "aZ09-_.!~*'(){}\":,/+= %\u{e9}\u{1f600}");
        assert_eq!(out, "aZ09-_.!~*'()%7B%7D%22%3A%2C%2F%2B%3D%20%25%C3%A9%F0%9F%98%80");
    }

    #[test]
    fn malformed_escapes_are_refused_where_they_are() {
        assert_eq!(decode("ab%4").unwrap_err(), Error::UriEscape { offset: 2, actual: "%4".to_owned() });
        assert!(matches!(decode("%zz"), Err(Error::UriEscape { offset: 0, .. })));
        assert!(matches!(decode("x%C3"), Err(Error::Utf8 { offset: 1, .. })));
        assert_eq!(decode("%c3%A9\u{e9}").unwrap(), "\u{e9}\u{e9}");
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(text in any::<String>()) {
            let mut out = String::new();
            encode_into(&mut out, &text);
            prop_assert!(out.bytes().all(|byte| is_plain(byte) || byte == b'%'));
            prop_assert_eq!(decode(&out).unwrap(), text);
        }

        #[test]
        fn decode_takes_any_text(text in "[%0-9a-fA-F\\PC]{0,40}") {
            if let Ok(decoded) = decode(&text) {
                prop_assert!(decoded.len() <= text.len());
            }
        }
    }
}
