//! What callers report about their jobs: heartbeats, results, failures, hand-backs.

use chinampa_jobs::agent::{
    AgentId, BeatReply, BeatRequest, FailureClass, HeldJob, JobFate, JobOutcome, MAX_PHASE_LEN, Progress,
    ReleaseReason, ReleaseReply, ReleaseRequest, SettleReply, SettleRequest, Settled, Usage,
};
use chinampa_jobs::{JobFilter, JobId, ProofUri, UnixMs};

use super::agents::MAX_AGENTS;
use super::effects::{Change, Effects, Notice, Settlement};
use super::enqueue::ended;
use super::event::{Assigned, Attempt, MAX_REASON_LEN, Refusal};
use super::failure::{Failure, Fallout};
use super::state::{Queue, elapsed};
use super::table::{Held, Record, Slot, State};

impl Queue {
    /// A heartbeat by Aztec's wire.
    pub(super) fn progress(
        &mut self,
        id: &JobId,
        started_at: UnixMs,
        filter: &JobFilter,
        effects: &mut Effects,
    ) -> Option<Assigned> {
        if self.keeps(id, started_at, effects) { None } else { self.claim_unnamed(filter, effects) }
    }

    /// Renews a lease. Returns whether the caller has the job.
    fn keeps(&mut self, id: &JobId, started_at: UnixMs, effects: &mut Effects) -> bool {
        let Some(slot) = self.table.find(id) else { return false };
        match &self.table.get(slot).state {
            State::Settled(_) | State::Quarantined => false,
            State::Held(held) if started_at <= held.started_at => {
                self.renew(slot, Some(started_at), None, effects);
                true
            }
            State::Held(_) => false,
            State::Waiting => {
                let attempt = self.next_attempt;
                self.next_attempt += 1;
                self.adopt(slot, Attempt(attempt), None, started_at, effects);
                true
            }
        }
    }

    /// Gives a waiting job to somebody who already works on it.
    fn adopt(
        &mut self,
        slot: Slot,
        attempt: Attempt,
        agent: Option<AgentId>,
        started_at: UnixMs,
        effects: &mut Effects,
    ) {
        self.detach(slot);
        let is_first = self.table.get(slot).fence == 0;
        let deadline_ms = self.deadline_ms();
        let held = Held { attempt, agent, started_at, deadline_ms, progress: None };
        self.store_hold(slot, &held, is_first, effects);
        self.hold(slot, held);
    }

    fn renew(
        &mut self,
        slot: Slot,
        started_at: Option<UnixMs>,
        progress: Option<Progress>,
        effects: &mut Effects,
    ) {
        let deadline_ms = self.deadline_ms();
        let record = self.table.get_mut(slot);
        let (epoch, id) = (record.job.epoch_number, record.job.id.clone());
        let State::Held(held) = &mut record.state else { return };
        self.leases.remove(held.deadline_ms, slot);
        self.leases.insert(deadline_ms, slot);
        held.deadline_ms = deadline_ms;
        held.started_at = started_at.unwrap_or(held.started_at);
        if let Some(mut progress) = progress {
            progress.phase.truncate(progress.phase.floor_char_boundary(MAX_PHASE_LEN));
            progress.done_permille = progress.done_permille.min(1000);
            held.progress = Some(progress);
        }
        if self.config.is_shared {
            let attempt = held.attempt.0;
            effects.later(Change::Renewed { epoch, id, attempt });
        }
    }

