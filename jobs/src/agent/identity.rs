//! Who an agent is, what it has, and what jobs need.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, check_len};
use crate::job::JobFilter;
use crate::request_type::RequestType;

/// The protocol release whose jobs these are.
pub const PROTOCOL_RELEASE: &str = "4.1.2";

const FIELD: &str = "agent id";

/// Name of one agent, unique in its farm and the same over its restarts: 1 to [`AgentId::MAX_LEN`] letters, digits and
/// `-_.:@`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(Arc<str>);

impl AgentId {
    /// Longest id, in bytes.
    pub const MAX_LEN: usize = 128;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AgentId {
    type Err = Error;

    /// # Errors
    /// [`Error::Empty`], [`Error::TooLong`], [`Error::UnsafePath`] for a character that ids do not have
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty { field: FIELD });
        }
        check_len(FIELD, Self::MAX_LEN, text.len())?;
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
        if let Some((offset, bad)) = text.char_indices().find(|(_, c)| !is_allowed(*c)) {
            return Err(Error::UnsafePath { field: FIELD, offset, actual: bad.to_string() });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentId({})", self.0)
    }
}

impl Serialize for AgentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AgentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What an agent can take now. Memory is what it can give to one more job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The accepted request types; empty accepts all that Aztec has.
    pub request_types: Vec<RequestType>,
    /// Main memory, in bytes.
    pub ram_bytes: u64,
    /// Memory of its device, in bytes; 0 without one.
    pub vram_bytes: u64,
    /// Protocol releases that it proves, such as [`PROTOCOL_RELEASE`]; empty is only that one.
    pub protocols: Vec<String>,
    /// Free words that needs may ask for, such as `gpu` or a machine class.
    pub tags: Vec<String>,
}

/// What a job needs of an agent. The default is: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Needs {
    /// Main memory, in bytes.
    pub ram_bytes: u64,
    /// Memory of a device, in bytes.
    pub vram_bytes: u64,
    /// Protocol release; none is [`PROTOCOL_RELEASE`].
    pub protocol: Option<String>,
    /// Words that the agent must have.
    pub tags: Vec<String>,
}

impl Offer {
    /// Most entries in a list.
    pub const MAX_ENTRIES: usize = 64;
    /// Longest word in a list, in bytes.
    pub const MAX_WORD_LEN: usize = 64;

    /// Whether jobs of this type may be handed out.
    pub fn accepts(&self, request_type: RequestType) -> bool {
        match self.request_types.as_slice() {
            [] => request_type.is_aztecs(),
            types => types.contains(&request_type),
        }
    }

    /// Whether it has what a job needs.
    pub fn meets(&self, needs: &Needs) -> bool {
        let wanted = needs.protocol.as_deref().unwrap_or(PROTOCOL_RELEASE);
        let has_protocol = if self.protocols.is_empty() {
            wanted == PROTOCOL_RELEASE
        } else {
            self.protocols.iter().any(|protocol| protocol == wanted)
        };
        has_protocol
            && self.ram_bytes >= needs.ram_bytes
            && self.vram_bytes >= needs.vram_bytes
            && needs.tags.iter().all(|tag| self.tags.contains(tag))
    }

    /// # Errors
    /// [`Error::TooLong`] if a list or a word is
    pub fn check(&self) -> Result<(), Error> {
        check_len("offer request types", Self::MAX_ENTRIES, self.request_types.len())?;
        for words in [&self.protocols, &self.tags] {
            check_len("offer list", Self::MAX_ENTRIES, words.len())?;
            words.iter().try_for_each(|word| check_len("offer word", Self::MAX_WORD_LEN, word.len()))?;
        }
        Ok(())
    }
}

impl From<JobFilter> for Offer {
    /// What a caller without a capability list can take: anything of these types.
    fn from(filter: JobFilter) -> Self {
        Self { request_types: filter.allow_list, ..Self::default() }
    }
}
