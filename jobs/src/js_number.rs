//! JavaScript's conversions between numbers and text, as far as error messages and coercions of the wire show them.

/// `String(number)` of JavaScript.
pub(crate) fn format(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let magnitude = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&magnitude) {
        number.to_string()
    } else {
        let text = format!("{number:e}");
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        }
    }
}

/// `Number(text)` of JavaScript; not-a-number if the text is none.
pub(crate) fn coerce(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return coerce_radix(digits, radix);
        }
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // The character test keeps out the words that Rust reads as numbers and JavaScript does not.
        _ if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// The number as an integer, if it is a whole number from 0 to 2^53 - 1.
pub(crate) fn whole(number: f64) -> Option<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && (0.0..LIMIT).contains(&number)).then_some(number as u64)
}

fn coerce_radix(digits: &str, radix: u32) -> f64 {
    if digits.is_empty() {
        return f64::NAN;
    }
    digits.chars().fold(0.0, |value, digit| match digit.to_digit(radix) {
        Some(digit) => value * f64::from(radix) + f64::from(digit),
        None => f64::NAN,
    })
}

/// White space and line ends of ECMAScript: Unicode's, less next-line, and the byte order mark.
fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs printed by Node.
    #[test]
    fn formats_as_javascript() {
        for (number, text) in [
            (99.0, "99"),
            (1.5, "1.5"),
            (-0.0, "0"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(format(number), text);
        }
    }

    #[test]
    fn coerces_as_javascript() {
        for (text, number) in [
            ("", 0.0),
            (" \u{a0}12\n", 12.0),
            ("0x1F", 31.0),
            ("0b11", 3.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("+7", 7.0),
            ("1e2", 100.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(coerce(text), number, "{text:?}");
        }
        for text in ["abc", "inf", "nan", "infinity", "1_0", "12n", "0x", "-0x1", "1 2", "0b12", ".", "1e"] {
            assert!(coerce(text).is_nan(), "{text:?}");
        }
    }
}
