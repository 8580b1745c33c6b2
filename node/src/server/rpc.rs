//! Aztec's `prover` namespace.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::NodeApi;
use super::guard::may_change;
use crate::archiver::{ArchiverStoreError, Tips};
use crate::service::{EpochStatus, StartOptions};

/// Most calls of a batch.
const BATCH_MAX: usize = 100;

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    method: String,
    #[serde(default)]
    params: Value,
}

impl NodeApi {
    fn call(&self, method: &str, params: &Value, may_change: bool) -> Result<Value, (i64, String)> {
        let internal = |error: String| (-32_603, error);
        match method {
            "prover_getJobs" => Ok(self.jobs()),
            "prover_startProof" if !may_change => {
                Err((-32_001, "the administration key is needed, or a call from this machine".to_owned()))
            }
            "prover_startProof" => self.start_proof(params),
            "prover_getL2Tips" => self.l2_tips().map_err(|error| internal(error.to_string())),
            "prover_getWorldStateSyncStatus" => self.sync_status().map_err(internal),
            _ => Err((-32_601, format!("Method not found: {method}"))),
        }
    }

    /// Aztec lists jobs until they end.
    fn jobs(&self) -> Value {
        let epochs = self.operator.board().epochs();
        let open = epochs.into_iter().filter(|epoch| !epoch.state.is_final());
        let job = |EpochStatus { epoch, state, .. }: EpochStatus| json!({"uuid": format!("epoch-{epoch}"), "status": state, "epochNumber": epoch});
        open.map(job).collect()
    }

    /// Starts a proof of the checkpoints that an epoch has now, complete or not, as Aztec's node does.
    fn start_proof(&self, params: &Value) -> Result<Value, (i64, String)> {
        let epoch = match params.as_array().map(Vec::as_slice) {
            Some([Value::Number(epoch)]) => epoch.as_u64(),
            Some([Value::String(epoch)]) => epoch.parse().ok(),
            _ => None,
        };
        let epoch = epoch.ok_or_else(|| (-32_602, "expected [epoch]".to_owned()))?;
        let options = StartOptions { again: false, as_it_is: true };
        self.operator.start(epoch, options).map_err(|error| (-32_702, error.to_string()))?;
        Ok(Value::Null)
    }

    fn l2_tips(&self) -> Result<Value, ArchiverStoreError> {
        let Tips { pending, proven, finalized, .. } = self.operator.tips();
        let tip = |number: u32| -> Result<Value, ArchiverStoreError> {
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

pub(super) async fn rpc(
    State(api): State<NodeApi>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let may_change = may_change(&headers, Some(peer.ip()), api.key_sha256.as_deref());
    let parsed: Result<Value, _> = serde_json::from_slice(&body);
    match parsed {
        Ok(Value::Array(calls)) if calls.len() > BATCH_MAX => {
            let message = format!("at most {BATCH_MAX} calls in a batch, got {}", calls.len());
            reply(StatusCode::BAD_REQUEST, &failure(&Value::Null, -32_600, &message))
        }
        Ok(Value::Array(calls)) => {
            let replies: Vec<Value> =
                calls.into_iter().map(|call| answer(&api, call, may_change).1).collect();
            reply(StatusCode::OK, &Value::Array(replies))
        }
        Ok(call) => {
            let (status, answer) = answer(&api, call, may_change);
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

fn answer(api: &NodeApi, call: Value, may_change: bool) -> (StatusCode, Value) {
    let Ok(Call { id, method, params }) = serde_json::from_value(call) else {
        return (StatusCode::BAD_REQUEST, failure(&Value::Null, -32_600, "not a call"));
    };
    match api.call(&method, &params, may_change) {
        Ok(result) => (StatusCode::OK, json!({"jsonrpc": "2.0", "id": id, "result": result})),
        Err((code, message)) => (StatusCode::BAD_REQUEST, failure(&id, code, &message)),
    }
}
