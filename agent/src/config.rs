//! What an agent process is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_jobs::objects::ProofObjects;
use chinampa_jobs::otlp::TraceConfig;
use chinampa_jobs::{BrokerAccess, RequestType};

use crate::amqp::AmqpWaking;
use crate::backend::Backend;
use crate::link::{LinkError, Protocol};
use crate::metrics::AgentMetrics;
use crate::session::{ReleaseCause, SessionConfig};

/// Settings of all agents of a process.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Name of the process, unique in its farm; agents are told apart by a number behind it.
    pub name: String,
    /// The broker, as `http://` or `https://`.
    pub broker_url: String,
    /// How to speak with it.
    pub protocol: Protocol,
    /// What the broker asks of its clients.
    pub access: BrokerAccess,
    /// RabbitMQ that says when jobs wait; without it, agents wait at the broker.
    pub amqp: Option<AmqpWaking>,
    /// Agents in this process; each proves one job at a time.
    pub count: usize,
    /// Timing of each.
    pub session: SessionConfig,
    /// Types to take; empty takes all that a backend can prove.
    pub request_types: Vec<RequestType>,
    /// Where results go.
    pub proof_store: ProofObjects,
    /// Where failed jobs leave a bundle, if anywhere.
    pub failure_folder: Option<PathBuf>,
    /// Memory for the jobs of all agents together, in bytes.
    pub ram_bytes: u64,
    /// Threads that the jobs of all agents together may keep busy.
    pub threads: usize,
    /// Time for a drain that the broker asks for.
    pub drain_budget: Duration,
    /// Ways to prove, best first.
    pub backends: Vec<Arc<dyn Backend>>,
    /// Where spans go, if anywhere.
    pub traces: Option<TraceConfig>,
    /// Where it is counted what the agents do.
    pub metrics: Arc<AgentMetrics>,
}

/// Take no more jobs, and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainNotice {
    /// When the process must have ended.
    pub deadline: Instant,
    /// Why.
    pub cause: ReleaseCause,
}

/// Why agents do not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The name cannot be an agent's.
    #[error("{0}")]
    Name(chinampa_jobs::Error),
    /// The broker's address cannot be used.
    #[error(transparent)]
    Broker(#[from] LinkError),
    /// No backend can prove any of the types that are wanted.
    #[error("nothing to offer: no proof backend of this machine can prove what is asked for")]
    NothingToOffer,
    /// The thread that speaks with the broker does not start.
    #[error("cannot start: {0}")]
    Start(#[from] std::io::Error),
}
