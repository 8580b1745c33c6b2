//! Exit codes of the process. `docs/configuration.md` lists them; scripts may rely on them.

use std::process::ExitCode;

use chinampa_jobs::objects::ObjectsError;
use chinampa_jobs::with_causes;
use chinampa_node::post_mortem::PostMortemError;

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
    /// Files of the process cannot be read or written: a full disk, another process that holds them.
    Storage = 5,
    /// L1, or the node that a command calls, does not answer.
    Unreachable = 6,
    /// An epoch is not proven.
    NotProven = 7,
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
    /// Files of the prover node cannot be used.
    #[error("{0}")]
    Storage(String),
    /// L1 does not answer as it should.
    #[error("{0}")]
    L1(String),
    /// Keys cannot be used.
    #[error("{}", with_causes(_0))]
    Keys(chinampa_node::keys::KeyError),
    /// The data of a failed epoch cannot be used.
    #[error("{}", with_causes(_0))]
    PostMortem(PostMortemError),
    /// A failed epoch cannot be run again, or comes out otherwise.
    #[error(transparent)]
    Rerun(crate::rerun::RerunError),
    /// An epoch that was waited for is not proven.
    #[error("epoch {epoch} is {state}{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NotProven {
        /// The epoch.
        epoch: u64,
        /// Its state.
        state: String,
        /// Why.
        reason: Option<String>,
    },
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
    /// The RabbitMQ server that is configured for agents is none.
    #[error("agent.amqp: {0}")]
    Amqp(chinampa_agent::AmqpUrlError),
    /// The metadata service that is configured is none.
    #[error(transparent)]
    Spot(chinampa_agent::spot::ProbeError),
    /// The circuits are not there.
    #[error(
        "{0}; set agent.circuits to the npm package @aztec/noir-protocol-circuits-types 4.1.2 or its files"
    )]
    Circuits(chinampa_circuits::ArtifactError),
    /// bb is not there.
    #[error("real proofs need bb 4.1.2; set bb.binary_path, put it into PATH, or use --proofs simulated")]
    NoBb,
    /// There is no reference string.
    #[error(
        "our own prover needs a reference string; chinampa srs fetch --log2 24 gets one, or set bb.crs_path"
    )]
    NoSrs,
    /// The processor lacks instructions that are asked for.
    #[error("prover.arithmetic: {0}")]
    Arithmetic(chinampa_kernels::backend::BackendError),
    /// A way to prove cannot be set up.
    #[error(transparent)]
    Backend(chinampa_agent::ProveError),
    /// The reference string cannot be used.
    #[error(transparent)]
    Srs(chinampa_agent::srs::SrsError),
    /// A program cannot be executed.
    #[error(transparent)]
    Execute(crate::execute::ExecuteError),
    /// A native proof, key or circuit cannot be made.
    #[error(transparent)]
    Honk(crate::honk::HonkError),
    /// There is no proof of a program that was submitted.
    #[error(transparent)]
    Program(#[from] crate::operate::ProgramError),
    /// A proof does not verify.
    #[error(transparent)]
    Verify(crate::honk::VerifyError),
    /// A bundle cannot be run again.
    #[error(transparent)]
    Replay(crate::replay::ReplayError),
    /// A proof store that node and agents cannot use.
    #[error("prover.proof_store: {0}")]
    ProofStore(chinampa_jobs::objects::ObjectsError),
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
        Self::Node(with_causes(&error))
    }

    /// A failure of the node's files.
    pub(crate) fn storage(error: impl std::error::Error) -> Self {
        Self::Storage(with_causes(&error))
    }

    /// A failure of L1.
    pub(crate) fn l1(error: impl std::error::Error) -> Self {
        Self::L1(with_causes(&error))
    }

    /// What ended the node.
    pub(crate) fn service(error: chinampa_node::service::ServiceError) -> Self {
        match error.code() {
            "storage" | "leader-lock" => Self::storage(error),
            _ => Self::node(error),
        }
    }

    /// The code that stands for this failure.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Missing { .. } | Self::Keys(_) | Self::Amqp(_) | Self::Spot(_) => {
                Exit::Config
            }
            Self::Storage(_) => Exit::Storage,
            Self::L1(_) | Self::Broker(chinampa_jobs::agent::ClientError::Unreachable(_)) => {
                Exit::Unreachable
            }
            Self::NotProven { .. } => Exit::NotProven,
            // The reader of a pipe may stop early, as `head` does; that is no failure of ours.
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
            Self::PostMortem(PostMortemError::Objects(ObjectsError::Url { .. })) => Exit::MissingDependency,
            Self::Circuits(_) | Self::ProofStore(_) | Self::NoBb | Self::NoSrs => Exit::MissingDependency,
            Self::Output(_)
            | Self::Inspect(_)
            | Self::Start(_)
            | Self::Port { .. }
            | Self::JobStore(_)
            | Self::Payloads(_)
            | Self::Agent(_)
            | Self::Node(_)
            | Self::Srs(_)
            | Self::Arithmetic(_)
            | Self::Backend(_)
            | Self::Execute(_)
            | Self::Honk(_)
            | Self::Program(_)
            | Self::Verify(_)
            | Self::Replay(_)
            | Self::PostMortem(_)
            | Self::Rerun(_)
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
        let codes = [
            Exit::Success,
            Exit::Failure,
            Exit::Usage,
            Exit::Config,
            Exit::MissingDependency,
            Exit::Storage,
            Exit::Unreachable,
            Exit::NotProven,
        ];
        for code in codes {
            assert!(DOCUMENTATION.contains(&format!("\n| {} | ", code as u8)), "{code:?}");
        }
        let rows = DOCUMENTATION.lines().filter_map(|line| line.strip_prefix("| "));
        let rows = rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit()));
        assert_eq!(rows.count(), codes.len(), "and no other");
    }
}
