//! Types of settings, and how text becomes a value of one. The same rules hold for the environment, for flags and
//! for defaults; a TOML file brings its own types, which must fit.

use std::fmt;

use serde::Serialize;

use super::shapes::Shape;

/// What of a value is never shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Nothing.
    Public,
    /// Passwords and tokens in a URL.
    Url,
    /// Everything.
    Secret,
}

/// Which values a setting accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// `true` or `false`; in text also `1`, `0`, `TRUE`, `FALSE`.
    Bool,
    /// A whole number between both ends, included.
    Integer(u64, u64),
    /// A number that is not negative.
    Decimal,
    /// A number of bytes; in text also with the unit `kb`, `mb` or `gb` (powers of 1,024), as Aztec writes it.
    Size,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text of a shape.
    Text(&'static Shape),
    /// Texts of a shape; in text separated by commas.
    List(&'static Shape),
}

/// A value of some [`Kind`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Integer`] and [`Kind::Size`].
    Integer(u64),
    /// Of [`Kind::Decimal`].
    Decimal(f64),
    /// Of [`Kind::Choice`] and [`Kind::Text`].
    Text(String),
    /// Of [`Kind::List`].
    List(Vec<String>),
}

impl Kind {
    /// A whole number from 0.
    pub(super) const COUNT: Self = Self::Integer(0, u32::MAX as u64);
    /// A whole number from 1.
    pub(super) const POSITIVE: Self = Self::Integer(1, u32::MAX as u64);
    /// Milliseconds, up to a year.
    pub(super) const MILLISECONDS: Self = Self::Integer(0, 366 * 24 * 3600 * 1000);
    /// A TCP port; 0 lets the system choose.
    pub(super) const PORT: Self = Self::Integer(0, u16::MAX as u64);

    /// Reads text. Blank space around the text and around list elements does not count.
    pub(crate) fn parse(self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self {
            Self::Bool => parse_bool(text).map(Value::Bool),
            Self::Integer(..) => self.integer(parse_digits(text)?),
            Self::Size => parse_size(text).map(Value::Integer),
            Self::Decimal => {
                let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
                self.decimal(text.parse().ok().filter(|_| plain)?)
            }
            Self::Choice(_) | Self::Text(_) => self.text(text),
            Self::List(_) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                self.list(parts.map(str::to_owned).collect())
            }
        }
    }

    /// Accepts an integer.
    pub(crate) fn integer(self, number: u64) -> Option<Value> {
        match self {
            Self::Integer(low, high) if (low..=high).contains(&number) => Some(Value::Integer(number)),
            Self::Size => Some(Value::Integer(number)),
            Self::Decimal => Some(Value::Decimal(number as f64)),
            _ => None,
        }
    }

    /// Accepts a number that may have a fraction.
    pub(crate) fn decimal(self, number: f64) -> Option<Value> {
        (matches!(self, Self::Decimal) && number.is_finite() && number >= 0.0)
            .then_some(Value::Decimal(number))
    }

    /// Accepts text.
    pub(crate) fn text(self, text: &str) -> Option<Value> {
        let fits = match self {
            Self::Choice(words) => words.contains(&text),
            Self::Text(shape) => (shape.accepts)(text),
            _ => false,
        };
        fits.then(|| Value::Text(text.to_owned()))
    }

    /// Accepts a list of texts.
    pub(crate) fn list(self, texts: Vec<String>) -> Option<Value> {
        let Self::List(shape) = self else { return None };
        texts.iter().all(|text| (shape.accepts)(text)).then_some(Value::List(texts))
    }
}

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "true" | "TRUE" => Some(true),
        "0" | "false" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Decimal digits only: no sign, no fraction, no unit, nothing after the number.
fn parse_digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn parse_size(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|character: char| !character.is_ascii_digit());
    let factor: u64 = match lower[digits.len()..].trim() {
        "" | "b" => 1,
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        _ => return None,
    };
    parse_digits(digits)?.checked_mul(factor)
}

/// What is expected, to follow the word "expected".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Decimal => f.write_str("a number, 0 or more"),
            Self::Size => f.write_str("a number of bytes"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Text(shape) => f.write_str(shape.expected),
            Self::List(shape) => write!(f, "a list, each element {}", shape.expected),
        }
    }
}

/// As in a TOML file.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{}", toml::Value::from(text.as_str())),
            Self::List(texts) => {
                let quoted = texts.iter().map(|text| toml::Value::from(text.as_str()).to_string());
                write!(f, "[{}]", quoted.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shapes;
    use super::*;

    #[test]
    fn booleans_are_exactly_these_words() {
        for (text, value) in [("true", true), ("TRUE", true), ("1", true), ("false", false), (" 0 ", false)] {
            assert_eq!(Kind::Bool.parse(text), Some(Value::Bool(value)), "{text}");
        }
        for text in ["yes", "True", "on", "2", "", "truee"] {
            assert_eq!(Kind::Bool.parse(text), None, "{text}");
        }
    }

    #[test]
    fn integers_end_at_their_limits() {
        let kind = Kind::Integer(1, 10);
        assert_eq!(kind.parse("1"), Some(Value::Integer(1)));
        assert_eq!(kind.parse("10"), Some(Value::Integer(10)));
        for text in ["0", "11", "1.0", "1ms", "+1", "-1", "0x1", "1e1", "", "99999999999999999999"] {
            assert_eq!(kind.parse(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_have_aztec_units() {
        let cases = [("512", 512), ("1kb", 1024), ("1mb", 1 << 20), ("2 GB", 2 << 30), ("7b", 7)];
        for (text, bytes) in cases {
            assert_eq!(Kind::Size.parse(text), Some(Value::Integer(bytes)), "{text}");
        }
        for text in ["mb", "1tb", "1.5mb", "-1", "", "99999999999gb"] {
            assert_eq!(Kind::Size.parse(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_are_plain_numbers() {
        assert_eq!(Kind::Decimal.parse("0.5"), Some(Value::Decimal(0.5)));
        for text in ["-0.5", "nan", "inf", "1e3", "0.5x", ""] {
            assert_eq!(Kind::Decimal.parse(text), None, "{text}");
        }
    }

    #[test]
    fn lists_are_trimmed_and_every_element_counts() {
        let kind = Kind::List(&shapes::URL);
        let both = vec!["http://a".to_owned(), "http://b".to_owned()];
        assert_eq!(kind.parse("http://a, http://b,"), Some(Value::List(both)));
        assert_eq!(kind.parse(""), Some(Value::List(Vec::new())));
        assert_eq!(kind.parse("http://a,b"), None);
    }

    #[test]
    fn values_are_shown_as_toml() {
        let list = Value::List(vec!["a\"b".to_owned(), "c".to_owned()]);
        let back: toml::Table = toml::from_str(&format!("x = {list}")).unwrap();
        assert_eq!(back["x"].as_array().unwrap()[0].as_str(), Some("a\"b"));
        assert_eq!(Value::Decimal(1.0).to_string(), "1.0");
    }
}
