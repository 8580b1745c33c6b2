//! `chinampa epochs`: what a prover node does, from the command line. Each command is one call of the node's API; its
//! reply is printed as a table, or whole with `--json`.

use std::time::{Duration, Instant};

use chinampa_jobs::BrokerAccess;
use chinampa_jobs::agent::{AgentClient, ClientError, Method, WireFormat};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::exit::Error;
use crate::operate::table;
use crate::output;

/// Time between two looks at an epoch that is waited for.
const PAUSE: Duration = Duration::from_millis(500);

/// `chinampa epochs ...`
#[derive(Debug, Args)]
pub(crate) struct Epochs {
    #[command(subcommand)]
    command: EpochsCommand,
    #[command(flatten)]
    target: Target,
}

/// Which node, and how the answer is printed.
#[derive(Clone, Debug, Args)]
struct Target {
    /// The node.
    #[arg(long, global = true, env = "CHINAMPA_NODE_URL", default_value = "http://127.0.0.1:8080")]
    node: String,
    /// The administration key of the node.
    #[arg(long, global = true, env = "CHINAMPA_NODE_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Print the node's answer as one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum EpochsCommand {
    /// Lists open epochs and those that ended last.
    List,
    /// Shows an epoch: its jobs by type, and what failed.
    Show {
        /// The epoch.
        epoch: u64,
    },
    /// Says how far L1 is followed, and whether the node proves and submits.
    Status,
    /// Proves an epoch whatever the order is, also one that others have proven.
    Start {
        /// The epoch.
        epoch: u64,
        /// End with the newest checkpoint although more may come.
        #[arg(long)]
        as_it_is: bool,
    },
    /// Begins an epoch anew.
    Retry {
        /// The epoch.
        epoch: u64,
    },
    /// Leaves an epoch alone until it is started again.
    Cancel {
        /// The epoch.
        epoch: u64,
    },
    /// Waits until an epoch is proven. Exits with 7 if it will not be, or not in time.
    Wait {
        /// The epoch.
        epoch: u64,
        /// Longest time, in seconds.
        #[arg(long, default_value_t = 3600)]
        timeout_s: u64,
    },
    /// Keeps proofs back; they are made and wait.
    Pause {
        /// Why, for people.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Lets proofs go again.
    Resume,
}

/// Makes the call and prints the answer.
pub(crate) fn run(command: Epochs) -> Result<(), Error> {
    let Epochs { command, target } = command;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let client =
        AgentClient::new(&target.node, &BrokerAccess::with_token(target.key.as_deref()), WireFormat::Json)?;
    let call = |method: Method, path: String, body: Option<Value>| {
        runtime.block_on(client.administer(method, &path, body.as_ref()))
    };
    let get = |path: String| call(Method::GET, path, None);
    let reply = match command {
        EpochsCommand::List => return list(&get("/v1/epochs".to_owned())?, target.json),
        EpochsCommand::Show { epoch } => get(format!("/v1/epochs/{epoch}"))?,
        EpochsCommand::Status => get("/v1/status".to_owned())?,
        EpochsCommand::Start { epoch, as_it_is } => {
            call(Method::POST, format!("/v1/epochs/{epoch}/start"), Some(json!({"asItIs": as_it_is})))?
        }
        EpochsCommand::Retry { epoch } => call(Method::POST, format!("/v1/epochs/{epoch}/retry"), None)?,
        EpochsCommand::Cancel { epoch } => call(Method::POST, format!("/v1/epochs/{epoch}/cancel"), None)?,
        EpochsCommand::Wait { epoch, timeout_s } => {
            wait(epoch, Duration::from_secs(timeout_s), || get(format!("/v1/epochs/{epoch}")))?
        }
        EpochsCommand::Pause { reason } => {
            call(Method::POST, "/v1/submission/pause".to_owned(), Some(json!({ "reason": reason })))?
        }
        EpochsCommand::Resume => call(Method::POST, "/v1/submission/resume".to_owned(), None)?,
    };
    Ok(output::json(&reply)?)
}

fn list(reply: &Value, is_json: bool) -> Result<(), Error> {
    if is_json {
        return Ok(output::json(reply)?);
    }
    let columns =
        ["epoch", "state", "firstCheckpoint", "checkpoints", "txs", "jobsDone", "jobsPending", "errorCode"];
    Ok(output::text(&table::render(reply, "epochs", &columns))?)
}

/// Looks at an epoch until it has ended. One that the node has not opened yet is waited for.
fn wait(
    epoch: u64,
    timeout: Duration,
    look: impl Fn() -> Result<Value, ClientError>,
) -> Result<Value, Error> {
    let begun = Instant::now();
    loop {
        let reply = match look() {
            Ok(reply) => reply,
            Err(ClientError::Refused { status: 404, .. }) => json!({"state": "not opened"}),
            Err(error) => return Err(error.into()),
        };
        let state = reply["state"].as_str().unwrap_or_default().to_owned();
        if state == "completed" {
            return Ok(reply);
        }
        // A failed one is tried again by the node.
        let has_ended = matches!(state.as_str(), "timed-out" | "stopped");
        if has_ended || begun.elapsed() >= timeout {
            let reason = reply["error"].as_str().map(str::to_owned);
            return Err(Error::NotProven { epoch, state, reason });
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_from_a_pause() {
        let ended = |state: &str| json!({"state": state, "error": "why"});
        assert!(wait(1, Duration::ZERO, || Ok(ended("completed"))).is_ok());
        for state in ["timed-out", "stopped", "failed"] {
            let outcome = wait(1, Duration::ZERO, || Ok(ended(state)));
            let Err(Error::NotProven { epoch: 1, state: said, reason }) = outcome else { panic!("{state}") };
            assert_eq!((said.as_str(), reason.as_deref()), (state, Some("why")));
        }
        let missing = ClientError::Unreachable("gone".to_owned());
        let outcome = wait(1, Duration::MAX, || Err(missing.clone()));
        assert!(matches!(outcome, Err(Error::Broker(ClientError::Unreachable(_)))));
    }
}
