//! What agents report: heartbeats, results, failures.

use chinampa_jobs::{JobFilter, JobId, ProofUri};

use super::effects::{Change, Effects, Notice, Settlement};
use super::event::{Assigned, Attempt, Lease, MAX_REASON_LEN, Outcome};
use super::state::{Queue, elapsed};
use super::table::{Held, Slot, State};

impl Queue {
    pub(super) fn progress(
        &mut self,
        id: &JobId,
        lease: Lease,
        filter: &JobFilter,
        effects: &mut Effects,
    ) -> Outcome {
        let is_held = self.heartbeat(id, lease);
        match lease {
            Lease::Attempt(_) => Outcome::Lease { is_held },
            Lease::StartedAt(_) if is_held => Outcome::Assignment(None),
            Lease::StartedAt(_) => Outcome::Assignment(self.claim(filter, effects)),
        }
    }

    /// Renews a lease. Returns whether the caller has the job.
    fn heartbeat(&mut self, id: &JobId, lease: Lease) -> bool {
        let Some(slot) = self.table.find(id) else { return false };
        let record = self.table.get(slot);
        match (lease, &record.state) {
            (_, State::Settled(_)) | (Lease::Attempt(_), State::Waiting) => false,
            (Lease::Attempt(attempt), State::Held(held)) => {
                let held = *held;
                held.attempt == attempt && self.renew(slot, held)
            }
            (Lease::StartedAt(started_at), State::Held(held)) => {
                let held = Held { started_at, ..*held };
                let State::Held(old) = record.state else { return false };
                started_at <= old.started_at && self.renew(slot, held)
            }
            (Lease::StartedAt(started_at), State::Waiting) => {
                self.detach(slot);
                let attempt = self.take_attempt();
                self.hold(slot, attempt, started_at);
                true
            }
        }
    }

    fn renew(&mut self, slot: Slot, held: Held) -> bool {
        self.leases.remove(held.deadline_ms, slot);
        let deadline_ms = self.deadline_ms();
        self.leases.insert(deadline_ms, slot);
        self.table.get_mut(slot).state = State::Held(Held { deadline_ms, ..held });
        true
    }

    /// Settles a job with its result, the first one that arrives.
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
        let duration_ms = self.detach(slot).map(|held| elapsed(held.started_at.0, self.now_ms()));
        self.settle(slot, Settlement::Fulfilled(value), effects);
        let request_type = self.table.get(slot).job.request_type;
        effects.notices.push(Notice::Fulfilled { request_type, duration_ms });
        self.claim(filter, effects)
    }

    /// Counts a failure. None if the caller gets no job; else the job to put back in line, if it is tried again, when
    /// the caller has got another one.
    pub(super) fn fail(
        &mut self,
        id: &JobId,
        reason: &str,
        retry: bool,
        attempt: Option<Attempt>,
        effects: &mut Effects,
    ) -> Option<Option<Slot>> {
        let slot = self.table.find(id)?;
        let record = self.table.get(slot);
        let is_stale = attempt
            .is_some_and(|attempt| !matches!(record.state, State::Held(held) if held.attempt == attempt));
        if is_stale || matches!(record.state, State::Settled(_)) {
            return Some(None);
        }
        let (epoch, request_type) = (record.job.epoch_number, record.job.request_type);
        let failures = record.failures.saturating_add(1);
        let duration_ms = self.detach(slot).map(|held| elapsed(held.started_at.0, self.now_ms()));
        if retry && failures < self.config.max_attempts && epoch >= self.oldest_kept() {
            self.table.get_mut(slot).failures = failures;
            effects.changes.push(Change::Failed { epoch, id: id.clone(), failures });
            effects.notices.push(Notice::Retried(request_type));
            return Some(Some(slot));
        }
        self.settle(slot, Settlement::Rejected(shortened(reason).into()), effects);
        effects.notices.push(Notice::Rejected { request_type, duration_ms });
        Some(None)
    }
}

/// At most [`MAX_REASON_LEN`] bytes, cut between characters.
fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MAX_REASON_LEN)]
}
