//! Calls of the wire as events of the queue, and outcomes as results of the wire.

use axum::http::HeaderMap;
use chinampa_jobs::rpc::{Call, CallResult, HttpReply, Reply, RequestBody, RpcError};
use chinampa_jobs::trace::{TRACEPARENT, TraceContext};
use chinampa_jobs::{Assignment, JobFilter, JobId, ProvingJob};
use futures_util::future::try_join_all;

use super::payloads::{self, NotTaken};
use super::routes::App;
use crate::access::{AccessError, Caller, Permission};
use crate::engine::EngineError;
use crate::payload::PayloadError;
use crate::queue::{Event, Outcome, Refusal};
use crate::verifier::VerifyError;
use crate::worker::{Answer, Stopped};

/// Why a body gets no JSON-RPC reply: the client should ask again, as Aztec's clients do after status 503.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unavailable {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("{0}")]
    Store(String),
    /// A client of the broker has sent a method that only agents have.
    #[error("the broker has no agents")]
    NoAgents,
    #[error(transparent)]
    Denied(#[from] AccessError),
}

/// Answers every request of a body, in order. Jobs in it are a part of `trace`, if there is one.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    body: RequestBody,
    trace: Option<TraceContext>,
) -> Result<HttpReply, Unavailable> {
    let broker = &app.broker;
    let mut taken = Vec::with_capacity(body.requests().len());
    for request in body.requests() {
        if let Ok(call) = &request.call {
            caller.check(permission(call))?;
            taken.push(take(app, event(call.clone(), trace)?));
        }
    }
    // Payloads of a batch are written at the same time.
    let taken: Vec<_> = try_join_all(taken).await?;
    let events: Vec<_> = taken.iter().filter_map(|taken| taken.as_ref().ok()).cloned().collect();
    let mut answers = if events.is_empty() { Vec::new() } else { broker.call(events).await? }.into_iter();
    let mut taken = taken.into_iter();
    let mut replies: Vec<Reply> = Vec::with_capacity(body.requests().len());
    for request in body.requests() {
        let outcome = match &request.call {
            Err(error) => Err(error.clone()),
            Ok(call) => match taken.next().ok_or(Stopped)? {
                Err(error) => Err(payloads::refusal(&error)),
                Ok(_) => {
                    let answer = answers.next().ok_or(Stopped)?;
                    result(payloads::give_out(app, asked_about(call), answer).await?)?
                }
            },
        };
        replies.push(request.reply(outcome));
    }
    Ok(body.respond(&replies))
}

/// An event as the queue takes it, or why there is no room for it.
async fn take(app: &App, event: Event) -> Result<Result<Event, PayloadError>, Unavailable> {
    match payloads::take_in(app, verified(app, event).await?).await {
        Ok(event) => Ok(Ok(event)),
        Err(NotTaken::Refused(error)) => Ok(Err(error)),
        Err(NotTaken::Unavailable(error)) => Err(error),
    }
}

/// The job whose status is asked.
fn asked_about(call: &Call) -> Option<&JobId> {
    match call {
        Call::EnqueueProvingJob(job) | Call::ReplayProvingJob(job) => Some(&job.id),
        Call::GetProvingJobStatus(id) => Some(id),
        _ => None,
    }
}

/// What a call needs. Nothing here says whom a caller speaks for: Aztec's callers have no names.
fn permission(call: &Call) -> Permission {
    match call {
        Call::EnqueueProvingJob(_)
        | Call::GetProvingJobStatus(_)
        | Call::CancelProvingJob(_)
        | Call::GetCompletedJobs(_)
        | Call::ReplayProvingJob(_) => Permission::Produce,
        Call::GetProvingJob(_)
        | Call::ReportProvingJobError { .. }
        | Call::ReportProvingJobProgress { .. }
        | Call::ReportProvingJobSuccess { .. }
        | Call::AgentGetStatus { .. } => Permission::Prove,
    }
}

