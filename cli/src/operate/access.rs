//! `chinampa access ...`

use chinampa_jobs::agent::Method;
use clap::{Args, Subcommand};
use serde_json::json;

use super::Target;
use super::call::{Call, Operate, change, escape, get};

/// `chinampa access ...`
#[derive(Debug, Args)]
pub(crate) struct Access {
    #[command(subcommand)]
    command: AccessCommand,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum AccessCommand {
    /// Lists tokens, without secrets.
    List,
    /// Makes a token and prints it, once.
    Give {
        /// Whose it is, for people.
        name: String,
        /// What its holder may do.
        #[arg(value_parser = ["agent", "node", "viewer", "operator", "admin"])]
        role: String,
        /// The only agent that it may speak for.
        #[arg(long)]
        agent: Option<String>,
    },
    /// Revokes a token at once.
    Revoke {
        /// Its id.
        id: String,
    },
    /// Shows who changed what, newest first.
    Audit,
}

impl Operate for Access {
    fn call(self) -> (Target, Call) {
        let call = match self.command {
            AccessCommand::List => get("/v1/tokens"),
            AccessCommand::Give { name, role, agent } => change(
                Method::POST,
                "/v1/tokens",
                Some(json!({ "name": name, "role": role, "agent": agent })),
            ),
            AccessCommand::Revoke { id } => {
                change(Method::DELETE, format!("/v1/tokens/{}", escape(&id)), None)
            }
            AccessCommand::Audit => get("/v1/audit?limit=1000")
                .columns("entries", &["timeMs", "caller", "role", "operation", "detail", "status"]),
        };
        (self.target, call)
    }
}
