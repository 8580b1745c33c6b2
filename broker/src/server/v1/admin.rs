//! What people and their programs see and do.

use std::str::FromStr;

use axum::body::Body;
use axum::http::Response;
use chinampa_jobs::agent::{AgentId, Directive, Needs};
use chinampa_jobs::{EpochNumber, JobId, RequestType};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::agent::{one, unexpected};
use super::routes::Operation;
use super::{App, Call, Refused, json as reply, query};
use crate::access::{Role, TOKEN_KEY_PREFIX, TokenRecord};
use crate::queue::{Event, JobFilterView, Mark, Outcome, Policy, Queue, Scope, Setting};

/// Entries of a list, unless the query says otherwise.
const DEFAULT_LIMIT: usize = 100;
/// Most entries of a list.
const MAX_LIMIT: usize = 10_000;
/// Longest reason, name and such, in bytes.
const MAX_TEXT_LEN: usize = 512;

type Reply = Result<Response<Body>, Refused>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct PauseBody {
    request_type: Option<String>,
    epoch: Option<u64>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyBody {
    policy: Option<Policy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct EpochBody {
    deadline_ms: Option<i64>,
    priority: Option<i8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriorityBody {
    priority: i8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReasonBody {
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenBody {
    name: String,
    role: Role,
    #[serde(default)]
    agent: Option<AgentId>,
    #[serde(default)]
    certificate_sha256: Option<String>,
}

pub(super) async fn serve(app: &App, operation: Operation, call: Call) -> Reply {
    match operation {
        Operation::Overview => overview(app).await,
        Operation::ListJobs => list_jobs(app, &call).await,
        Operation::GetJob => get_job(app, &call).await,
        Operation::ListAgents => list_agents(app, &call).await,
        Operation::Completions => completions(app, &call).await,
        Operation::ListTokens => Ok(reply(&json!({ "tokens": *app.access.tokens() }))),
        Operation::ReadAudit => Ok(reply(&json!({ "entries": app.audit.last(limit(&call)?) }))),
        Operation::MakeToken => make_token(app, &call).await,
        Operation::RetryJob => about_job(app, &call, Event::Retry).await,
        Operation::CancelJob => cancel(app, &call).await,
        Operation::QuarantineJob => {
            about_job(app, &call, |id| Event::Quarantine { id, is_quarantined: true }).await
        }
        Operation::ReleaseJob => {
            about_job(app, &call, |id| Event::Quarantine { id, is_quarantined: false }).await
        }
        Operation::SetJobPriority => {
            let PriorityBody { priority } = body(&call)?;
            about_job(app, &call, |id| Event::Prioritize { id, priority }).await
        }
        Operation::DropEpoch => done(app, vec![Event::DropEpoch(epoch(&call.argument)?)]).await,
        operation => {
            let settings = decisions(app, operation, &call)?;
            done(app, settings.into_iter().map(Event::Set).collect()).await
        }
    }
}

/// The decisions that a call stands for.
fn decisions(app: &App, operation: Operation, call: &Call) -> Result<Vec<Setting>, Refused> {
    Ok(match operation {
        Operation::Pause => {
            let pause: PauseBody = body_or_default(call)?;
            let reason = if pause.reason.is_empty() { "paused".to_owned() } else { text(&pause.reason)? };
            vec![Setting::Pause(scope(&pause)?, Some(reason))]
        }
        Operation::Resume => vec![Setting::Pause(scope(&body_or_default(call)?)?, None)],
        Operation::SetPolicy => vec![Setting::Policy(body::<PolicyBody>(call)?.policy)],
        Operation::SetNeeds => {
            let kind: RequestType = parse(&call.argument, "request type")?;
            let needs: Needs = body(call)?;
            vec![Setting::Needs(kind, (needs != Needs::default()).then_some(needs))]
        }
        Operation::SetEpoch => {
            let (epoch, change) = (epoch(&call.argument)?, body::<EpochBody>(call)?);
            let deadline = change.deadline_ms.map(|time| Setting::Deadline(epoch, Some(time)));
            let priority = change.priority.map(|priority| Setting::Priority(epoch, Some(priority)));
            deadline.into_iter().chain(priority).collect()
        }
        Operation::QuietAgent => vec![mark(call, Directive::Quiet)?],
        Operation::DrainAgent => vec![mark(call, Directive::Drain)?],
        Operation::ResumeAgent => vec![Setting::Agent(parse(&call.argument, "agent id")?, None)],
        Operation::RevokeToken => {
            if !app.access.tokens().contains_key(&call.argument) {
                return Err(Refused::NotFound("token"));
            }
            vec![Setting::Other(format!("{TOKEN_KEY_PREFIX}{}", call.argument).into(), None)]
        }
        _ => return Err(Refused::NotFound("operation")),
    })
}

fn mark(call: &Call, directive: Directive) -> Result<Setting, Refused> {
    let ReasonBody { reason } = body_or_default(call)?;
    let reason =
        if reason.is_empty() { format!("asked for by {}", call.caller.name) } else { text(&reason)? };
    let mark = Mark { directive, reason, is_quarantine: false };
    Ok(Setting::Agent(parse(&call.argument, "agent id")?, Some(mark)))
}

async fn make_token(app: &App, call: &Call) -> Reply {
    let request: TokenBody = body(call)?;
    let (name, now_ms) = (text(&request.name)?, app.broker.now().0);
    let (id, token, record) = match request.certificate_sha256 {
        None => {
            let made = TokenRecord::make(name, request.role, request.agent, now_ms);
            let (id, token, record) = made.map_err(|error| Refused::Unavailable(error.to_string()))?;
            (id, Some(token), record)
        }
        Some(sha256) => {
            let sha256 = sha256.to_ascii_lowercase().replace(':', "");
            if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(Refused::Bad("certificateSha256 is not 64 hex digits".to_owned()));
            }
            let (role, agent) = (request.role, request.agent);
            (sha256.clone(), None, TokenRecord { name, role, agent, sha256, created_ms: now_ms })
        }
    };
    let value = serde_json::to_string(&record).expect("plain data");
    let setting = Setting::Other(format!("{TOKEN_KEY_PREFIX}{id}").into(), Some(value.into()));
    done(app, vec![Event::Set(setting)]).await?;
    Ok(reply(&json!({ "id": id, "token": token })))
}

async fn overview(app: &App) -> Reply {
    let is_open = app.access.is_open();
    let overview = look(app, |queue| queue.overview()).await?;
    let mut value = serde_json::to_value(overview).expect("plain data");
    if let Some(members) = value.as_object_mut() {
        members.insert("isOpen".to_owned(), is_open.into());
        let payloads = app.payloads.as_ref().map(|payloads| payloads.usage());
        members.insert("payloads".to_owned(), json!(payloads));
    }
    Ok(reply(&value))
}

async fn list_jobs(app: &App, call: &Call) -> Reply {
    let of_query = |name| query::value(call.uri.query(), name);
    let filter = JobFilterView {
        request_type: of_query("type").map(|kind| parse(&kind, "request type")).transpose()?,
        epoch: of_query("epoch").map(|number| epoch(&number)).transpose()?,
        state: of_query("state"),
    };
    let (after, limit) = (of_query("after"), limit(call)?);
    let page = look(app, move |queue| queue.jobs(&filter, after.as_deref(), limit)).await?;
    let page = page.ok_or_else(|| Refused::Bad("after is not the next of a page".to_owned()))?;
    Ok(reply(&page))
}

async fn get_job(app: &App, call: &Call) -> Reply {
    let id: JobId = parse(&call.argument, "job id")?;
    let job = look(app, move |queue| queue.job(&id)).await?;
    Ok(reply(&job.ok_or(Refused::NotFound("job"))?))
}

async fn list_agents(app: &App, call: &Call) -> Reply {
    let after = query::value(call.uri.query(), "after").map(|id| parse::<AgentId>(&id, "agent id"));
    let (after, limit) = (after.transpose()?, limit(call)?);
    let agents = look(app, move |queue| queue.agents(after.as_ref(), limit)).await?;
    let next = (agents.len() == limit).then(|| agents.last().map(|agent| agent.id.clone())).flatten();
    Ok(reply(&json!({ "agents": agents, "next": next })))
}

async fn completions(app: &App, call: &Call) -> Reply {
    let cursor = query::value(call.uri.query(), "cursor").map(|text| parse::<u64>(&text, "cursor"));
    let (cursor, limit) = (cursor.transpose()?.unwrap_or(0), limit(call)?);
    let (ids, next) = look(app, move |queue| queue.completions(cursor, limit)).await?;
    Ok(reply(&json!({ "ids": ids, "cursor": next })))
}

/// A change of a job; answers its status before.
async fn about_job(app: &App, call: &Call, event: impl FnOnce(JobId) -> Event) -> Reply {
    let id = parse(&call.argument, "job id")?;
    match one(app, event(id)).await? {
        Outcome::Status(chinampa_jobs::JobStatus::NotFound) => Err(Refused::NotFound("job")),
        Outcome::Status(before) => Ok(reply(&json!({ "before": before }))),
        _ => Err(unexpected()),
    }
}

async fn cancel(app: &App, call: &Call) -> Reply {
    let id: JobId = parse(&call.argument, "job id")?;
    let answers = app.broker.call(vec![Event::Status(id.clone()), Event::Cancel(id)]).await?;
    let mut answers = answers.into_iter();
    let before = answers.next().ok_or_else(unexpected)??;
    answers.next().ok_or_else(unexpected)??;
    match before {
        Outcome::Status(chinampa_jobs::JobStatus::NotFound) => Err(Refused::NotFound("job")),
        Outcome::Status(before) => Ok(reply(&json!({ "before": before }))),
        _ => Err(unexpected()),
    }
}

async fn done(app: &App, events: Vec<Event>) -> Reply {
    for answer in app.broker.call(events).await? {
        answer?;
    }
    Ok(reply(&json!({ "done": true })))
}

async fn look<T: Send + 'static>(
    app: &App,
    look: impl FnOnce(&Queue) -> T + Send + 'static,
) -> Result<T, Refused> {
    let seen = app.broker.look(look).await?;
    seen.ok_or_else(|| Refused::Unavailable("the job store fails".to_owned()))
}

fn scope(body: &PauseBody) -> Result<Scope, Refused> {
    match (&body.request_type, body.epoch) {
        (None, None) => Ok(Scope::All),
        (Some(kind), None) => Ok(Scope::Type(parse(kind, "request type")?)),
        (None, Some(number)) => Ok(Scope::Epoch(epoch(&number.to_string())?)),
        (Some(_), Some(_)) => Err(Refused::Bad("requestType or epoch, not both".to_owned())),
    }
}

fn epoch(text: &str) -> Result<EpochNumber, Refused> {
    EpochNumber::new(parse(text, "epoch")?).map_err(|error| Refused::Bad(error.to_string()))
}

fn limit(call: &Call) -> Result<usize, Refused> {
    let limit = query::value(call.uri.query(), "limit").map(|text| parse::<usize>(&text, "limit"));
    Ok(limit.transpose()?.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT))
}

fn text(text: &str) -> Result<String, Refused> {
    if text.len() > MAX_TEXT_LEN {
        return Err(Refused::Bad(format!("text of {} bytes, at most {MAX_TEXT_LEN}", text.len())));
    }
    Ok(text.to_owned())
}

fn parse<T: FromStr>(text: &str, what: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Refused::Bad(format!("this is no {what}")))
}

fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Refused> {
    serde_json::from_slice(&call.body).map_err(|error| Refused::Bad(format!("body is not readable: {error}")))
}

/// A body that may be left out.
fn body_or_default<T: DeserializeOwned + Default>(call: &Call) -> Result<T, Refused> {
    if call.body.is_empty() { Ok(T::default()) } else { body(call) }
}
