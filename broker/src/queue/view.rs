//! What people and programs get to see of the queue.

use chinampa_jobs::agent::{AgentId, Directive, Needs, Offer, Progress, Usage};
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobId, ProvingJob, RequestType};
use serde::Serialize;

use super::effects::Settlement;
use super::history::History;
use super::lanes::Lane;
use super::setting::{Policy, Scope};
use super::state::Queue;
use super::table::{Record, Slot, State};
use crate::payload::Reference;

/// Most jobs that one listing looks at.
const LISTED_MAX: usize = 50_000;

/// Who works on a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderView {
    /// The agent; none for Aztec's.
    pub agent: Option<AgentId>,
    /// Number of the hand-out.
    pub attempt: u64,
    /// Since when, milliseconds since 1970.
    pub started_at_ms: i64,
    /// When the lease ends without a heartbeat, milliseconds since 1970.
    pub lease_ends_ms: i64,
    /// How far it is, if the agent says.
    pub progress: Option<Progress>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// The job.
    pub id: JobId,
    /// Its type.
    pub request_type: &'static str,
    /// Its epoch.
    pub epoch: EpochNumber,
    /// `waiting`, `running`, `quarantined`, `fulfilled`, `rejected` or `cancelled`.
    pub state: &'static str,
    /// Length of the URI of its inputs, in bytes: all of them where they are inline.
    pub inputs_uri_len_bytes: usize,
    /// Since when it waits, milliseconds since 1970, if it does.
    pub waiting_since_ms: Option<i64>,
    /// Who works on it.
    pub holder: Option<HolderView>,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// What went wrong so far.
    pub history: Option<History>,
}

/// Jobs and where to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<JobView>,
    /// Give this to the next call; none at the end.
    pub next: Option<String>,
}

/// Which jobs are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilterView {
    /// Only this type.
    pub request_type: Option<RequestType>,
    /// Only this epoch.
    pub epoch: Option<EpochNumber>,
    /// Only this state, as in [`JobView::state`].
    pub state: Option<String>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentView {
    /// Its name.
    pub id: AgentId,
    /// Version of its program.
    pub version: String,
    /// What it offers.
    pub offer: Offer,
    /// First call, milliseconds since 1970.
    pub first_seen_ms: i64,
    /// Last call, milliseconds since 1970.
    pub seen_ms: i64,
    /// Jobs at hand.
    pub held: usize,
    /// Jobs proven since the broker started.
    pub proven: u64,
    /// Attempts failed since the broker started.
    pub failed: u64,
    /// What it has used.
    pub usage: Usage,
    /// What it is told.
    pub directive: Directive,
    /// Why.
    pub reason: String,
    /// Put aside because it failed too many jobs.
    pub is_quarantined: bool,
}

/// Jobs of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeView {
    /// The type.
    pub request_type: &'static str,
    /// Jobs that wait.
    pub waiting: usize,
    /// Jobs that are worked on.
    pub running: usize,
    /// Why it is paused, if it is.
    pub paused: Option<String>,
    /// What its jobs need.
    pub needs: Option<Needs>,
    /// What a proof takes, as learned, in milliseconds.
    pub duration_ms: u64,
}

/// Jobs of one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochView {
    /// The epoch.
    pub epoch: EpochNumber,
    /// Its jobs, settled ones included.
    pub jobs: usize,
    /// When it should be proven, milliseconds since 1970.
    pub deadline_ms: i64,
    /// Its priority.
    pub priority: i8,
    /// Why it is paused, if it is.
    pub paused: Option<String>,
    /// Far ahead of the newest epoch; see `QueueConfig::epoch_step_max`.
    pub is_far: bool,
}

/// A job that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingJob {
    /// The job.
    pub id: JobId,
    /// Its type.
    pub request_type: RequestType,
    /// Its epoch.
    pub epoch: EpochNumber,
    /// Its priority and its epoch's.
    pub priority: i16,
}

