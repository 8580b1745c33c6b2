//! The node's HTTP side: Aztec's `prover` namespace over JSON-RPC at `/`, health, counters, and administration.
//!
//! | path | what |
//! |---|---|
//! | `POST /` | `prover_getJobs`, `prover_startProof`, `prover_getL2Tips`, `prover_getWorldStateSyncStatus`, one call or a batch |
//! | `GET /status`, `/healthz` | 200 while the process runs |
//! | `GET /readyz` | 200 while L1 is followed |
//! | `GET /metrics` | counters as OpenMetrics text |
//! | `GET /v1/status` | L1, tips, what is wrong, whether this node proves and submits |
//! | `GET /v1/tips` | how far the chain is known |
//! | `GET /v1/epochs` | every open epoch and the last ended ones |
//! | `GET /v1/epochs/N` | one of them with its jobs by type and what failed |
//! | `POST /v1/epochs/N/start` | proves it whatever the order is; `{"again", "asItIs"}` |
//! | `POST /v1/epochs/N/retry` | the same from its beginning |
//! | `POST /v1/epochs/N/cancel` | leaves it alone |
//! | `POST /v1/submission/pause`, `/resume` | keeps proofs back, or no longer; `{"reason"}` |
//!
//! Changes are taken from callers that show the administration key (`Authorization: Bearer` or `x-api-key`) if one is
//! configured, and otherwise from this machine only. A refusal is `{"code", "message"}` with a status from 400 on.
//!
//! # Source
//! Aztec 4.1.2 `stdlib/src/interfaces/prover-node.ts`.

mod admin;
mod guard;
mod rpc;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chinampa_protocol::tree::WorldState;
use tokio::net::TcpListener;

use crate::archiver::ArchiverStore;
use crate::metrics::METRICS_CONTENT_TYPE;
use crate::service::{Operator, ProverNode};
use crate::state::RedbTrees;

/// Longest body that is read; no call has large arguments.
const BODY_LEN_MAX: usize = 1 << 20;

/// What the server answers from.
#[derive(Clone, Debug)]
pub struct NodeApi {
    operator: Operator,
    store: Arc<ArchiverStore>,
    world: Arc<WorldState<RedbTrees>>,
    /// Shown with every epoch. The node itself cannot tell what its agents make.
    proofs: &'static str,
    /// SHA-256 of the administration key, in lower-case hexadecimal.
    key_sha256: Option<Arc<str>>,
}

impl NodeApi {
    /// The API of a running node. `proofs` says what kind of proofs the farm makes, `simulated` or `real`; `key_sha256` is
    /// the SHA-256 of the administration key in hexadecimal.
    pub fn new(
        node: &ProverNode,
        store: Arc<ArchiverStore>,
        world: Arc<WorldState<RedbTrees>>,
        proofs: &'static str,
        key_sha256: Option<&str>,
    ) -> Self {
        let key_sha256 = key_sha256.map(|hash| hash.to_ascii_lowercase().into());
        Self { operator: node.operator().clone(), store, world, proofs, key_sha256 }
    }

    /// Serves until the listener fails.
    ///
    /// # Errors
    /// What the listener fails with.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let router = Router::new()
            .route("/", post(rpc::rpc))
            .route("/status", get(|| async { StatusCode::OK }))
            .route("/healthz", get(|| async { StatusCode::OK }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .merge(admin::routes())
            .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
            .with_state(self);
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
    }
}

/// Answers that the process runs and is not ready, until it is dropped.
///
/// # Errors
/// What the listener fails with.
pub async fn serve_standby(listener: TcpListener) -> std::io::Result<()> {
    let router = Router::new()
        .route("/status", get(|| async { StatusCode::OK }))
        .route("/healthz", get(|| async { StatusCode::OK }))
        .fallback(|| async { StatusCode::SERVICE_UNAVAILABLE });
    axum::serve(listener, router).await
}

async fn ready(State(api): State<NodeApi>) -> StatusCode {
    let is_ready = api.operator.tips().l1.number > 0 && api.operator.board().sync_fault().is_none();
    if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn metrics(State(api): State<NodeApi>) -> Response {
    let NodeApi { operator, .. } = &api;
    let (board, is_paused) = (operator.board(), operator.pause_reason().is_some());
    board.metrics().look(&board.epochs(), operator.tips(), is_paused, operator.is_leader());
    ([(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)], board.metrics().to_text()).into_response()
}
