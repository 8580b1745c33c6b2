//! Reading JSON one level at a time, over borrowed text.
//!
//! Nothing is built that was not asked for: unknown members and surplus elements are skipped in place, and nesting
//! costs no stack. Like JavaScript, the last of several members with one name counts, and an unpaired
//! surrogate escape in a string is no error (it becomes U+FFFD).

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, JsonKind};

/// The kind of a value, from its first character.
pub(crate) fn kind(raw: &RawValue) -> JsonKind {
    match raw.get().as_bytes().first() {
        Some(b'"') => JsonKind::String,
        Some(b'{') => JsonKind::Object,
        Some(b'[') => JsonKind::Array,
        Some(b't' | b'f') => JsonKind::Boolean,
        Some(b'n') => JsonKind::Null,
        _ => JsonKind::Number,
    }
}

/// Reads `text` as one JSON value.
pub(crate) fn parse<'a>(field: &'static str, text: &'a [u8]) -> Result<&'a RawValue, Error> {
    let text =
        std::str::from_utf8(text).map_err(|error| Error::Utf8 { field, offset: error.valid_up_to() })?;
    serde_json::from_str(text).map_err(|error| Error::json(field, &error))
}

/// The text of a string value; `None` if it is no string.
pub(crate) fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::Deserializer::from_str(text).deserialize_bytes(TextVisitor).ok()
}

/// The members called `names` of an object, in that order; `None` if the value is no object.
pub(crate) fn members<'a, const N: usize>(
    raw: &'a RawValue,
    names: [&'static str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    if kind(raw) != JsonKind::Object {
        return None;
    }
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(MembersVisitor(names)).ok()
}

/// The first `limit` elements of an array and how many it has; `None` if the value is no array.
pub(crate) fn elements(raw: &RawValue, limit: usize) -> Option<(Vec<&RawValue>, usize)> {
    if kind(raw) != JsonKind::Array {
        return None;
    }
    serde_json::Deserializer::from_str(raw.get()).deserialize_seq(ElementsVisitor(limit)).ok()
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(bytes))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }
}

struct KeySeed<'n, const N: usize>(&'n [&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for KeySeed<'_, N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<const N: usize> Visitor<'_> for KeySeed<'_, N> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|wanted| wanted.as_bytes() == name))
    }
}

struct MembersVisitor<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for MembersVisitor<N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(index) = map.next_key_seed(KeySeed(&self.0))? {
            match index.and_then(|index| found.get_mut(index)) {
                Some(slot) => *slot = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

struct ElementsVisitor(usize);

impl<'de> Visitor<'de> for ElementsVisitor {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.0 {
            match seq.next_element()? {
                Some(raw) => kept.push(raw),
                None => {
                    let count = kept.len();
                    return Ok((kept, count));
                }
            }
        }
        let mut count = kept.len();
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((kept, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_last_member_of_a_name_counts_and_escaped_names_match() {
        let [a, b] = members(raw(r#"{"a":1,"\u0061":2,"c":[{}],"\ud800":0}"#), ["a", "b"]).unwrap();
        assert_eq!(a.unwrap().get(), "2");
        assert!(b.is_none());
    }

    #[test]
    fn surplus_elements_are_counted_but_not_kept() {
        let (kept, count) = elements(raw("[1, 2,3]"), 2).unwrap();
        assert_eq!((kept.len(), count), (2, 3));
        let (kept, count) = elements(raw("[1, 2]"), 2).unwrap();
        assert_eq!((kept.len(), count), (2, 2));
        assert!(elements(raw("{}"), 2).is_none());
    }

    #[test]
    fn unpaired_surrogates_become_replacement_characters() {
        assert_eq!(string(raw(r#""a\n\ud83d\ude00""#)).unwrap(), "a\n\u{1f600}");
        assert!(string(raw(r#""bad \ud83d end""#)).unwrap().starts_with("bad \u{fffd}"));
        assert!(string(raw("5")).is_none());
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let (kept, _) = elements(raw(&deep), 1).unwrap();
        assert_eq!(kept[0].get().len(), 199_998);
    }
}