/// Jobs of one type, epoch and priority that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingLane {
    /// How many.
    pub count: usize,
    /// The first of them, in order.
    pub jobs: Vec<WaitingJob>,
}

/// The queue as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// Jobs, settled ones included.
    pub jobs: usize,
    /// Jobs that are put aside.
    pub quarantined: usize,
    /// Agents that are known.
    pub agents: usize,
    /// Why everything is paused, if it is.
    pub paused: Option<String>,
    /// Order of hand-outs.
    pub policy: Policy,
    /// The newest epoch.
    pub newest_epoch: EpochNumber,
    /// All types.
    pub types: Vec<TypeView>,
    /// Epochs with jobs.
    pub epochs: Vec<EpochView>,
}

impl Queue {
    /// A job.
    pub fn job(&self, id: &JobId) -> Option<JobView> {
        self.table.find(id).map(|slot| view(self.table.get(slot)))
    }

    /// A job as it was enqueued.
    pub fn proving_job(&self, id: &JobId) -> Option<ProvingJob> {
        self.table.find(id).map(|slot| self.table.get(slot).job.clone())
    }

    /// Whether inputs or results of any job are in a place of their own.
    pub fn has_references(&self) -> bool {
        self.by_epoch.iter().any(|(_, slot)| {
            let record = self.table.get(*slot);
            let result = match &record.state {
                State::Settled(Settlement::Fulfilled(value)) => Reference::of(value),
                _ => None,
            };
            result.or_else(|| Reference::of(&record.job.inputs_uri)).is_some()
        })
    }

    /// Jobs in order of epochs: at most `limit`, from where an earlier page has ended. None if `after` is not the
    /// `next` of a page.
    pub fn jobs(&self, filter: &JobFilterView, after: Option<&str>, limit: usize) -> Option<JobPage> {
        let start = match after {
            None => (filter.epoch.unwrap_or_default(), 0),
            Some(text) => place(text)?,
        };
        let mut jobs = Vec::new();
        for (looked_at, (epoch, slot)) in self.by_epoch.range(start..).enumerate() {
            if filter.epoch.is_some_and(|wanted| *epoch > wanted) {
                break;
            }
            if jobs.len() >= limit || looked_at >= LISTED_MAX {
                return Some(JobPage { jobs, next: Some(format!("{epoch}-{slot}")) });
            }
            let record = self.table.get(*slot);
            let has_type = filter.request_type.is_none_or(|kind| record.job.request_type == kind);
            let has_state = filter.state.as_ref().is_none_or(|state| state_name(&record.state) == state);
            if has_type && has_state {
                jobs.push(view(record));
            }
        }
        Some(JobPage { jobs, next: None })
    }

    /// The trace of a job's producer, if that has named one.
    pub fn trace(&self, id: &JobId) -> Option<TraceContext> {
        self.table.get(self.table.find(id)?).trace.as_deref().copied()
    }

    /// A job, if it waits.
    pub fn waiting_job(&self, id: &JobId) -> Option<WaitingJob> {
        let record = self.table.get(self.table.find(id)?);
        matches!(record.state, State::Waiting).then(|| self.as_waiting(record))
    }

    /// All jobs that wait and are not paused, at most `limit` of each lane by name.
    pub fn claimable_lanes(&self, limit: usize) -> Vec<WaitingLane> {
        let is_paused = |lane: Lane| {
            let scopes = [Scope::All, Scope::Type(lane.kind), Scope::Epoch(lane.epoch)];
            scopes.into_iter().any(|scope| self.settings.is_paused(scope))
        };
        let lanes = self.waiting.lanes().filter(|(lane, _)| !is_paused(*lane)).map(|(lane, count)| {
            let slots = self.waiting.jobs(lane).take(limit);
            let jobs = slots.map(|(_, slot)| self.as_waiting(self.table.get(slot))).collect();
            WaitingLane { count, jobs }
        });
        lanes.collect()
    }

