//! What producers do over our own API: they enqueue jobs and fetch their results. Aztec's do it over JSON-RPC.

use axum::body::Body;
use axum::http::Response;
use chinampa_jobs::{JobId, JobStatus, ProvingJob};
use serde_json::json;

use super::agent::{one, unexpected};
use super::{App, Call, Refused, json as reply};
use crate::queue::{Event, Outcome};
use crate::server::calls;
use crate::server::payloads::{give_out, take_in};

/// Adds a job; answers its status before.
pub(super) async fn enqueue(app: &App, call: &Call) -> Result<Response<Body>, Refused> {
    let job: ProvingJob = serde_json::from_slice(&call.body)
        .map_err(|error| Refused::Bad(format!("body is not readable: {error}")))?;
    let event = take_in(app, calls::enqueue(job, calls::trace(&call.headers))).await?;
    match one(app, event).await? {
        Outcome::Status(before) => Ok(reply(&json!({ "before": before }))),
        _ => Err(unexpected()),
    }
}

/// Aztec's status of a job, with all of its result.
pub(super) async fn status(app: &App, call: &Call) -> Result<Response<Body>, Refused> {
    let id: JobId = call.argument.parse().map_err(|_| Refused::Bad("this is no job id".to_owned()))?;
    let answer = one(app, Event::Status(id.clone())).await?;
    let answer = give_out(app, Some(&id), Ok(answer)).await?;
    match answer? {
        Outcome::Status(JobStatus::NotFound) => Err(Refused::NotFound("job")),
        Outcome::Status(status) => Ok(reply(&status)),
        _ => Err(unexpected()),
    }
}
