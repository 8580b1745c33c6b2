//! The text of a proof URI and what it says.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::inline;
use super::object::ObjectLocation;
use crate::error::{Error, check_len};
use crate::limits::MAX_URI_LEN;

const FIELD: &str = "proof URI";

/// A proof URI as it travels: any text of at most [`MAX_URI_LEN`] bytes. Cheap to clone.
///
/// Brokers accept texts that are no URI at all, as Aztec's does; [`ProofUri::location`] reads the known forms.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProofUri(Arc<str>);

/// What a proof URI says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofLocation<'a> {
    /// The object is in the URI; the payload is its JSON, percent-encoded.
    Inline(InlinePayload<'a>),
    /// The object is in a store.
    Object(ObjectLocation<'a>),
}

/// Percent-encoded JSON of an inline URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InlinePayload<'a>(&'a str);

impl InlinePayload<'_> {
    /// The JSON text.
    ///
    /// # Errors
    /// [`Error::UriEscape`], [`Error::Utf8`]
    pub fn decode(&self) -> Result<String, Error> {
        inline::decode_payload(self.0)
    }
}

impl ProofUri {
    /// The inline URI of a JSON text, character for character as Aztec writes it.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn inline(json: &str) -> Result<Self, Error> {
        check_len(FIELD, MAX_URI_LEN, json.len())?;
        inline::encode(json).parse()
    }

    /// The URI as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the object is.
    ///
    /// # Errors
    /// [`Error::UriPrefix`], [`Error::Missing`], [`Error::UnsafePath`]
    pub fn location(&self) -> Result<ProofLocation<'_>, Error> {
        if self.0.starts_with("data:") {
            inline::payload(&self.0).map(|payload| ProofLocation::Inline(InlinePayload(payload)))
        } else {
            ObjectLocation::parse(&self.0).map(ProofLocation::Object)
        }
    }

    /// The JSON text of an inline URI.
    ///
    /// # Errors
    /// [`Error::UriPrefix`] if it is no inline URI, [`Error::Missing`], [`Error::UriEscape`], [`Error::Utf8`]
    pub fn inline_json(&self) -> Result<String, Error> {
        inline::decode_payload(inline::payload(&self.0)?)
    }
}

impl FromStr for ProofUri {
    type Err = Error;

    /// # Errors
    /// [`Error::TooLong`]
    fn from_str(text: &str) -> Result<Self, Error> {
        check_len(FIELD, MAX_URI_LEN, text.len())?;
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ProofUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProofUri {
    /// Cuts long inline URIs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = self.0.chars().take(96).collect();
        let rest = self.0.len() - start.len();
        if rest == 0 {
            write!(f, "ProofUri({start:?})")
        } else {
            write!(f, "ProofUri({start:?} and {rest} bytes)")
        }
    }
}

impl Serialize for ProofUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ProofUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
