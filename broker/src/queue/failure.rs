//! Failed attempts: which of them use up the job's retries, and when a job or an agent is put aside.

use chinampa_jobs::JobId;
use chinampa_jobs::agent::{AgentId, Directive, FailureClass};

use super::effects::{Change, Effects, Notice, Settlement};
use super::history::Evidence;
use super::setting::{Mark, Setting};
use super::state::{Queue, elapsed};
use super::table::{Slot, State};

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) agent: Option<AgentId>,
    pub(super) class: FailureClass,
    pub(super) reason: String,
    /// For [`FailureClass::JobError`]: whether another attempt may help.
    pub(super) retry: bool,
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fallout {
    /// The job is in no lane, for the caller to put into one.
    Requeued,
    /// The job is settled.
    Rejected,
    /// The job is put aside.
    Quarantined,
}

impl Queue {
    /// Notes a failure of an unsettled job and ends its lease.
    pub(super) fn note_failure(&mut self, slot: Slot, failure: Failure, effects: &mut Effects) -> Fallout {
        let held = self.detach(slot);
        let duration_ms = held.as_ref().map(|held| elapsed(held.started_at.0, self.now_ms()));
        let attempt = held.as_ref().map_or(0, |held| held.attempt.0);
        let evidence = Evidence {
            agent: failure.agent.clone(),
            attempt,
            class: failure.class,
            reason: failure.reason.clone(),
            time_ms: self.now_ms(),
            ram_bytes: self.ram_bytes(failure.agent.as_ref()),
        };
        self.revoke(slot, held.as_ref());
        let record = self.table.get_mut(slot);
        let (epoch, id, request_type) =
            (record.job.epoch_number, record.job.id.clone(), record.job.request_type);
        let history = record.history();
        history.note(evidence);
        let (failures, is_poison) = (history.failures(), history.is_poison(self.config.poison_agents));
        effects.notices.push(Notice::Failed(request_type, failure.class));
        self.blame(&failure, slot, &id, effects);
        let is_own = failure.class == FailureClass::JobError;
        let is_final = !failure.retry || failures >= self.config.max_attempts;
        if is_own && (is_final || epoch < self.oldest_kept()) {
            self.store_history(slot, effects);
            self.settle(slot, Settlement::Rejected(failure.reason.into()), effects);
            self.show("rejected", slot, held.as_ref(), effects);
            effects.notices.push(Notice::Rejected { request_type, duration_ms });
            return Fallout::Rejected;
        }
        let is_blamed = failure.class != FailureClass::SpotReclaim;
        if is_blamed && is_poison {
            self.put_aside(slot, effects);
            return Fallout::Quarantined;
        }
        self.store_history(slot, effects);
        if is_blamed {
            self.show("retried", slot, held.as_ref(), effects);
            effects.notices.push(Notice::Retried(request_type));
        }
        Fallout::Requeued
    }

    /// Puts a job that is in no lane aside.
    pub(super) fn put_aside(&mut self, slot: Slot, effects: &mut Effects) {
        let record = self.table.get_mut(slot);
        record.history().is_quarantined = true;
        record.state = State::Quarantined;
        let request_type = record.job.request_type;
        self.quarantined_count += 1;
        self.store_history(slot, effects);
        self.store_end(slot, effects);
        self.show("quarantined", slot, None, effects);
        effects.notices.push(Notice::Quarantined(request_type));
    }

    pub(super) fn store_history(&self, slot: Slot, effects: &mut Effects) {
        let record = self.table.get(slot);
        let (epoch, id) = (record.job.epoch_number, record.job.id.clone());
        let history = record.history.clone().unwrap_or_default();
        effects.change(Change::Noted { epoch, id, history });
    }

    fn ram_bytes(&self, agent: Option<&AgentId>) -> u64 {
        agent.and_then(|id| self.agents.get(id)).map_or(0, |agent| agent.offer.ram_bytes)
    }

    /// Counts a failure against its agent. A job that others fail too is not the agent's fault.
    fn blame(&mut self, failure: &Failure, slot: Slot, job: &JobId, effects: &mut Effects) {
        if failure.class == FailureClass::SpotReclaim {
            return;
        }
        let Some(id) = &failure.agent else { return };
        let history = self.table.get(slot).history.as_ref();
        let others: Vec<_> = history
            .into_iter()
            .flat_map(|history| history.blamed())
            .filter(|(other, _)| *other != id)
            .map(|(other, _)| other.clone())
            .collect();
        for other in &others {
            if let Some(agent) = self.agents.get_mut(other) {
                agent.failed_jobs.retain(|failed| failed != job);
            }
        }
        let sick_jobs = self.config.sick_jobs;
        let Some(agent) = self.agents.get_mut(id) else { return };
        agent.failed += 1;
        if others.is_empty() && !agent.failed_jobs.contains(job) {
            agent.failed_jobs.push(job.clone());
        }
        if agent.failed_jobs.len() < sick_jobs || self.settings.mark(id).is_some() {
            return;
        }
        let reason = format!("quarantined: failed {sick_jobs} different jobs, none proven in between");
        let mark = Mark { directive: Directive::Quiet, reason, is_quarantine: true };
        self.set(Setting::Agent(id.clone(), Some(mark)), effects);
        effects.notices.push(Notice::AgentQuarantined);
    }
}
