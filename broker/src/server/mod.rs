//! The HTTP server: Aztec's JSON-RPC on `POST /`, its `/status`, and `/healthz`, `/readyz` and `/metrics`.

mod body;
mod calls;
mod compress;
mod listen;
mod routes;

use std::time::Duration;

use chinampa_jobs::rpc::RpcLimits;

pub use listen::serve;

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
