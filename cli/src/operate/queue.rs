//! `chinampa queue ...`

use chinampa_jobs::agent::Method;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::Target;
use super::call::{Call, Operate, change, escape, get};

/// `chinampa queue ...`
#[derive(Debug, Args)]
pub(crate) struct Queue {
    #[command(subcommand)]
    command: QueueCommand,
    #[command(flatten)]
    target: Target,
}

/// What a pause is about: everything, unless one of these says otherwise.
#[derive(Debug, Args)]
struct Scope {
    /// Only jobs of this type, such as PUBLIC_VM.
    #[arg(long = "type", conflicts_with = "epoch")]
    request_type: Option<String>,
    /// Only jobs of this epoch.
    #[arg(long)]
    epoch: Option<u64>,
}

impl Scope {
    fn body(self) -> Map<String, Value> {
        let mut body = Map::new();
        body.extend(self.request_type.map(|kind| ("requestType".to_owned(), kind.into())));
        body.extend(self.epoch.map(|epoch| ("epoch".to_owned(), epoch.into())));
        body
    }
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// Shows how many jobs of each type wait and run.
    Show,
    /// Hands out no jobs.
    Pause {
        #[command(flatten)]
        scope: Scope,
        /// Why, for people.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Ends a pause.
    Resume {
        #[command(flatten)]
        scope: Scope,
    },
    /// Chooses the order of hand-outs.
    Policy {
        /// Aztec's fixed order, or by the time that is left until the deadline.
        #[arg(value_parser = ["aztec", "slack"])]
        policy: String,
    },
    /// Says what jobs of a type need of an agent; nothing takes it back.
    Needs {
        /// The type, such as CHECKPOINT_ROOT_ROLLUP.
        request_type: String,
        /// Main memory, in bytes.
        #[arg(long, default_value_t = 0)]
        ram_bytes: u64,
        /// Device memory, in bytes.
        #[arg(long, default_value_t = 0)]
        vram_bytes: u64,
        /// Words that the agent must have.
        #[arg(long = "tag")]
        tags: Vec<String>,
    },
    /// Sets deadline and priority of an epoch.
    Epoch {
        /// The epoch.
        epoch: u64,
        /// When it should be proven, milliseconds since 1970.
        #[arg(long)]
        deadline_ms: Option<i64>,
        /// Higher goes first; 0 is normal.
        #[arg(long, allow_negative_numbers = true)]
        priority: Option<i8>,
    },
    /// Forgets an epoch and its jobs, for example one with a wrong number.
    DropEpoch {
        /// The epoch.
        epoch: u64,
    },
    /// Lists settled jobs in order.
    Completions {
        /// Go on here: the `cursor` of the page before.
        #[arg(long, default_value_t = 0)]
        cursor: u64,
    },
}

impl Operate for Queue {
    fn call(self) -> (Target, Call) {
        let call = match self.command {
            QueueCommand::Show => get("/v1/queue")
                .columns("types", &["requestType", "waiting", "running", "paused", "durationMs"]),
            QueueCommand::Pause { scope, reason } => {
                let mut body = scope.body();
                body.insert("reason".to_owned(), reason.into());
                change(Method::POST, "/v1/queue/pause", Some(body.into()))
            }
            QueueCommand::Resume { scope } => {
                change(Method::POST, "/v1/queue/resume", Some(scope.body().into()))
            }
            QueueCommand::Policy { policy } => {
                change(Method::PUT, "/v1/queue/policy", Some(json!({ "policy": policy })))
            }
            QueueCommand::Needs { request_type, ram_bytes, vram_bytes, tags } => {
                let body = json!({ "ramBytes": ram_bytes, "vramBytes": vram_bytes, "tags": tags });
                change(Method::PUT, format!("/v1/types/{}/needs", escape(&request_type)), Some(body))
            }
            QueueCommand::Epoch { epoch, deadline_ms, priority } => {
                let body = json!({ "deadlineMs": deadline_ms, "priority": priority });
                change(Method::PUT, format!("/v1/epochs/{epoch}"), Some(body))
            }
            QueueCommand::DropEpoch { epoch } => change(Method::DELETE, format!("/v1/epochs/{epoch}"), None),
            QueueCommand::Completions { cursor } => {
                get(format!("/v1/completions?limit=10000&cursor={cursor}"))
            }
        };
        (self.target, call)
    }
}
