//! Why bytes, text or JSON are not what they should be.

use std::fmt;

/// Kind of a JSON value, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// `"..."`
    String,
    /// `1`, `-2.5e3`
    Number,
    /// `true`, `false`
    Boolean,
    /// `null`
    Null,
    /// `[...]`
    Array,
    /// `{...}`
    Object,
}

impl JsonKind {
    /// The name JavaScript tools use for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value of the job contract could not be decoded or built.
///
/// `field` names what was being read, offsets are in bytes from the start of the decoded object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text that must not be empty is.
    #[error("{field} is empty")]
    Empty {
        /// What was being read.
        field: &'static str,
    },
    /// A size limit of [`crate::limits`] is exceeded.
    #[error("{field} has {actual} bytes, at most {limit} are allowed")]
    TooLong {
        /// What was being read.
        field: &'static str,
        /// Largest accepted length in bytes.
        limit: usize,
        /// Length found, in bytes.
        actual: usize,
    },
    /// The bytes end inside a field.
    #[error("{field} at offset {offset} needs {expected} bytes, {actual} are left")]
    Truncated {
        /// What was being read.
        field: &'static str,
        /// Where the field starts.
        offset: usize,
        /// Bytes the field needs.
        expected: u64,
        /// Bytes that are left.
        actual: usize,
    },
    /// A binary form of another version.
    #[error("{field} are of version {actual}, expected {expected}")]
    Version {
        /// What was being read.
        field: &'static str,
        /// The version that is read.
        expected: u8,
        /// Version found.
        actual: u8,
    },
    /// A proof has the wrong number of field elements.
    #[error("expected proof length {expected}, got {actual}")]
    ProofLength {
        /// Field elements that a proof of this request type has.
        expected: usize,
        /// Field elements announced.
        actual: usize,
    },
    /// A part of fixed size has another one.
    #[error("{field} has {actual} bytes, expected {expected}")]
    Length {
        /// What was being read.
        field: &'static str,
        /// Its size in bytes.
        expected: usize,
        /// Bytes found.
        actual: usize,
    },
    /// A request type number or name that Aztec 4.1.2 does not have.
    #[error("{field}: unrecognized proof type {actual}")]
    UnknownRequestType {
        /// What was being read.
        field: &'static str,
        /// The number or the start of the name.
        actual: String,
    },
    /// The request type is not the one that was asked for, or has no such payload.
    #[error("unexpected proof type {actual}, expected {expected}")]
    UnexpectedRequestType {
        /// What was wanted.
        expected: String,
        /// What was there.
        actual: String,
    },
    /// An epoch number above [`crate::MAX_EPOCH_NUMBER`].
    #[error("epoch number {actual} is above {limit}")]
    EpochTooLarge {
        /// Largest epoch number.
        limit: u64,
        /// Number found.
        actual: u64,
    },
    /// Text that is not UTF-8.
    #[error("{field} is not UTF-8 at offset {offset}")]
    Utf8 {
        /// What was being read.
        field: &'static str,
        /// First byte that does not belong.
        offset: usize,
    },
    /// Text that is not JSON.
    #[error("{field} is not JSON at line {line} column {column}: {reason}")]
    Json {
        /// What was being read.
        field: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at a line start.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// A JSON value of the wrong kind.
    #[error("{field}: expected {expected}, found {actual}")]
    WrongKind {
        /// What was being read.
        field: &'static str,
        /// What was wanted.
        expected: &'static str,
        /// What was there.
        actual: JsonKind,
    },
    /// A required JSON member is absent.
    #[error("{field} is missing")]
    Missing {
        /// The member, with its path.
        field: &'static str,
    },
    /// Text that is not standard base64 with padding.
    #[error("{field} is not base64 at offset {offset}: {reason}")]
    Base64 {
        /// What was being read.
        field: &'static str,
        /// Offset in the base64 text.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A URI that starts like none of the known ones.
    #[error("proof URI starts with {actual:?}, expected {expected}")]
    UriPrefix {
        /// The accepted starts.
        expected: &'static str,
        /// Start of the text found.
        actual: String,
    },
    /// A percent sign that is not followed by two hex digits.
    #[error("proof URI has a malformed escape at offset {offset}: {actual:?}")]
    UriEscape {
        /// Offset in the encoded payload.
        offset: usize,
        /// The characters there.
        actual: String,
    },
    /// An object path or a job id that could leave its folder, or that is not a plain path.
    #[error("{field} has an unusable path segment {actual:?} at offset {offset}")]
    UnsafePath {
        /// What was being read.
        field: &'static str,
        /// Offset of the segment.
        offset: usize,
        /// Start of the segment.
        actual: String,
    },
}

impl Error {
    /// The error for a text that `serde_json` refused.
    pub(crate) fn json(field: &'static str, error: &serde_json::Error) -> Self {
        Self::Json { field, line: error.line(), column: error.column(), reason: error.to_string() }
    }
}

/// At most the first 64 characters of `text`, so that messages stay small whatever was sent.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Refuses lengths above `limit`.
pub(crate) fn check_len(field: &'static str, limit: usize, actual: usize) -> Result<(), Error> {
    if actual > limit { Err(Error::TooLong { field, limit, actual }) } else { Ok(()) }
}
