//! Calls of the wire as events of the queue, and outcomes as results of the wire.

use chinampa_jobs::rpc::{Call, CallResult, HttpReply, Reply, RequestBody, RpcError};
use chinampa_jobs::{Assignment, JobFilter};

use crate::engine::EngineError;
use crate::queue::{Event, Outcome, Refusal};
use crate::worker::{Answer, Broker, Stopped};

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
}

/// Answers every request of a body, in order.
pub(super) async fn answer(broker: &Broker, body: RequestBody) -> Result<HttpReply, Unavailable> {
    let mut events = Vec::with_capacity(body.requests().len());
    for request in body.requests() {
        if let Ok(call) = &request.call {
            events.push(event(call.clone())?);
        }
    }
    let mut answers = if events.is_empty() { Vec::new() } else { broker.call(events).await? }.into_iter();
    let mut replies: Vec<Reply> = Vec::with_capacity(body.requests().len());
    for request in body.requests() {
        let outcome = match &request.call {
            Err(error) => Err(error.clone()),
            Ok(_) => result(answers.next().ok_or(Stopped)?)?,
        };
        replies.push(request.reply(outcome));
    }
    Ok(body.respond(&replies))
}

fn event(call: Call) -> Result<Event, Unavailable> {
    let all = Option::<JobFilter>::unwrap_or_default;
    Ok(match call {
        Call::EnqueueProvingJob(job) => Event::Enqueue(job),
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
            Refusal::Full { .. } | Refusal::TooManyEpochs { .. } | Refusal::TooManyAgents { .. } => {
                RpcError::handler(refusal.to_string())
            }
        })),
        Err(error @ EngineError::Store(_)) => Err(Unavailable::Store(error.to_string())),
    }
}
