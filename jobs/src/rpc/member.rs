//! Members that a reply copies from its request.

use serde::Serialize;
use serde_json::value::RawValue;

/// A JSON value that is carried as its text: the `id` and `jsonrpc` members, which Aztec's server echoes whatever
/// they are.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct RawMember(Box<RawValue>);

impl RawMember {
    /// A copy of a value.
    pub fn new(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// `null`, the id of replies to what has none.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// `"2.0"`, the usual `jsonrpc` member.
    pub fn version_2() -> Self {
        Self::string("2.0")
    }

    /// A number, the usual id.
    pub fn number(number: u64) -> Self {
        Self(serde_json::value::to_raw_value(&number).expect("a number is always valid JSON"))
    }

    /// A string.
    pub fn string(text: &str) -> Self {
        Self(serde_json::value::to_raw_value(text).expect("a string is always valid JSON"))
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for RawMember {
    /// Compares the JSON texts.
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for RawMember {}
