//! The HTTP server: Aztec's JSON-RPC on `POST /`, its `/status`, our own API under `/v1`, and `/healthz`, `/readyz`
//! and `/metrics`, all on one port.

mod body;
mod calls;
mod compress;
mod listen;
mod payloads;
mod routes;
mod tls;
mod v1;

use std::time::Duration;

use chinampa_jobs::rpc::RpcLimits;

pub use listen::serve;
pub use tls::{Tls, TlsError};
pub use v1::open_api;

use std::sync::Arc;

use crate::access::{AccessConfig, Audit};
use crate::payload::Payloads;
use crate::verifier::Verifier;

/// Who may call, what is written down about it, who looks at results, and where long ones go.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Who may call.
    pub access: AccessConfig,
    /// Where changes are written down.
    pub audit: Arc<Audit>,
    /// Looks at results before they settle a job; none trusts every agent.
    pub verifier: Option<Arc<dyn Verifier>>,
    /// Only results by Aztec's wire are looked at: agents of our own protocol, which have names and leases, are trusted.
    pub trusts_own_agents: bool,
    /// Where inputs and results go that are too long for the queue; none keeps all of them in the queue.
    pub payloads: Option<Arc<Payloads>>,
    /// Connections are encrypted; none speaks plain HTTP.
    pub tls: Option<Tls>,
}

impl Guard {
    /// Everybody may do everything, and every result is trusted, as in Aztec's broker.
    pub fn open() -> Self {
        let access = AccessConfig { is_open: true, admin_key_sha256: None };
        Self { access, ..Self::default() }
    }
}

/// Settings of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Limits of a request.
    pub limits: RpcLimits,
    /// Serve `replayProvingJob`. `PROVER_BROKER_DEBUG_REPLAY_ENABLED`.
    pub has_replay: bool,
    /// Connections at the same time; others wait to be accepted.
    pub max_connections: usize,
    /// Bytes of request bodies that arrive at the same time; others wait to be read. One body of the longest
    /// allowed kind always fits.
    pub max_buffered_len: usize,
    /// Time in which a request's header must arrive. Node's default.
    pub header_timeout: Duration,
    /// Time in which a request's body must arrive. Node's default for a whole request.
    pub body_timeout: Duration,
    /// How long open requests may take when the server stops.
    pub drain_timeout: Duration,
}

/// Longest body by default. Aztec's is 1 MiB, in which a checkpoint root with inline inputs does not fit; its clients
/// send batches of up to 10 MiB.
pub const DEFAULT_MAX_BODY_LEN: usize = 64 << 20;

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: RpcLimits { max_body_len: DEFAULT_MAX_BODY_LEN, ..RpcLimits::default() },
            has_replay: false,
            max_connections: 16_384,
            max_buffered_len: 512 << 20,
            header_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(300),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
