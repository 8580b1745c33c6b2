//! The routes under `/v1`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::NodeApi;
use super::guard::Admin;
use crate::archiver::Tips;
use crate::service::{StartError, StartOptions};

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"code": self.code, "message": self.message}))).into_response()
    }
}

impl From<StartError> for Refusal {
    fn from(error: StartError) -> Self {
        let status = match error {
            StartError::Empty { .. } | StartError::Unknown { .. } => StatusCode::NOT_FOUND,
            StartError::Late { .. } => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.code(), error.to_string())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct StartBody {
    again: bool,
    as_it_is: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PauseBody {
    reason: String,
}

pub(super) fn routes() -> Router<NodeApi> {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/tips", get(tips))
        .route("/v1/epochs", get(epochs))
        .route("/v1/epochs/{epoch}", get(epoch))
        .route("/v1/epochs/{epoch}/start", post(start))
        .route("/v1/epochs/{epoch}/retry", post(retry))
        .route("/v1/epochs/{epoch}/cancel", post(cancel))
        .route("/v1/submission/pause", post(pause))
        .route("/v1/submission/resume", post(resume))
}

pub(super) fn tips_json(tips: &Tips) -> Value {
    let Tips { l1, pending, proven, finalized } = *tips;
    json!({
        "l1": {"number": l1.number, "hash": l1.hash, "timestamp": l1.timestamp_s},
        "pending": pending,
        "proven": proven,
        "finalized": finalized,
    })
}

async fn status(State(api): State<NodeApi>) -> Json<Value> {
    let operator = &api.operator;
    Json(json!({
        "tips": tips_json(&operator.tips()),
        "sync": operator.board().sync_fault(),
        "leader": operator.is_leader(),
        "submissionPaused": operator.pause_reason(),
        "proofs": api.proofs,
    }))
}

async fn tips(State(api): State<NodeApi>) -> Json<Value> {
    Json(tips_json(&api.operator.tips()))
}

async fn epochs(State(api): State<NodeApi>) -> Json<Value> {
    Json(json!({"proofs": api.proofs, "epochs": api.operator.board().epochs()}))
}

async fn epoch(State(api): State<NodeApi>, Path(epoch): Path<u64>) -> Result<Json<Value>, Refusal> {
    let detail = api.operator.board().epoch(epoch).ok_or(StartError::Unknown { epoch })?;
    Ok(Json(json!(detail)))
}

async fn start(
    _: Admin,
    State(api): State<NodeApi>,
    Path(epoch): Path<u64>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let StartBody { again, as_it_is } = read(&body)?;
    api.operator.start(epoch, StartOptions { again, as_it_is })?;
    Ok(Json(json!({"epoch": epoch})))
}

async fn retry(_: Admin, State(api): State<NodeApi>, Path(epoch): Path<u64>) -> Result<Json<Value>, Refusal> {
    api.operator.start(epoch, StartOptions { again: true, as_it_is: false })?;
    Ok(Json(json!({"epoch": epoch})))
}

async fn cancel(
    _: Admin,
    State(api): State<NodeApi>,
    Path(epoch): Path<u64>,
) -> Result<Json<Value>, Refusal> {
    api.operator.cancel(epoch)?;
    Ok(Json(json!({"epoch": epoch})))
}

async fn pause(_: Admin, State(api): State<NodeApi>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let PauseBody { reason } = read(&body)?;
    api.operator.pause(Some(if reason.is_empty() { "an operator said so".to_owned() } else { reason }));
    Ok(Json(json!({"submissionPaused": api.operator.pause_reason()})))
}

async fn resume(_: Admin, State(api): State<NodeApi>) -> Json<Value> {
    api.operator.pause(None);
    Json(json!({"submissionPaused": Value::Null}))
}

/// A body, where no body is one without members.
fn read<T: Default + DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "bad-request", error.to_string()))
}
