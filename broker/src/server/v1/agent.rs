//! The agent protocol.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use chinampa_jobs::ProofUri;
use chinampa_jobs::agent::{
    AgentId, BeatRequest, ClaimReply, ClaimRequest, Claimed, FailureClass, Instruction, JobOutcome,
    MAX_BEAT_JOBS, ReleaseReason, ReleaseRequest, SettleRequest, Settled, WireFormat,
};
use chinampa_jobs::trace::TRACEPARENT;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{App, Call, Refused};
use crate::queue::{Assigned, Event, Outcome};
use crate::server::payloads;
use crate::trace::of_attempt;
use crate::verifier::VerifyError;

pub(super) async fn claim(app: &App, call: Call) -> Result<Response<Body>, Refused> {
    let (format, request) = read::<ClaimRequest>(&call)?;
    call.caller.check_agent(&request.agent)?;
    request.offer.check().map_err(|error| Refused::Bad(error.to_string()))?;
    let agent = request.agent.clone();
    let mut stopping = app.stopping.clone();
    let (assigned, instruction) = tokio::select! {
        answer = app.broker.claim(request) => answer??,
        _ = stopping.wait_for(|is_stopping| *is_stopping) => (None, Instruction::default()),
    };
    let mut trace = None;
    let claimed = match assigned {
        None => None,
        Some(assigned) => {
            let Some(assigned) = with_inputs(app, &agent, assigned).await? else {
                return write(format, &ClaimReply { claimed: None, instruction });
            };
            let epoch = assigned.job.epoch_number;
            let id = assigned.job.id.clone();
            let known =
                app.broker.look(move |queue| (queue.settings().deadline(epoch), queue.trace(&id))).await?;
            let (deadline_ms, producer) = known.unwrap_or_default();
            trace = Some(of_attempt(&assigned.job.id, assigned.attempt.0, producer));
            Some(Claimed {
                job: assigned.job,
                attempt: assigned.attempt.0,
                lease_ms: app.broker.config().queue.job_timeout_ms,
                time_ms: assigned.time.0,
                deadline_ms,
            })
        }
    };
    let mut response = write(format, &ClaimReply { claimed, instruction })?;
    if let Some(Ok(value)) = trace.map(|trace| HeaderValue::from_str(&trace.to_string())) {
        response.headers_mut().insert(TRACEPARENT, value);
    }
    Ok(response)
}

/// The job with its inputs as they came; none if they are lost. If they cannot be read now, the job is handed back.
async fn with_inputs(app: &App, agent: &AgentId, assigned: Assigned) -> Result<Option<Assigned>, Refused> {
    let id = assigned.job.id.clone();
    match payloads::whole(app, assigned.job.clone()).await {
        Ok(job) => Ok(Some(Assigned { job, ..assigned })),
        Err(error) if error.is_lost() => {
            payloads::give_up(app, id, &error).await?;
            Ok(None)
        }
        Err(error) => {
            let (attempt, reason) = (assigned.attempt.0, ReleaseReason::Other);
            one(app, Event::Release(ReleaseRequest { agent: agent.clone(), id, attempt, reason })).await?;
            Err(Refused::Unavailable(error.to_string()))
        }
    }
}

pub(super) async fn beat(app: &App, call: Call) -> Result<Response<Body>, Refused> {
    let (format, request) = read::<BeatRequest>(&call)?;
    call.caller.check_agent(&request.agent)?;
    if request.jobs.len() > MAX_BEAT_JOBS {
        let actual = request.jobs.len();
        return Err(Refused::Bad(format!("{actual} jobs in a heartbeat, at most {MAX_BEAT_JOBS}")));
    }
    match one(app, Event::Beat(request)).await? {
        Outcome::Beaten(reply) => write(format, &reply),
        _ => Err(unexpected()),
    }
}

pub(super) async fn settle(app: &App, call: Call) -> Result<Response<Body>, Refused> {
    let (format, mut request) = read::<SettleRequest>(&call)?;
    call.caller.check_agent(&request.agent)?;
    let invalid = match &request.outcome {
        JobOutcome::Success { value } => verify(app, &request, value).await?,
        JobOutcome::Failure { .. } => None,
    };
    let is_invalid = invalid.is_some();
    if let Some(reason) = invalid {
        let class = FailureClass::JobError;
        request.outcome = JobOutcome::Failure { class, reason, retry: true };
    }
    if let JobOutcome::Success { value } = &mut request.outcome {
        *value = payloads::keep_result(app, &request.id, value.clone()).await?;
    }
    match one(app, Event::Report(request)).await? {
        Outcome::Reported(mut reply) => {
            if is_invalid {
                reply.settled = Settled::Invalid;
            }
            write(format, &reply)
        }
        _ => Err(unexpected()),
    }
}

/// Why a result is not one, if it is not.
async fn verify(app: &App, request: &SettleRequest, value: &ProofUri) -> Result<Option<String>, Refused> {
    let Some(verifier) = app.verifier.as_ref().filter(|_| !app.trusts_own_agents) else { return Ok(None) };
    let id = request.id.clone();
    let job = app.broker.look(move |queue| queue.proving_job(&id)).await?;
    let Some(job) = job.flatten() else { return Ok(None) };
    let job = payloads::whole(app, job).await;
    let job = job.map_err(|error| Refused::Unavailable(error.to_string()))?;
    match verifier.verify(&job, value).await {
        Ok(()) => Ok(None),
        Err(VerifyError::Invalid(reason)) => Ok(Some(reason)),
        Err(error @ VerifyError::Unavailable(_)) => Err(Refused::Unavailable(error.to_string())),
    }
}

pub(super) async fn release(app: &App, call: Call) -> Result<Response<Body>, Refused> {
    let (format, request) = read::<ReleaseRequest>(&call)?;
    call.caller.check_agent(&request.agent)?;
    match one(app, Event::Release(request)).await? {
        Outcome::Released(reply) => write(format, &reply),
        _ => Err(unexpected()),
    }
}

/// The outcome of one event.
pub(super) async fn one(app: &App, event: Event) -> Result<Outcome, Refused> {
    let answers = app.broker.call(vec![event]).await?;
    let answer = answers.into_iter().next().ok_or_else(unexpected)?;
    Ok(answer?)
}

pub(super) fn unexpected() -> Refused {
    Refused::Unavailable("the broker's answer is not one to this call".to_owned())
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<(WireFormat, T), Refused> {
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let format = WireFormat::of(content_type.unwrap_or_default())?;
    Ok((format, format.decode(&call.body)?))
}

fn write(format: WireFormat, reply: &impl Serialize) -> Result<Response<Body>, Refused> {
    let mut response = Response::new(format.encode(reply)?.into());
    let content_type = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    Ok(response)
}
