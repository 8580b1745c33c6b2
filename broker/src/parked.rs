//! Claims that wait for a job.

use std::collections::VecDeque;
use std::time::Instant;

use chinampa_jobs::agent::{AgentId, Directive, Offer, ReleaseReason, ReleaseRequest};
use tokio::sync::oneshot;

use crate::engine::EngineError;
use crate::queue::{Event, Outcome, Queue};
use crate::worker::{Answer, ClaimAnswer};

/// Claims that are tried with one commit.
const ROUND_LEN: usize = 32;

/// A claim.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) agent: AgentId,
    pub(crate) version: String,
    pub(crate) offer: Offer,
    pub(crate) until: Instant,
    pub(crate) reply: oneshot::Sender<ClaimAnswer>,
}

impl Parked {
    pub(crate) fn event(&self) -> Event {
        Event::Take { agent: self.agent.clone(), version: self.version.clone(), offer: self.offer.clone() }
    }
}

/// Claims in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct ParkedClaims {
    /// Those that have to be tried: new ones, those whose time is up, those whose agent is told something.
    due: VecDeque<Parked>,
    /// Those that found no job.
    waiting: VecDeque<Parked>,
    /// Those of `waiting` that were tried in this pass.
    tried: VecDeque<Parked>,
}

impl ParkedClaims {
    pub(crate) fn push(&mut self, claim: Parked) {
        self.due.push_back(claim);
    }

    /// When the first claim has waited long enough.
    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|claim| claim.until).min()
    }

    /// Starts a pass: finds out which claims have to be tried.
    pub(crate) fn start(&mut self, queue: Option<&Queue>) {
        let now = Instant::now();
        let is_due = |claim: &Parked| {
            let mark = queue.and_then(|queue| queue.settings().mark(&claim.agent));
            claim.until <= now || mark.is_some()
        };
        self.due.retain(|claim| !claim.reply.is_closed());
        for claim in std::mem::take(&mut self.waiting) {
            if claim.reply.is_closed() {
                continue;
            }
            if is_due(&claim) { self.due.push_back(claim) } else { self.waiting.push_back(claim) }
        }
    }

    /// The next claims that have to be tried.
    pub(crate) fn next_due(&mut self) -> Vec<Parked> {
        let len = self.due.len().min(ROUND_LEN);
        self.due.drain(..len).collect()
    }

    /// The next claims that have not found a job before and were not tried in this pass.
    pub(crate) fn next_waiting(&mut self) -> Vec<Parked> {
        let len = self.waiting.len().min(ROUND_LEN);
        self.waiting.drain(..len).collect()
    }

    /// Ends a pass: those that were tried in vain are before those that were not tried.
    pub(crate) fn end(&mut self) {
        self.tried.append(&mut self.waiting);
        std::mem::swap(&mut self.tried, &mut self.waiting);
    }

    /// Answers a claim that was tried, or sets it aside again. Returns the hand-back of a job whose claimant is gone.
    pub(crate) fn settle(&mut self, claim: Parked, answer: Answer) -> Option<Event> {
        let answer = match answer {
            Ok(Outcome::Taken(None, instruction))
                if instruction.directive == Directive::Work && claim.until > Instant::now() =>
            {
                self.tried.push_back(claim);
                return None;
            }
            Ok(Outcome::Taken(assigned, instruction)) => Ok((assigned, instruction)),
            Ok(_) => Err(EngineError::Store("the answer is not one to a claim".to_owned())),
            Err(error) => Err(error),
        };
        match claim.reply.send(answer) {
            Err(Ok((Some(assigned), _))) => Some(Event::Release(ReleaseRequest {
                agent: claim.agent,
                id: assigned.job.id,
                attempt: assigned.attempt.0,
                reason: ReleaseReason::Other,
            })),
            Ok(()) | Err(_) => None,
        }
    }
}
