//! Bytes of a message.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Content type of JSON messages.
pub const JSON_CONTENT_TYPE: &str = "application/json";
/// Content type of binary messages.
pub const BINCODE_CONTENT_TYPE: &str = "application/x-chinampa-bincode";
/// First byte of every binary message. Another layout gets another number.
pub const BINCODE_VERSION: u8 = 1;

/// Most bytes that a binary message may make a reader allocate.
const MAX_DECODED_LEN: usize = 96 << 20;

/// How a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WireFormat {
    /// Text.
    #[default]
    Json,
    /// [`BINCODE_VERSION`] and bincode 2, standard configuration.
    Bincode,
}

/// Why a message cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A content type that is neither.
    #[error("content type {actual:?} is neither {JSON_CONTENT_TYPE} nor {BINCODE_CONTENT_TYPE}")]
    ContentType {
        /// What was said.
        actual: String,
    },
    /// Text that is not this message.
    #[error("message is not readable as JSON: {0}")]
    Json(String),
    /// Bytes that are not this message.
    #[error("message is not readable as bincode: {0}")]
    Bincode(String),
    /// A binary message of another layout.
    #[error("message has layout {actual:?}, expected {BINCODE_VERSION}")]
    Version {
        /// Its first byte; none if there is no byte.
        actual: Option<u8>,
    },
    /// Bytes after the message.
    #[error("message ends at byte {expected}, {actual} were there")]
    Length {
        /// Bytes of the message.
        expected: usize,
        /// Bytes found.
        actual: usize,
    },
}

impl WireFormat {
    /// The format of a `Content-Type`; parameters after a semicolon do not count.
    ///
    /// # Errors
    /// [`WireError::ContentType`]
    pub fn of(content_type: &str) -> Result<Self, WireError> {
        let name = content_type.split(';').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case(JSON_CONTENT_TYPE) {
            Ok(Self::Json)
        } else if name.eq_ignore_ascii_case(BINCODE_CONTENT_TYPE) {
            Ok(Self::Bincode)
        } else {
            Err(WireError::ContentType { actual: name.chars().take(64).collect() })
        }
    }

    /// Its `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => JSON_CONTENT_TYPE,
            Self::Bincode => BINCODE_CONTENT_TYPE,
        }
    }

    /// Writes a message.
    ///
    /// # Errors
    /// [`WireError`], for values that the format cannot express; messages of this module are none
    pub fn encode(self, message: &impl Serialize) -> Result<Vec<u8>, WireError> {
        match self {
            Self::Json => serde_json::to_vec(message).map_err(|error| WireError::Json(error.to_string())),
            Self::Bincode => {
                let mut bytes = vec![BINCODE_VERSION];
                bincode::serde::encode_into_std_write(message, &mut bytes, bincode::config::standard())
                    .map_err(|error| WireError::Bincode(error.to_string()))?;
                Ok(bytes)
            }
        }
    }

    /// Reads a message, which must be all there is.
    ///
    /// # Errors
    /// [`WireError`]
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, WireError> {
        match self {
            Self::Json => serde_json::from_slice(bytes).map_err(|error| WireError::Json(error.to_string())),
            Self::Bincode => {
                let body = match bytes.split_first() {
                    Some((&BINCODE_VERSION, body)) => body,
                    first => return Err(WireError::Version { actual: first.map(|(version, _)| *version) }),
                };
                let config = bincode::config::standard().with_limit::<MAX_DECODED_LEN>();
                let (message, len) = bincode::serde::decode_from_slice(body, config)
                    .map_err(|error| WireError::Bincode(error.to_string()))?;
                if len == body.len() {
                    Ok(message)
                } else {
                    Err(WireError::Length { expected: 1 + len, actual: bytes.len() })
                }
            }
        }
    }
}
