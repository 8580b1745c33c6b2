//! Hand-outs: which job a caller gets.

use std::cmp::Reverse;

use chinampa_jobs::agent::{AgentId, Directive, Offer};
use chinampa_jobs::{JobFilter, RequestType, UnixMs};

use super::agents::MAX_AGENTS;
use super::effects::{Change, Effects, Notice, StoredLease};
use super::event::{Assigned, Attempt, Outcome, Refusal};
use super::lanes::{Lane, Standing};
use super::setting::{Policy, Scope};
use super::state::{Queue, elapsed};
use super::table::{Held, Slot};

/// Jobs of a lane that are looked at for one that the caller has not failed before.
const LOOKED_AT_MAX: usize = 64;

/// Who asks.
#[derive(Clone, Copy, Debug)]
enum Caller<'a> {
    /// Somebody by Aztec's wire, who is taken to have whatever a job needs.
    Unnamed(&'a JobFilter),
    Agent(&'a AgentId, &'a Offer),
}

impl Queue {
    /// A hand-out by Aztec's wire.
    pub(super) fn claim_unnamed(&mut self, filter: &JobFilter, effects: &mut Effects) -> Option<Assigned> {
        let now_ms = self.now_ms();
        self.agents.see_unnamed(|kind| filter.accepts(kind), now_ms);
        self.claim(Caller::Unnamed(filter), effects)
    }

    /// A hand-out to an agent.
    pub(super) fn take(
        &mut self,
        id: &AgentId,
        version: String,
        offer: &Offer,
        effects: &mut Effects,
    ) -> Result<Outcome, Refusal> {
        let now_ms = self.now_ms();
        let agent = self.agents.see(id, now_ms).ok_or(Refusal::TooManyAgents { limit: MAX_AGENTS })?;
        agent.version = version;
        agent.offer = offer.clone();
        let instruction = self.settings.instruction(id);
        let assigned = match instruction.directive {
            Directive::Work => self.claim(Caller::Agent(id, offer), effects),
            Directive::Quiet | Directive::Drain => None,
        };
        Ok(Outcome::Taken(assigned, instruction))
    }

    fn claim(&mut self, caller: Caller<'_>, effects: &mut Effects) -> Option<Assigned> {
        if self.waiting.is_empty() || self.settings.is_paused(Scope::All) {
            return None;
        }
        let slot = self.choose(caller)?;
        let now_ms = self.now_ms();
        let record = self.table.get_mut(slot);
        self.waiting.remove(record.lane(), record.sequence);
        let attempt = self.next_attempt;
        self.next_attempt += 1;
        let time = UnixMs(now_ms.max(record.last_time_ms.saturating_add(1)));
        record.last_time_ms = time.0;
        let is_first = record.fence == 0;
        let (job, waiting_since_ms) = (record.job.clone(), record.waiting_since_ms);
        let agent = match caller {
            Caller::Unnamed(_) => None,
            Caller::Agent(id, _) => Some(id.clone()),
        };
        let held = Held {
            attempt: Attempt(attempt),
            agent,
            started_at: time,
            deadline_ms: self.deadline_ms(),
            progress: None,
        };
        self.store_hold(slot, &held, is_first, effects);
        self.show("claimed", slot, Some(&held), effects);
        self.hold(slot, held);
        let waited_ms = elapsed(waiting_since_ms, now_ms);
        effects.notices.push(Notice::Claimed { request_type: job.request_type, waited_ms });
        Some(Assigned { job, time, attempt: Attempt(attempt) })
    }

    /// Stores a hand-out. A later one of the same job has to be stored before it is told, so that no crash makes an
    /// earlier one valid again; with the first one there is nothing to confuse it with.
    pub(super) fn store_hold(&self, slot: Slot, held: &Held, is_first: bool, effects: &mut Effects) {
        let is_unnamed = held.agent.is_none() && !self.config.is_shared;
        if is_unnamed && is_first {
            return;
        }
        let job = &self.table.get(slot).job;
        let change = Change::Leased {
            epoch: job.epoch_number,
            id: job.id.clone(),
            lease: StoredLease {
                attempt: held.attempt.0,
                agent: held.agent.clone(),
                started_at_ms: held.started_at.0,
                // After a restart, Aztec's agents find their jobs in line, as in Aztec's broker.
                is_held: !is_unnamed,
            },
            sequence: None,
        };
        if is_first && !self.config.is_shared { effects.later(change) } else { effects.change(change) }
    }

    /// The job that the caller gets: the first of the best lane, except that a job does not go back to an agent that
    /// failed it while another one could take it.
    fn choose(&self, caller: Caller<'_>) -> Option<Slot> {
        let mut is_allowed = [false; RequestType::COUNT];
        for kind in RequestType::ALL {
            is_allowed[usize::from(kind.number())] = self.allows(caller, kind);
        }
        let policy = self.settings.policy().unwrap_or(self.config.policy);
        let ranked = self.waiting.ranked(|lane, first| {
            let is_open = is_allowed[usize::from(lane.kind.number())]
                && !self.settings.is_paused(Scope::Epoch(lane.epoch));
            is_open.then(|| self.standing(policy, lane, first))
        });
        for lane in ranked {
            for (_, slot) in self.waiting.jobs(lane).take(LOOKED_AT_MAX) {
                if self.suits(caller, slot) {
                    return Some(slot);
                }
            }
        }
        None
    }

    fn allows(&self, caller: Caller<'_>, kind: RequestType) -> bool {
        let is_wanted = match caller {
            Caller::Unnamed(filter) => filter.accepts(kind),
            Caller::Agent(_, offer) => {
                offer.accepts(kind) && self.settings.needs(kind).is_none_or(|needs| offer.meets(needs))
            }
        };
        is_wanted && !self.settings.is_paused(Scope::Type(kind))
    }

    fn suits(&self, caller: Caller<'_>, slot: Slot) -> bool {
        let Caller::Agent(id, offer) = caller else { return true };
        let record = self.table.get(slot);
        let Some(history) = &record.history else { return true };
        if !history.speaks_against(id, offer.ram_bytes) {
            return true;
        }
        let kind = record.job.request_type;
        let needs = self.settings.needs(kind);
        !self.agents.has_taker(kind, needs, self.now_ms(), |other, agent| {
            other != id
                && self.settings.mark(other).is_none()
                && !history.speaks_against(other, agent.offer.ram_bytes)
        })
    }

    fn standing(&self, policy: Policy, lane: Lane, first: u64) -> Standing {
        let priority = i16::from(lane.priority) + i16::from(self.settings.priority(lane.epoch));
        let slack_ms = match policy {
            Policy::Aztec => 0,
            Policy::Slack => self.epoch_deadline_ms(lane.epoch).saturating_sub(self.pace.path_ms(lane.kind)),
        };
        (Reverse(priority), slack_ms, lane.kind.priority_rank(), lane.epoch, first)
    }
}
