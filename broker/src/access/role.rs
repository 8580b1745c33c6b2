//! Roles and what they may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Proves jobs.
    Agent,
    /// Enqueues jobs and waits for their results.
    Node,
    /// Sees everything.
    Viewer,
    /// Sees everything and changes what happens to jobs, epochs and agents.
    Operator,
    /// Does everything, and gives others tokens.
    Admin,
}

/// What a call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Take jobs and report results.
    Prove,
    /// Enqueue and cancel jobs, and ask for their results.
    Produce,
    /// Look.
    View,
    /// Change what happens to jobs, epochs and agents.
    Operate,
    /// Give and revoke tokens, read the audit log.
    Administer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Agent, Self::Node, Self::Viewer, Self::Operator, Self::Admin];

    /// Whether it may do this.
    pub fn has(self, permission: Permission) -> bool {
        use Permission::{Administer, Operate, Produce, Prove, View};
        match self {
            Self::Agent => matches!(permission, Prove),
            Self::Node => matches!(permission, Produce | View),
            Self::Viewer => matches!(permission, View),
            Self::Operator => matches!(permission, View | Operate | Produce),
            Self::Admin => matches!(permission, Prove | Produce | View | Operate | Administer),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Node => "node",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let role = Self::ALL.into_iter().find(|role| role.name() == text);
        role.ok_or_else(|| format!("expected one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}
