//! Points in time as they travel: milliseconds since 1970.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since 1970 UTC. Signed, because an agent may send any number as `startedAt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// The time nearest above a JavaScript number, clamped to the range of `i64`.
    ///
    /// Rounding up keeps every comparison `number <= t` with a whole `t`, which is all that the ownership rule of
    /// the broker asks. Not-a-number becomes the latest time, so that it never wins a job.
    pub fn from_number(number: f64) -> Self {
        if number.is_nan() {
            return Self(i64::MAX);
        }
        // The cast saturates.
        Self(number.ceil() as i64)
    }
}

impl fmt::Display for UnixMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for UnixMs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for UnixMs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = UnixMs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of milliseconds")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<UnixMs, E> {
                Ok(UnixMs(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<UnixMs, E> {
                Ok(UnixMs(i64::try_from(number).unwrap_or(i64::MAX)))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<UnixMs, E> {
                Ok(UnixMs::from_number(number))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
