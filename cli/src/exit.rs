//! Exit codes of the process. `docs/configuration.md` lists them; scripts may rely on them.

use std::process::ExitCode;

use crate::config::ConfigErrors;
use crate::inspect::InspectError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The command did what it was asked.
    Success = 0,
    /// It failed for a reason that no other code stands for.
    Failure = 1,
    /// The command line is not one that the program has.
    Usage = 2,
    /// A setting is unknown, unreadable or does not fit the others.
    Config = 3,
    /// Something that the command needs is missing from the machine.
    MissingDependency = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// A setting that a part cannot do without.
    #[error("the {what} is not configured; set {setting}")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Where it is set.
        setting: &'static str,
    },
    /// The prover node cannot start or go on.
    #[error("{0}")]
    Node(String),
    /// The machine does not let a server run.
    #[error("cannot start: {0}")]
    Start(#[source] std::io::Error),
    /// The port cannot be listened on.
    #[error("cannot listen on port {port}: {source}")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The job store cannot be used.
    #[error(transparent)]
    JobStore(chinampa_broker::store::StoreError),
    /// Payloads cannot be kept or found.
    #[error("payloads: {0}")]
    Payloads(String),
    /// The agents cannot start.
    #[error(transparent)]
    Agent(chinampa_agent::AgentError),
    /// The circuits are not there.
    #[error(
        "{0}; set agent.circuits to the npm package @aztec/noir-protocol-circuits-types 4.1.2 or its files"
    )]
    Circuits(chinampa_circuits::ArtifactError),
    /// bb is not there.
    #[error("real proofs need bb 4.1.2; set bb.binary_path, put it into PATH, or use --proofs simulated")]
    NoBb,
    /// The reference string cannot be used.
    #[error(transparent)]
    Srs(chinampa_agent::srs::SrsError),
    /// A program cannot be executed.
    #[error(transparent)]
    Execute(crate::execute::ExecuteError),
    /// A bundle cannot be run again.
    #[error(transparent)]
    Replay(crate::replay::ReplayError),
    /// A proof store that agents cannot use.
    #[error("{scheme}:// is no proof store that this program has yet; it has file:// with an absolute path")]
    ProofStore {
        /// Start of its URL.
        scheme: String,
    },
    /// A certificate or its key cannot be used.
    #[error(transparent)]
    Tls(chinampa_broker::server::TlsError),
    /// A broker does not do what it is asked.
    #[error(transparent)]
    Broker(#[from] chinampa_jobs::agent::ClientError),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] std::io::Error),
    /// A job cannot be shown.
    #[error(transparent)]
    Inspect(InspectError),
}

impl From<InspectError> for Error {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Output(error) => Self::Output(error),
            error => Self::Inspect(error),
        }
    }
}

impl Error {
    /// A failure of the node with everything that caused it.
    pub(crate) fn node(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.ends_with(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Self::Node(text)
    }

    /// The code that stands for this failure.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Missing { .. } => Exit::Config,
            // The reader of a pipe may stop early, as `head` does; that is no failure of ours.
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
            Self::Circuits(_) | Self::ProofStore { .. } | Self::NoBb => Exit::MissingDependency,
            Self::Output(_)
            | Self::Inspect(_)
            | Self::Start(_)
            | Self::Port { .. }
            | Self::JobStore(_)
            | Self::Payloads(_)
            | Self::Agent(_)
            | Self::Node(_)
            | Self::Srs(_)
            | Self::Execute(_)
            | Self::Replay(_)
            | Self::Tls(_)
            | Self::Broker(_) => Exit::Failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_code() {
        const DOCUMENTATION: &str = include_str!("../../docs/configuration.md");
        let codes = [Exit::Success, Exit::Failure, Exit::Usage, Exit::Config, Exit::MissingDependency];
        for code in codes {
            assert!(DOCUMENTATION.contains(&format!("\n| {} | ", code as u8)), "{code:?}");
        }
        let rows = DOCUMENTATION.lines().filter_map(|line| line.strip_prefix("| "));
        let rows = rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit()));
        assert_eq!(rows.count(), codes.len(), "and no other");
    }
}
