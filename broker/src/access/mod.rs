//! Who may do what: tokens with roles, hashed where they are kept.

mod audit;
mod role;
mod token;

pub use audit::{Audit, AuditEntry};
pub use role::{Permission, Role};
pub use token::{TokenError, TokenRecord, hash_hex};
pub(crate) use token::{hex, random_hex};

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chinampa_jobs::agent::AgentId;

use crate::queue::Settings;

/// Start of the keys under which the queue keeps tokens.
pub const TOKEN_KEY_PREFIX: &str = "x/token/";

/// A caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Name for the audit log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The only agent that it may speak for, if there is such a limit.
    pub agent: Option<AgentId>,
}

/// How the broker treats callers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessConfig {
    /// Nobody is asked who he is, and everybody may do everything.
    pub is_open: bool,
    /// SHA-256 of the key that makes its holder an administrator, in hex.
    pub admin_key_sha256: Option<String>,
}

/// Why a caller gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// No token, or one that is unknown, wrong or revoked.
    #[error("a valid token is needed: Authorization: Bearer TOKEN")]
    Unauthenticated,
    /// The role may not do this.
    #[error("role {role} may not do this")]
    Forbidden {
        /// The caller's role.
        role: Role,
    },
    /// The token is another agent's.
    #[error("the token belongs to another agent")]
    OtherAgent,
}

/// Tokens in force. The worker replaces them whenever the queue's decisions change, so that a revoked token is refused
/// at its next call.
#[derive(Debug)]
pub struct Access {
    config: AccessConfig,
    tokens: RwLock<Arc<BTreeMap<String, TokenRecord>>>,
}

impl Access {
    /// With no tokens yet.
    pub fn new(config: AccessConfig) -> Self {
        Self { config, tokens: RwLock::default() }
    }

    /// Whether nobody is asked who he is.
    pub fn is_open(&self) -> bool {
        self.config.is_open
    }

    /// Takes over the tokens among the queue's decisions.
    pub fn update(&self, settings: &Settings) {
        let read = |(key, value): (&str, &str)| {
            let id = key.strip_prefix(TOKEN_KEY_PREFIX)?;
            Some((id.to_owned(), serde_json::from_str(value).ok()?))
        };
        let tokens = settings.others(TOKEN_KEY_PREFIX).filter_map(read).collect();
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }

    /// The tokens, without their secrets, which nobody has.
    pub fn tokens(&self) -> Arc<BTreeMap<String, TokenRecord>> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who shows this token.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`]
    pub fn identify(&self, token: Option<&str>) -> Result<Caller, AccessError> {
        if self.config.is_open {
            return Ok(Caller { name: "anybody".to_owned(), role: Role::Admin, agent: None });
        }
        let token = token.ok_or(AccessError::Unauthenticated)?;
        let shown = hash_hex(token);
        if let Some(expected) = &self.config.admin_key_sha256
            && token::is_equal(&shown, &expected.to_ascii_lowercase())
        {
            return Ok(Caller { name: "admin key".to_owned(), role: Role::Admin, agent: None });
        }
        let id = token::id_of(token).ok_or(AccessError::Unauthenticated)?;
        self.known(id, &shown)
    }

    /// Who shows a client certificate with this SHA-256.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`]
    pub fn identify_certificate(&self, sha256_hex: &str) -> Result<Caller, AccessError> {
        self.known(sha256_hex, sha256_hex)
    }

    fn known(&self, id: &str, hash: &str) -> Result<Caller, AccessError> {
        let tokens = self.tokens();
        let record = tokens.get(id).ok_or(AccessError::Unauthenticated)?;
        if !token::is_equal(hash, &record.sha256) {
            return Err(AccessError::Unauthenticated);
        }
        let name = format!("{} ({id})", record.name);
        Ok(Caller { name, role: record.role, agent: record.agent.clone() })
    }
}

impl Caller {
    /// # Errors
    /// [`AccessError::Forbidden`]
    pub fn check(&self, permission: Permission) -> Result<(), AccessError> {
        if self.role.has(permission) { Ok(()) } else { Err(AccessError::Forbidden { role: self.role }) }
    }

    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::OtherAgent`]
    pub fn check_agent(&self, agent: &AgentId) -> Result<(), AccessError> {
        self.check(Permission::Prove)?;
        match &self.agent {
            Some(own) if own != agent => Err(AccessError::OtherAgent),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
