//! Query strings and percent-encoded arguments.

/// The value of a name in a query string, decoded; the first one if it is there twice.
pub(super) fn value(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query.unwrap_or_default().split('&');
    let found = pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    Some(decode(&found.1.replace('+', " ")))
}

/// Replaces escapes such as `%3A`. What is no escape stays as it is, and what is not UTF-8 is replaced.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = text.get(index + 1..index + 3).filter(|_| bytes[index] == b'%');
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                index += 3;
            }
            None => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_noise_is_kept() {
        assert_eq!(decode("1%3AROOT%2f%zz%"), "1:ROOT/%zz%");
        assert_eq!(decode("%c3%a9\u{e9}%ff"), "\u{e9}\u{e9}\u{fffd}");
        let query = Some("a=1&b=x%20y&a=2&c");
        assert_eq!(value(query, "a").as_deref(), Some("1"));
        assert_eq!(value(query, "b").as_deref(), Some("x y"));
        assert_eq!((value(query, "c"), value(None, "a")), (None, None));
    }
}
