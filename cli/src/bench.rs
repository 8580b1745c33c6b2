//! `chinampa bench broker`: measures a running broker, or how a store takes a large number of waiting jobs.
//! `chinampa bench prove`: measures the native prover beside `bb`.
//!
//! The broker's client is small, so that on one machine the broker gets most of the processors. Every line says what was asked
//! for, so that outputs can be compared.

mod agents;
mod fill;
mod load;
mod prove;
mod quantiles;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::exit::Error;

/// `chinampa bench ...`
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Measures a broker.
    #[command(subcommand)]
    Broker(BrokerBench),
    /// Proves a program of many multiplications natively and with a peer, and compares.
    Prove(prove::ProveBench),
}

#[derive(Debug, Subcommand)]
pub(crate) enum BrokerBench {
    /// Each connection adds a job, takes one and reports its result, over and over.
    Load(Load),
    /// Agents wait for jobs; one job after the other is added, and the time until an agent has it is measured.
    Agents(Agents),
    /// Fills a redb file with waiting jobs, opens it again, and hands some out.
    Fill {
        /// The file, which must not exist yet.
        file: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 1_000_000)]
        jobs: usize,
    },
}

/// Load on one broker or several.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Brokers; connections are spread over them.
    #[arg(required = true)]
    urls: Vec<String>,
    /// Jobs in all.
    #[arg(long, default_value_t = 20_000)]
    jobs: usize,
    /// Connections in all.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Claims and results by Aztec's JSON-RPC, or by our own protocol in bincode. Jobs are always added by JSON-RPC.
    #[arg(long, value_parser = ["rpc", "own"], default_value = "rpc")]
    protocol: String,
    /// A token that the brokers know.
    #[arg(long, env = "CHINAMPA_BROKER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// Agents that wait.
#[derive(Debug, Args)]
pub(crate) struct Agents {
    /// The broker.
    url: String,
    /// How many agents wait at a time.
    #[arg(long, default_value_t = 1_000)]
    agents: usize,
    /// Jobs that are added, one after the other.
    #[arg(long, default_value_t = 2_000)]
    jobs: usize,
    /// Pause between two jobs, in milliseconds.
    #[arg(long, default_value_t = 5)]
    pause_ms: u64,
    /// A token that the broker knows.
    #[arg(long, env = "CHINAMPA_BROKER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// Runs one measurement and prints it.
pub(crate) fn run(command: BenchCommand) -> Result<(), Error> {
    let command = match command {
        BenchCommand::Broker(command) => command,
        BenchCommand::Prove(bench) => return prove::run(&bench),
    };
    match command {
        BrokerBench::Load(load) => load::run(&load),
        BrokerBench::Agents(agents) => agents::run(&agents),
        BrokerBench::Fill { file, jobs } => fill::run(&file, jobs),
    }
}
