//! `chinampa jobs`, `agents`, `queue` and `access`: what the broker's API does, from the command line. Most commands are
//! one call; its reply is printed as a table, or whole with `--json`.

mod access;
mod agents;
mod call;
mod events;
mod jobs;
mod program;
mod queue;
pub(crate) mod table;

use std::path::PathBuf;

use chinampa_jobs::agent::{AgentClient, WireFormat};
use chinampa_jobs::{BrokerAccess, TlsFiles};
use clap::Args;

pub(crate) use access::Access;
pub(crate) use agents::Agents;
pub(crate) use call::Operate;
pub(crate) use events::Events;
pub(crate) use jobs::JobsCommand;
pub(crate) use program::{Fetch, ProgramError, Submit};
pub(crate) use queue::Queue;

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
    /// Authorities that sign the broker's certificate, PEM, instead of the public ones.
    #[arg(long, global = true, env = "CHINAMPA_BROKER_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A certificate that the broker knows, PEM, instead of a token.
    #[arg(
        long,
        global = true,
        env = "CHINAMPA_BROKER_CERTIFICATE_FILE",
        value_name = "FILE",
        requires = "key_file"
    )]
    certificate_file: Option<PathBuf>,
    /// The certificate's key, PEM.
    #[arg(long, global = true, env = "CHINAMPA_BROKER_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Print the broker's answer as one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

impl Target {
    fn client(self) -> Result<AgentClient, Error> {
        let tls =
            TlsFiles { authorities: self.ca_file, certificate: self.certificate_file, key: self.key_file };
        let access = BrokerAccess { token: self.token, tls };
        Ok(AgentClient::new(&self.broker, &access, WireFormat::Json)?)
    }
}

/// Talks with a broker until that is done.
fn block_on<T>(target: Target, talk: impl AsyncFnOnce(AgentClient) -> Result<T, Error>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(async { talk(target.client()?).await })
}

/// Makes the call and prints the answer.
pub(crate) fn run(command: impl Operate) -> Result<(), Error> {
    let (target, call) = command.call();
    let is_json = target.json;
    let reply = block_on(target, async |client| {
        Ok(client.administer(call.method, &call.path, call.body.as_ref()).await?)
    })?;
    match call.columns {
        Some((list, columns)) if !is_json => Ok(output::text(&table::render(&reply, list, columns))?),
        _ => Ok(output::json(&reply)?),
    }
}
