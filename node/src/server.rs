//! The node's HTTP side: Aztec's `prover` namespace over JSON-RPC at `/`, health, and the epochs as JSON.
//!
//! | path | what |
//! |---|---|
//! | `POST /` | `prover_getJobs`, `prover_getL2Tips`, `prover_getWorldStateSyncStatus`, one call or a batch |
//! | `GET /status`, `/healthz` | 200 while the process runs |
//! | `GET /readyz` | 200 once L1 has been followed to its head |
//! | `GET /v1/epochs` | every open epoch and the last ended ones |
//! | `GET /v1/tips` | how far the chain is known |
//!
//! # Source
//! Aztec 4.1.2 `stdlib/src/interfaces/prover-node.ts`.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use chinampa_protocol::tree::WorldState;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::archiver::{ArchiverStore, Tips};
use crate::service::{ProverNode, StatusBoard};
use crate::state::RedbTrees;

/// Longest body that is read; no call has large arguments.
const BODY_LEN_MAX: usize = 1 << 20;
/// Most calls of a batch.
const BATCH_MAX: usize = 100;

/// What the server answers from.
#[derive(Clone, Debug)]
pub struct NodeApi {
    tips: watch::Receiver<Tips>,
    board: StatusBoard,
    store: Arc<ArchiverStore>,
    world: Arc<WorldState<RedbTrees>>,
    /// Shown with every epoch. The node itself cannot tell what its agents make.
    proofs: &'static str,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    method: String,
}

impl NodeApi {
    /// The API of a running node. `proofs` says what kind of proofs the farm makes, `simulated` or `real`.
    pub fn new(
        node: &ProverNode,
        store: Arc<ArchiverStore>,
        world: Arc<WorldState<RedbTrees>>,
        proofs: &'static str,
    ) -> Self {
        Self { tips: node.tips(), board: node.board(), store, world, proofs }
    }

    /// Serves until the listener fails.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let router = Router::new()
            .route("/", post(rpc))
            .route("/status", get(|| async { StatusCode::OK }))
            .route("/healthz", get(|| async { StatusCode::OK }))
            .route("/readyz", get(ready))
            .route("/v1/epochs", get(epochs))
            .route("/v1/tips", get(tips))
            .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
            .with_state(self);
        axum::serve(listener, router).await
    }

    fn epochs(&self) -> Value {
        json!({"proofs": self.proofs, "epochs": self.board.epochs()})
    }

    fn tips(&self) -> Value {
        let Tips { l1, pending, proven, finalized } = *self.tips.borrow();
        json!({
            "l1": {"number": l1.number, "hash": l1.hash, "timestamp": l1.timestamp_s},
            "pending": pending,
            "proven": proven,
            "finalized": finalized,
        })
    }

    fn call(&self, method: &str) -> Result<Value, (i64, String)> {
        let internal = |error: String| (-32_603, error);
        match method {
            "prover_getJobs" => Ok(self.jobs()),
            "prover_getL2Tips" => self.l2_tips().map_err(|error| internal(error.to_string())),
            "prover_getWorldStateSyncStatus" => self.sync_status().map_err(internal),
            _ => Err((-32_601, format!("Method not found: {method}"))),
        }
    }

    /// Aztec lists jobs until they end.
    fn jobs(&self) -> Value {
        let open = self.board.epochs().into_iter().filter(|epoch| !epoch.state.is_final());
        let job = |epoch: crate::service::EpochStatus| json!({"uuid": format!("epoch-{}", epoch.epoch), "status": epoch.state, "epochNumber": epoch.epoch});
        open.map(job).collect()
    }

    fn l2_tips(&self) -> Result<Value, crate::archiver::ArchiverStoreError> {
        let Tips { pending, proven, finalized, .. } = *self.tips.borrow();
        let tip = |number: u32| -> Result<Value, crate::archiver::ArchiverStoreError> {
            let published = self.store.checkpoint(number)?;
            let checkpoint = published.as_ref().map(|published| published.checkpoint.header.hash());
            let block = published.as_ref().and_then(|published| published.checkpoint.blocks.last());
            Ok(json!({
                "block": {
                    "number": block.map_or(0, |block| block.header.global_variables.block_number),
                    "hash": block.map_or_else(genesis_hash, |block| block.header.hash()),
                },
                "checkpoint": {"number": number, "hash": checkpoint.unwrap_or_default()},
            }))
        };
        let checkpointed = tip(pending)?;
        Ok(json!({
            // Blocks that are proposed and not on L1 are not followed.
            "proposed": checkpointed["block"],
            "checkpointed": checkpointed,
            "proven": tip(proven)?,
            "finalized": tip(finalized)?,
        }))
    }

    fn sync_status(&self) -> Result<Value, String> {
        let status = self.world.status().map_err(|error| error.to_string())?;
        let fork = self.world.fork_at(status.latest).map_err(|error| error.to_string())?;
        let mut fork = fork;
        let hash = fork.leaf_value(chinampa_protocol::tree::TreeId::Archive, u64::from(status.latest));
        Ok(json!({
            "latestBlockNumber": status.latest,
            "latestBlockHash": hash.map_err(|error| error.to_string())?,
            "finalizedBlockNumber": status.finalized,
            "oldestHistoricBlockNumber": status.oldest,
            // All trees are one store, written at once.
            "treesAreSynched": true,
        }))
    }
}

fn genesis_hash() -> chinampa_protocol::Fr {
    chinampa_protocol::constants::GENESIS_BLOCK_HEADER_HASH
}

async fn ready(State(api): State<NodeApi>) -> StatusCode {
    if api.tips.borrow().l1.number > 0 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn epochs(State(api): State<NodeApi>) -> Json<Value> {
    Json(api.epochs())
}

async fn tips(State(api): State<NodeApi>) -> Json<Value> {
    Json(api.tips())
}

async fn rpc(State(api): State<NodeApi>, body: Bytes) -> Response {
    let parsed: Result<Value, _> = serde_json::from_slice(&body);
    match parsed {
        Ok(Value::Array(calls)) if calls.len() > BATCH_MAX => {
            let message = format!("at most {BATCH_MAX} calls in a batch, got {}", calls.len());
            reply(StatusCode::BAD_REQUEST, &failure(&Value::Null, -32_600, &message))
        }
        Ok(Value::Array(calls)) => {
            let replies: Vec<Value> = calls.into_iter().map(|call| answer(&api, call).1).collect();
            reply(StatusCode::OK, &Value::Array(replies))
        }
        Ok(call) => {
            let (status, answer) = answer(&api, call);
            reply(status, &answer)
        }
        Err(error) => reply(StatusCode::BAD_REQUEST, &failure(&Value::Null, -32_700, &error.to_string())),
    }
}

fn reply(status: StatusCode, body: &Value) -> Response {
    (status, Json(body)).into_response()
}

fn failure(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

fn answer(api: &NodeApi, call: Value) -> (StatusCode, Value) {
    let Ok(Call { id, method }) = serde_json::from_value(call) else {
        return (StatusCode::BAD_REQUEST, failure(&Value::Null, -32_600, "not a call"));
    };
    match api.call(&method) {
        Ok(result) => (StatusCode::OK, json!({"jsonrpc": "2.0", "id": id, "result": result})),
        Err((code, message)) => (StatusCode::BAD_REQUEST, failure(&id, code, &message)),
    }
}
