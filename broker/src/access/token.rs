//! Tokens: `chp_ID_SECRET`. The broker keeps the SHA-256 of the whole text, never the text. A secret has 256 random
//! bits, so that no slow hash is needed.

use std::fmt::Write as _;

use chinampa_jobs::agent::AgentId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::role::Role;

const START: &str = "chp_";
const ID_LEN: usize = 6;
const SECRET_LEN: usize = 32;

/// A token as the broker keeps it, or a client certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRecord {
    /// Whose it is, for people.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// The only agent that it may speak for, if there is such a limit.
    pub agent: Option<AgentId>,
    /// SHA-256 of the token, or of the certificate, in hex.
    pub sha256: String,
    /// When it was made, milliseconds since 1970.
    pub created_ms: i64,
}

/// Why there is no new token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl TokenRecord {
    /// Makes a token. Returns its id, the token itself, which nobody can get again, and what to keep.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn make(
        name: String,
        role: Role,
        agent: Option<AgentId>,
        created_ms: i64,
    ) -> Result<(String, String, Self), TokenError> {
        let (id, secret) = (random_hex(ID_LEN)?, random_hex(SECRET_LEN)?);
        let token = format!("{START}{id}_{secret}");
        let record = Self { name, role, agent, sha256: hash_hex(&token), created_ms };
        Ok((id, token, record))
    }
}

/// Random bytes, in hex.
pub(crate) fn random_hex(len: usize) -> Result<String, TokenError> {
    let mut bytes = vec![0; len];
    getrandom::fill(&mut bytes).map_err(|error| TokenError::Random(error.to_string()))?;
    Ok(hex(&bytes))
}

/// The id in a token, if it looks like one.
pub(super) fn id_of(token: &str) -> Option<&str> {
    token.strip_prefix(START)?.split_once('_').map(|(id, _)| id)
}

/// SHA-256 of a text, in hex.
pub fn hash_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Compares in a time that does not depend on where texts of equal length differ.
pub(super) fn is_equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}
