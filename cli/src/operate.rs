//! `chinampa jobs`, `agents`, `queue` and `access`: what the broker's API does, from the command line. Each command is
//! one call; its reply is printed as a table, or whole with `--json`.

pub(crate) mod table;

use chinampa_jobs::agent::{AgentClient, Method, WireFormat};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::exit::Error;
use crate::output;

/// Which broker, and how the answer is printed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Target {
    /// The broker.
    #[arg(long, global = true, env = "CHINAMPA_BROKER_URL", default_value = "http://127.0.0.1:8080")]
    broker: String,
    /// A token that the broker knows.
    #[arg(long, global = true, env = "CHINAMPA_BROKER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print the broker's answer as one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

/// A call and what of its reply is shown.
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    /// Member of the reply that is a list, and the members of its entries that are columns.
    columns: Option<(&'static str, &'static [&'static str])>,
}

/// A command that is a call.
pub(crate) trait Operate {
    /// Where it goes, and what it is.
    fn call(self) -> (Target, Call);
}

fn get(path: impl Into<String>) -> Call {
    Call { method: Method::GET, path: path.into(), body: None, columns: None }
}

fn change(method: Method, path: impl Into<String>, body: Option<Value>) -> Call {
    Call { method, path: path.into(), body, columns: None }
}

impl Call {
    fn columns(mut self, list: &'static str, columns: &'static [&'static str]) -> Self {
        self.columns = Some((list, columns));
        self
    }
}

/// Makes the call and prints the answer.
pub(crate) fn run(command: impl Operate) -> Result<(), Error> {
    let (target, call) = command.call();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let reply = runtime.block_on(async {
        let client = AgentClient::new(&target.broker, target.token.as_deref(), WireFormat::Json)?;
        client.administer(call.method, &call.path, call.body.as_ref()).await
    })?;
    match call.columns {
        Some((list, columns)) if !target.json => Ok(output::text(&table::render(&reply, list, columns))?),
        _ => Ok(output::json(&reply)?),
    }
}

/// `chinampa jobs ...` of a broker.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Lists jobs in order of epochs.
    List {
        /// Only this type, such as ROOT_ROLLUP.
        #[arg(long = "type")]
        request_type: Option<String>,
        /// Only this epoch.
        #[arg(long)]
        epoch: Option<u64>,
        /// Only this state: waiting, running, quarantined, fulfilled, rejected, cancelled.
        #[arg(long)]
        state: Option<String>,
        /// Go on behind a page: its `next`.
        #[arg(long)]
        after: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        target: Target,
    },
    /// Shows a job: who works on it, how far it is, what went wrong.
    Show(OneJob),
    /// Runs a rejected, cancelled or quarantined job again.
    Retry(OneJob),
    /// Gives a job up; it runs again if it is enqueued again.
    Cancel(OneJob),
    /// Puts a job aside.
    Quarantine(OneJob),
    /// Puts a quarantined job back in line.
    Release(OneJob),
    /// Lets a job go before or behind others.
    Priority {
        #[command(flatten)]
        job: OneJob,
        /// Higher goes first; 0 is normal.
        #[arg(allow_negative_numbers = true)]
        priority: i8,
    },
}

/// A job of a broker.
#[derive(Debug, Args)]
pub(crate) struct OneJob {
    /// Its id.
    id: String,
    #[command(flatten)]
    target: Target,
}

impl OneJob {
    fn path(&self, end: &str) -> String {
        format!("/v1/jobs/{}{end}", escape(&self.id))
    }

    fn change(self, end: &str) -> (Target, Call) {
        let call = change(Method::POST, self.path(end), None);
        (self.target, call)
    }
}

impl Operate for JobsCommand {
    fn call(self) -> (Target, Call) {
        match self {
            Self::List { request_type, epoch, state, after, limit, target } => {
                let epoch = epoch.map(|epoch| epoch.to_string());
                let pairs = [("type", request_type), ("epoch", epoch), ("state", state), ("after", after)];
                let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
                let query: String =
                    pairs.map(|(name, value)| format!("&{name}={}", escape(&value))).collect();
                let columns =
                    &["id", "epoch", "requestType", "state", "holder.agent", "holder.progress.phase"];
                (target, get(format!("/v1/jobs?limit={limit}{query}")).columns("jobs", columns))
            }
            Self::Show(job) => {
                let call = get(job.path(""));
                (job.target, call)
            }
            Self::Retry(job) => job.change("/retry"),
            Self::Cancel(job) => job.change("/cancel"),
            Self::Quarantine(job) => job.change("/quarantine"),
            Self::Release(job) => job.change("/release"),
            Self::Priority { job, priority } => {
                let call = change(Method::PUT, job.path("/priority"), Some(json!({ "priority": priority })));
                (job.target, call)
            }
        }
    }
}

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

/// A text as a segment of a path or a value of a query.
fn escape(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}