    fn as_waiting(&self, record: &Record) -> WaitingJob {
        let (epoch, of_job) = (record.job.epoch_number, record.lane().priority);
        WaitingJob {
            id: record.job.id.clone(),
            request_type: record.job.request_type,
            epoch,
            priority: i16::from(of_job) + i16::from(self.settings.priority(epoch)),
        }
    }

    /// Agents after this one, in the order of their names.
    pub fn agents(&self, after: Option<&AgentId>, limit: usize) -> Vec<AgentView> {
        let agents = self.agents.after(after).take(limit);
        agents
            .map(|(id, agent)| {
                let instruction = self.settings.instruction(id);
                AgentView {
                    id: id.clone(),
                    version: agent.version.clone(),
                    offer: agent.offer.clone(),
                    first_seen_ms: agent.first_seen_ms,
                    seen_ms: agent.seen_ms,
                    held: agent.held,
                    proven: agent.proven,
                    failed: agent.failed,
                    usage: agent.usage,
                    directive: instruction.directive,
                    reason: instruction.reason,
                    is_quarantined: self.settings.mark(id).is_some_and(|mark| mark.is_quarantine),
                }
            })
            .collect()
    }

    /// The queue as a whole.
    pub fn overview(&self) -> QueueView {
        let paused =
            |scope| self.settings.pauses().find(|(of, _)| *of == scope).map(|(_, reason)| reason.to_owned());
        let types = RequestType::ALL.into_iter().map(|kind| TypeView {
            request_type: kind.name(),
            waiting: self.waiting_count(kind),
            running: self.held_count(kind),
            paused: paused(Scope::Type(kind)),
            needs: self.settings.needs(kind).cloned(),
            duration_ms: self.pace.duration_ms(kind) as u64,
        });
        let epochs = self.epochs.iter().map(|(epoch, entry)| EpochView {
            epoch: *epoch,
            jobs: entry.jobs,
            deadline_ms: self.epoch_deadline_ms(*epoch),
            priority: self.settings.priority(*epoch),
            paused: paused(Scope::Epoch(*epoch)),
            is_far: *epoch > self.newest_epoch,
        });
        QueueView {
            jobs: self.len(),
            quarantined: self.quarantined_count,
            agents: self.agents.len(),
            paused: paused(Scope::All),
            policy: self.settings.policy().unwrap_or(self.config.policy),
            newest_epoch: self.newest_epoch,
            types: types.collect(),
            epochs: epochs.collect(),
        }
    }
}

fn view(record: &Record) -> JobView {
    let holder = match &record.state {
        State::Held(held) => Some(HolderView {
            agent: held.agent.clone(),
            attempt: held.attempt.0,
            started_at_ms: held.started_at.0,
            lease_ends_ms: held.deadline_ms,
            progress: held.progress.clone(),
        }),
        _ => None,
    };
    let reason = match &record.state {
        State::Settled(Settlement::Rejected(reason)) => Some(reason.to_string()),
        _ => None,
    };
    JobView {
        id: record.job.id.clone(),
        request_type: record.job.request_type.name(),
        epoch: record.job.epoch_number,
        state: state_name(&record.state),
        inputs_uri_len_bytes: record.job.inputs_uri.as_str().len(),
        waiting_since_ms: matches!(record.state, State::Waiting).then_some(record.waiting_since_ms),
        holder,
        reason,
        history: record.history.as_deref().cloned(),
    }
}

fn state_name(state: &State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Held(_) => "running",
        State::Quarantined => "quarantined",
        State::Settled(Settlement::Fulfilled(_)) => "fulfilled",
        State::Settled(Settlement::Rejected(_)) => "rejected",
        State::Settled(Settlement::Aborted) => "cancelled",
    }
}

fn place(text: &str) -> Option<(EpochNumber, Slot)> {
    let (epoch, slot) = text.split_once('-')?;
    Some((EpochNumber::new(epoch.parse().ok()?).ok()?, slot.parse().ok()?))
}
