//! serde: field elements as `0x` and hexadecimal digits, the form of Aztec's JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::montgomery::{FieldParams, Fp};

/// Always `0x` and 64 lower-case digits.
impl<P: FieldParams> Serialize for Fp<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Takes `0x` and 1 to 64 digits of either case; refuses integers at or above the modulus.
impl<'de, P: FieldParams> Deserialize<'de> for Fp<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

struct TextVisitor<P>(PhantomData<P>);

impl<P: FieldParams> Visitor<'_> for TextVisitor<P> {
    type Value = Fp<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x and 1 to 64 hexadecimal digits of an element of {}", P::NAME)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Fp<P>, E> {
        text.parse().map_err(E::custom)
    }
}
