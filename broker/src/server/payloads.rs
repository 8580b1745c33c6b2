//! Payloads on their way in and out: what callers send and see are texts, what the queue has are references.

use chinampa_jobs::rpc::{ErrorCode, RpcError};
use chinampa_jobs::{JobId, JobStatus, ProofUri, ProvingJob};
use serde_json::json;
use serde_json::value::to_raw_value;

use super::calls::Unavailable;
use super::routes::App;
use crate::payload::PayloadError;
use crate::queue::{Assigned, Event, Outcome};
use crate::worker::Answer;

/// Why an event does not get to the queue.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// The caller is told, and asks again.
    Unavailable(Unavailable),
    /// There is no room for it.
    Refused(PayloadError),
}

impl From<Unavailable> for NotTaken {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error)
    }
}

impl From<PayloadError> for NotTaken {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Full { .. } => Self::Refused(error),
            error => Self::Unavailable(Unavailable::Store(error.to_string())),
        }
    }
}

/// As the wire has it: callers read the text, programs the code in the data.
pub(super) fn refusal(error: &PayloadError) -> RpcError {
    let mut refusal = RpcError::new(ErrorCode::Handler, error.to_string());
    if let PayloadError::Full { used_bytes, quota_bytes } = error {
        let data =
            json!({ "code": "payload-store-full", "usedBytes": used_bytes, "quotaBytes": quota_bytes });
        refusal.data = to_raw_value(&data).ok();
    }
    refusal
}

/// Turns texts of an event into references.
pub(super) async fn take_in(app: &App, event: Event) -> Result<Event, NotTaken> {
    let Some(payloads) = &app.payloads else { return Ok(event) };
    Ok(match event {
        Event::Enqueue(job) => Event::Enqueue(keep_inputs(app, job).await?),
        Event::EnqueueInTrace(job, trace) => Event::EnqueueInTrace(keep_inputs(app, job).await?, trace),
        Event::Replay(job) => Event::Replay(keep_inputs(app, job).await?),
        Event::Succeed { id, value, filter } if !payloads.stays(&value) => {
            let value = keep_result(app, &id, value).await?;
            Event::Succeed { id, value, filter }
        }
        event => event,
    })
}

async fn keep_inputs(app: &App, mut job: ProvingJob) -> Result<ProvingJob, PayloadError> {
    if let Some(payloads) = &app.payloads {
        job.inputs_uri = payloads.keep_inputs(job.inputs_uri, job.epoch_number).await?;
    }
    Ok(job)
}

/// What the queue keeps of a result. That of a job that is not known, and will change nothing, stays as it is.
pub(super) async fn keep_result(app: &App, id: &JobId, value: ProofUri) -> Result<ProofUri, NotTaken> {
    let Some(payloads) = app.payloads.as_ref().filter(|payloads| !payloads.stays(&value)) else {
        return Ok(value);
    };
    let asked = id.clone();
    let epoch = app.broker.look(move |queue| queue.proving_job(&asked).map(|job| job.epoch_number)).await;
    let Some(epoch) = epoch.map_err(Unavailable::Stopped)?.flatten() else { return Ok(value) };
    Ok(payloads.keep_result(value, epoch).await?)
}

/// The text that a URI of the queue stands for.
pub(super) async fn text(app: &App, uri: ProofUri) -> Result<ProofUri, PayloadError> {
    match &app.payloads {
        Some(payloads) => payloads.text(uri).await,
        None => Ok(uri),
    }
}

/// The job with its inputs as they came.
pub(super) async fn whole(app: &App, mut job: ProvingJob) -> Result<ProvingJob, PayloadError> {
    job.inputs_uri = text(app, job.inputs_uri).await?;
    Ok(job)
}

/// Turns references of an outcome into texts. `id` is the job that was asked about, if one was.
pub(super) async fn give_out(app: &App, id: Option<&JobId>, answer: Answer) -> Result<Answer, Unavailable> {
    let lost = |error: PayloadError| Unavailable::Store(error.to_string());
    match (answer, id) {
        (Ok(Outcome::Status(JobStatus::Fulfilled { value })), Some(id)) => match text(app, value).await {
            Ok(value) => Ok(Ok(Outcome::Status(JobStatus::Fulfilled { value }))),
            Err(error) if error.is_lost() => prove_again(app, id, &error).await,
            Err(error) => Err(lost(error)),
        },
        (Ok(Outcome::Assignment(Some(assigned))), _) => {
            let id = assigned.job.id.clone();
            match whole(app, assigned.job.clone()).await {
                Ok(job) => Ok(Ok(Outcome::Assignment(Some(Assigned { job, ..assigned })))),
                Err(error) if error.is_lost() => {
                    give_up(app, id, &error).await?;
                    Ok(Ok(Outcome::Assignment(None)))
                }
                // The job waits again when its lease has ended.
                Err(error) => Err(lost(error)),
            }
        }
        (answer, _) => Ok(answer),
    }
}

/// A result that is lost can be made again, as long as the job is known.
async fn prove_again(app: &App, id: &JobId, error: &PayloadError) -> Result<Answer, Unavailable> {
    tracing::error!(%id, %error, "a result is lost; the job is proven again");
    let asked = id.clone();
    let job = app.broker.look(move |queue| queue.proving_job(&asked)).await?.flatten();
    let Some(job) = job else { return Ok(Ok(Outcome::Status(JobStatus::NotFound))) };
    let answers = app.broker.call(vec![Event::Replay(job)]).await?;
    answers.into_iter().next().ok_or(Unavailable::Stopped(crate::worker::Stopped))
}

/// Inputs that are lost cannot be made again here: the producer is told.
pub(super) async fn give_up(app: &App, id: JobId, error: &PayloadError) -> Result<(), Unavailable> {
    tracing::error!(%id, %error, "the inputs of a job are lost; it is rejected");
    let reason = format!("inputs are lost: {error}");
    app.broker.call(vec![Event::GiveUp { id, reason }]).await?;
    Ok(())
}