    /// Settles a job with its result, the first one that arrives, and finds the caller other work.
    pub(super) fn succeed(
        &mut self,
        id: &JobId,
        value: ProofUri,
        filter: &JobFilter,
        effects: &mut Effects,
    ) -> Option<Assigned> {
        let slot = self.table.find(id)?;
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return None;
        }
        self.fulfil(slot, value, effects);
        self.claim_unnamed(filter, effects)
    }

    fn fulfil(&mut self, slot: Slot, value: ProofUri, effects: &mut Effects) {
        let held = self.detach(slot);
        let duration_ms = held.as_ref().map(|held| elapsed(held.started_at.0, self.now_ms()));
        let request_type = self.table.get(slot).job.request_type;
        if let Some(duration_ms) = duration_ms {
            self.pace.learn(request_type, duration_ms);
        }
        self.settle(slot, Settlement::Fulfilled(value), effects);
        self.show("fulfilled", slot, held.as_ref(), effects);
        effects.notices.push(Notice::Fulfilled { request_type, duration_ms });
    }

    /// A failure by Aztec's wire. The caller gets other work before the job that it failed waits again.
    pub(super) fn fail(
        &mut self,
        id: &JobId,
        reason: String,
        retry: bool,
        filter: &JobFilter,
        effects: &mut Effects,
    ) -> Option<Assigned> {
        let slot = self.table.find(id)?;
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return self.claim_unnamed(filter, effects);
        }
        let failure =
            Failure { agent: None, class: FailureClass::JobError, reason: shortened(reason), retry };
        let fallout = self.note_failure(slot, failure, effects);
        let next = self.claim_unnamed(filter, effects);
        if fallout == Fallout::Requeued {
            self.wait_at_the_end(slot);
            self.store_end(slot, effects);
        }
        next
    }

    /// The end of an attempt.
    pub(super) fn report(&mut self, request: SettleRequest, effects: &mut Effects) -> SettleReply {
        let SettleRequest { agent, id, attempt, outcome, usage } = request;
        self.account(&agent, usage);
        let settled = self.end_attempt(&agent, &id, Attempt(attempt), outcome, effects);
        SettleReply { settled, instruction: self.settings.instruction(&agent) }
    }

    fn end_attempt(
        &mut self,
        agent: &AgentId,
        id: &JobId,
        attempt: Attempt,
        outcome: JobOutcome,
        effects: &mut Effects,
    ) -> Settled {
        let Some(slot) = self.table.find(id) else { return Settled::Unknown };
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return Settled::AlreadySettled;
        }
        match outcome {
            JobOutcome::Success { value } => {
                self.fulfil(slot, value, effects);
                if let Some(agent) = self.agents.get_mut(agent) {
                    agent.proven += 1;
                    agent.failed_jobs.clear();
                }
                Settled::Accepted
            }
            JobOutcome::Failure { class, reason, retry } => {
                if !self.is_held_by(slot, attempt) {
                    return Settled::Stale;
                }
                let failure = Failure { agent: Some(agent.clone()), class, reason: shortened(reason), retry };
                match self.note_failure(slot, failure, effects) {
                    Fallout::Requeued => {
                        self.wait_at_the_end(slot);
                        self.store_end(slot, effects);
                        Settled::Requeued
                    }
                    Fallout::Rejected => Settled::Rejected,
                    Fallout::Quarantined => Settled::Quarantined,
                }
            }
        }
    }

    fn is_held_by(&self, slot: Slot, attempt: Attempt) -> bool {
        matches!(&self.table.get(slot).state, State::Held(held) if held.attempt == attempt)
    }

    fn account(&mut self, agent: &AgentId, used: Usage) {
        let now_ms = self.now_ms();
        let Some(agent) = self.agents.see(agent, now_ms) else { return };
        let usage = &mut agent.usage;
        usage.cpu_ms = usage.cpu_ms.saturating_add(used.cpu_ms);
        usage.gpu_ms = usage.gpu_ms.saturating_add(used.gpu_ms);
        usage.peak_ram_bytes = usage.peak_ram_bytes.max(used.peak_ram_bytes);
    }

    /// A sign of life for all jobs of an agent.
    pub(super) fn beat(
        &mut self,
        request: &BeatRequest,
        effects: &mut Effects,
    ) -> Result<BeatReply, Refusal> {
        let now_ms = self.now_ms();
        self.agents.see(&request.agent, now_ms).ok_or(Refusal::TooManyAgents { limit: MAX_AGENTS })?;
        let fates = request.jobs.iter().map(|job| self.fate(&request.agent, job, effects)).collect();
        Ok(BeatReply { fates, instruction: self.settings.instruction(&request.agent) })
    }

    fn fate(&mut self, agent: &AgentId, job: &HeldJob, effects: &mut Effects) -> JobFate {
        let Some(slot) = self.table.find(&job.id) else { return JobFate::Unknown };
        let record = self.table.get(slot);
        match &record.state {
            State::Settled(_) => JobFate::Settled,
            State::Quarantined => JobFate::Superseded,
            State::Held(held) if held.attempt.0 == job.attempt => {
                self.renew(slot, None, job.progress.clone(), effects);
                JobFate::Held
            }
            State::Held(_) => JobFate::Superseded,
            // Nobody has taken the job since: its last holder, who is still at it, has it again. A hand-out that no
            // store has seen before a crash is not known any more; it was not a second old.
            State::Waiting if is_last_holder(record, job.attempt) && job.attempt < self.next_attempt => {
                let started_at = UnixMs(self.now_ms());
                self.adopt(slot, Attempt(job.attempt), Some(agent.clone()), started_at, effects);
                self.renew(slot, None, job.progress.clone(), effects);
                JobFate::Held
            }
            State::Waiting => JobFate::Superseded,
        }
    }

    /// A hand-back: the job waits again at the place that it had.
    pub(super) fn hand_back(&mut self, request: &ReleaseRequest, effects: &mut Effects) -> ReleaseReply {
        let now_ms = self.now_ms();
        self.agents.see(&request.agent, now_ms);
        let instruction = self.settings.instruction(&request.agent);
        let slot = self.table.find(&request.id);
        let slot = slot.filter(|slot| self.is_held_by(*slot, Attempt(request.attempt)));
        let Some(slot) = slot else { return ReleaseReply { is_released: false, instruction } };
        if request.reason == ReleaseReason::SpotReclaim {
            let failure = Failure {
                agent: Some(request.agent.clone()),
                class: FailureClass::SpotReclaim,
                reason: "machine reclaimed".to_owned(),
                retry: true,
            };
            self.note_failure(slot, failure, effects);
        } else {
            let held = self.unhold(slot);
            self.revoke(slot, held.as_ref());
        }
        let request_type = self.table.get(slot).job.request_type;
        self.wait(slot);
        self.store_end(slot, effects);
        self.show("released", slot, None, effects);
        effects.notices.push(Notice::Released(request_type));
        ReleaseReply { is_released: true, instruction }
    }

    /// Stores that a job is in nobody's hands, and which attempts may come back to it.
    pub(super) fn store_end(&self, slot: Slot, effects: &mut Effects) {
        let record = self.table.get(slot);
        if record.fence == 0 {
            return;
        }
        let change = Change::Leased {
            epoch: record.job.epoch_number,
            id: record.job.id.clone(),
            lease: ended(record),
            sequence: Some(record.sequence),
        };
        effects.change(change);
    }
}

/// Whether an attempt is the last one at a waiting job, and was not given up.
fn is_last_holder(record: &Record, attempt: u64) -> bool {
    record.fence != 0 && attempt >= record.fence
}

/// At most [`MAX_REASON_LEN`] bytes, cut between characters.
fn shortened(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(MAX_REASON_LEN));
    reason
}
