//! `chinampa agents ...`

use chinampa_jobs::agent::Method;
use clap::{Args, Subcommand};
use serde_json::json;

use super::Target;
use super::call::{Call, Operate, change, escape, get};

/// `chinampa agents ...`
#[derive(Debug, Args)]
pub(crate) struct Agents {
    #[command(subcommand)]
    command: AgentsCommand,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum AgentsCommand {
    /// Lists agents by name.
    List,
    /// Tells an agent to take no more jobs.
    Quiet {
        /// Its name.
        id: String,
        /// Why, for people.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Tells an agent to finish what it has and end.
    Drain {
        /// Its name.
        id: String,
        /// Why, for people.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Lets an agent work again, also one in quarantine.
    Resume {
        /// Its name.
        id: String,
    },
}

impl Operate for Agents {
    fn call(self) -> (Target, Call) {
        let tell = |id: &str, what: &str, reason: String| {
            change(
                Method::POST,
                format!("/v1/agents/{}/{what}", escape(id)),
                Some(json!({ "reason": reason })),
            )
        };
        let call = match self.command {
            AgentsCommand::List => get("/v1/agents?limit=10000")
                .columns("agents", &["id", "version", "held", "proven", "failed", "directive", "reason"]),
            AgentsCommand::Quiet { id, reason } => tell(&id, "quiet", reason),
            AgentsCommand::Drain { id, reason } => tell(&id, "drain", reason),
            AgentsCommand::Resume { id } => {
                change(Method::POST, format!("/v1/agents/{}/resume", escape(&id)), None)
            }
        };
        (self.target, call)
    }
}