/// Turns a result that is none into a failure.
async fn verified(app: &App, event: Event) -> Result<Event, Unavailable> {
    let (Some(verifier), Event::Succeed { id, value, filter }) = (&app.verifier, &event) else {
        return Ok(event);
    };
    let asked = id.clone();
    let Some(job) = app.broker.look(move |queue| queue.proving_job(&asked)).await?.flatten() else {
        return Ok(event);
    };
    let job = payloads::whole(app, job).await.map_err(|error| Unavailable::Store(error.to_string()))?;
    Ok(match verifier.verify(&job, value).await {
        Ok(()) => event,
        Err(VerifyError::Invalid(reason)) => {
            Event::Fail { id: id.clone(), reason, retry: true, filter: filter.clone() }
        }
        Err(error @ VerifyError::Unavailable(_)) => return Err(Unavailable::Store(error.to_string())),
    })
}

/// The header `traceparent`, if there is exactly one that can be read.
pub(super) fn trace(headers: &HeaderMap) -> Option<TraceContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let (value, other) = (values.next()?, values.next());
    other.is_none().then(|| value.to_str().ok()?.parse().ok())?
}

/// The event that adds a job.
pub(super) fn enqueue(job: ProvingJob, trace: Option<TraceContext>) -> Event {
    match trace {
        None => Event::Enqueue(job),
        Some(trace) => Event::EnqueueInTrace(job, trace),
    }
}

fn event(call: Call, trace: Option<TraceContext>) -> Result<Event, Unavailable> {
    let all = Option::<JobFilter>::unwrap_or_default;
    Ok(match call {
        Call::EnqueueProvingJob(job) => enqueue(job, trace),
        Call::GetProvingJobStatus(id) => Event::Status(id),
        Call::CancelProvingJob(id) => Event::Cancel(id),
        Call::GetCompletedJobs(ids) => Event::Completed(ids),
        Call::GetProvingJob(filter) => Event::Claim(all(filter)),
        Call::ReportProvingJobError { id, error, retry, filter } => {
            Event::Fail { id, reason: error, retry: retry.unwrap_or(false), filter: all(filter) }
        }
        Call::ReportProvingJobProgress { id, started_at, filter } => {
            Event::Progress { id, started_at, filter: all(filter) }
        }
        Call::ReportProvingJobSuccess { id, value, filter } => {
            Event::Succeed { id, value, filter: all(filter) }
        }
        Call::ReplayProvingJob(job) => Event::Replay(job),
        Call::AgentGetStatus { .. } => return Err(Unavailable::NoAgents),
    })
}

fn result(answer: Answer) -> Result<Result<CallResult, RpcError>, Unavailable> {
    match answer {
        Ok(
            Outcome::Done
            | Outcome::Taken(..)
            | Outcome::Beaten(_)
            | Outcome::Reported(_)
            | Outcome::Released(_),
        ) => Ok(Ok(CallResult::Void)),
        Ok(Outcome::Status(status)) => Ok(Ok(CallResult::Status(status))),
        Ok(Outcome::Completed(ids)) => Ok(Ok(CallResult::CompletedJobs(ids))),
        Ok(Outcome::Assignment(assigned)) => {
            let assignment = assigned.map(|assigned| Assignment { job: assigned.job, time: assigned.time });
            Ok(Ok(CallResult::Assignment(assignment)))
        }
        Err(EngineError::Refused(refusal)) => Ok(Err(match refusal {
            Refusal::DuplicateId => RpcError::duplicate_job(),
            Refusal::EpochTooOld { job, newest } => RpcError::epoch_too_old(job, newest),
            Refusal::Full { .. }
            | Refusal::ProgramOfEpoch { .. }
            | Refusal::TooManyEpochs { .. }
            | Refusal::TooManyAgents { .. } => RpcError::handler(refusal.to_string()),
        })),
        Err(error @ EngineError::Store(_)) => Err(Unavailable::Store(error.to_string())),
    }
}
