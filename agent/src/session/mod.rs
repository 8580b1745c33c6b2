//! One agent's dealings with the broker: ask, hold the lease, beat, report, drain. A pure state machine: events in, effects
//! out; no clock, no network, no threads. Times are milliseconds on any clock that only goes forward.

mod attempt;
mod event;

#[cfg(test)]
mod farm;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) fn test_claim() -> Claim {
    tests::claim(1)
}

pub use event::{Claim, Effect, Event, Fate, HandOut, Lease, Outcome, ReleaseCause};

use attempt::Attempt;

/// What a session goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// Time between two questions for a job, in milliseconds.
    pub poll_interval_ms: u64,
    /// Time between two signs of life, in milliseconds; a third of the lease if that is shorter.
    pub beat_interval_ms: u64,
    /// A proof whose result is this near, in milliseconds, is finished even if the lease is lost.
    pub nearly_done_ms: u64,
    /// Time that a report takes, in milliseconds: a drain that leaves less than this after the proof releases the job.
    pub report_margin_ms: u64,
    /// Shortest and longest pause before a call is tried again, in milliseconds; it doubles from one to the other.
    pub retry_ms: (u64, u64),
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            poll_interval_ms: 1_000,
            beat_interval_ms: 1_000,
            nearly_done_ms: 10_000,
            report_margin_ms: 1_000,
            retry_ms: (250, 3_000),
        }
    }
}

/// The lease of a job.
#[derive(Clone, Debug)]
struct Held {
    claim: Claim,
    beat: Attempt,
    /// The job is somebody else's now; the proof is finished only because it is nearly done.
    is_lost: bool,
}

#[derive(Debug)]
enum State {
    /// Has no job.
    Idle(Attempt),
    /// Proves.
    Working { held: Held, eta_ms: Option<u64> },
    /// Has a result, or knows that there will be none.
    Reporting { held: Held, outcome: Outcome, call: Attempt },
    /// Hands a job back.
    Releasing { claim: Claim, cause: ReleaseCause, call: Attempt },
    /// Has ended.
    Stopped,
}

/// No more jobs.
#[derive(Clone, Copy, Debug)]
struct Drain {
    deadline_ms: u64,
    cause: ReleaseCause,
}

/// One agent.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    state: State,
    /// A job that the broker gave while another was nearly done.
    next: Option<Held>,
    drain: Option<Drain>,
}

impl Session {
    /// A session that will ask for a job at once.
    pub fn new(config: SessionConfig) -> Self {
        Self { config, state: State::Idle(Attempt::now(0)), next: None, drain: None }
    }

    /// Whether it has ended.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped)
    }

    /// The job that it works on or reports.
    pub fn job(&self) -> Option<&Claim> {
        match &self.state {
            State::Working { held, .. } | State::Reporting { held, .. } => Some(&held.claim),
            State::Releasing { claim, .. } => Some(claim),
            State::Idle(_) | State::Stopped => None,
        }
    }

    /// Whether a job is being proven.
    pub fn is_working(&self) -> bool {
        matches!(self.state, State::Working { .. })
    }

    /// Whether it takes no more jobs.
    pub fn is_draining(&self) -> bool {
        self.drain.is_some()
    }

    /// When [`Event::Tick`] has something to do, if nothing happens before.
    pub fn wake_at_ms(&self) -> Option<u64> {
        let own = match &self.state {
            State::Idle(call) | State::Releasing { call, .. } => call.wake_at(),
            State::Working { held, .. } => beat_at(held),
            State::Reporting { held, call, .. } => earliest(beat_at(held), call.wake_at()),
            State::Stopped => return None,
        };
        let next = self.next.as_ref().and_then(beat_at);
        let drain = self.drain.map(|drain| drain.deadline_ms.saturating_sub(self.config.report_margin_ms));
        earliest(earliest(own, next), drain)
    }

    /// Takes an event and returns what to do, in order.
    pub fn step(&mut self, event: Event, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Tick => {}
            Event::Answered(claim) => self.answered(claim, now, &mut effects),
            Event::AskFailed => self.ask_failed(now),
            Event::Progress { lease, eta_ms } => {
                if let State::Working { held, eta_ms: known } = &mut self.state
                    && held.claim.lease == lease
                {
                    *known = eta_ms;
                }
            }
            Event::WorkEnded { lease, outcome } => self.work_ended(&lease, outcome, now),
            Event::Beaten { lease, fate, next } => self.beaten(&lease, fate, next, now, &mut effects),
            Event::BeatFailed { lease } => {
                let retry = self.config.retry_ms;
                if let Some(held) = self.held_mut(&lease) {
                    held.beat.failed(now, retry);
                }
            }
            Event::Reported { lease, next } => {
                if self.call_mut(&lease).is_some() {
                    self.free(now, &mut effects);
                }
                self.offer(next, now, &mut effects);
            }
            Event::Released { lease } => self.call_ended(&lease, true, now, &mut effects),
            Event::ReportFailed { lease, is_final } | Event::ReleaseFailed { lease, is_final } => {
                self.call_ended(&lease, is_final, now, &mut effects);
            }
            Event::Drain { time_left_ms, cause } => {
                let deadline_ms = now.saturating_add(time_left_ms);
                // A later notice may shorten the time, never lengthen it.
                let deadline_ms = self.drain.map_or(deadline_ms, |drain| drain.deadline_ms.min(deadline_ms));
                self.drain = Some(Drain { deadline_ms, cause });
            }
        }
        self.drain_step(now, &mut effects);
        self.calls(now, &mut effects);
        effects
    }

    /// Makes the calls that are due.
    fn calls(&mut self, now: u64, effects: &mut Vec<Effect>) {
        match &mut self.state {
            State::Idle(call) => {
                if call.is_due(now) {
                    effects.push(Effect::Ask);
                }
            }
            State::Working { held, .. } => beat(held, now, effects),
            State::Reporting { held, outcome, call } => {
                if call.is_due(now) {
                    effects.push(Effect::Report(held.claim.clone(), outcome.clone()));
                }
                beat(held, now, effects);
            }
            State::Releasing { claim, cause, call } => {
                if call.is_due(now) {
                    effects.push(Effect::Release(claim.clone(), *cause));
                }
            }
            State::Stopped => {}
        }
        if let Some(next) = &mut self.next {
            beat(next, now, effects);
        }
    }

    fn answered(&mut self, claim: Option<Claim>, now: u64, effects: &mut Vec<Effect>) {
        if let State::Idle(call) = &mut self.state {
            call.again_at(now + self.config.poll_interval_ms);
        }
        self.offer(claim, now, effects);
    }

    fn ask_failed(&mut self, now: u64) {
        if let State::Idle(call) = &mut self.state {
            call.failed(now, self.config.retry_ms);
        }
    }

    fn start(&mut self, claim: Claim, now: u64, effects: &mut Vec<Effect>) {
        if let Some(drain) = self.drain {
            // It came with the answer to a question from before the drain.
            self.state = State::Releasing { claim, cause: drain.cause, call: Attempt::now(now) };
            return;
        }
        effects.push(Effect::Start(claim.clone()));
        let held = self.hold(claim, now);
        self.state = State::Working { held, eta_ms: None };
    }

    fn hold(&self, claim: Claim, now: u64) -> Held {
        let at_ms = now + self.beat_interval(&claim);
        Held { claim, beat: Attempt { at_ms, in_flight: false, failures: 0 }, is_lost: false }
    }

    fn beat_interval(&self, claim: &Claim) -> u64 {
        claim.lease_ms.map_or(u64::MAX, |lease| lease / 3).min(self.config.beat_interval_ms).max(1)
    }

    fn work_ended(&mut self, lease: &Lease, outcome: Outcome, now: u64) {
        match std::mem::replace(&mut self.state, State::Stopped) {
            State::Working { held, .. } if held.claim.lease == *lease => {
                self.state = State::Reporting { held, outcome, call: Attempt::now(now) };
            }
            // Work that was called off before.
            other => self.state = other,
        }
    }

    fn held_mut(&mut self, lease: &Lease) -> Option<&mut Held> {
        let own = match &mut self.state {
            State::Working { held, .. } | State::Reporting { held, .. } => Some(held),
            _ => None,
        };
        own.into_iter().chain(&mut self.next).find(|held| held.claim.lease == *lease)
    }

    fn beaten(
        &mut self,
        lease: &Lease,
        fate: Fate,
        next: Option<Claim>,
        now: u64,
        effects: &mut Vec<Effect>,
    ) {
        let interval = self.job().map_or(self.config.beat_interval_ms, |claim| self.beat_interval(claim));
        let Some(held) = self.held_mut(lease) else {
            // The job has ended meanwhile; what came with the answer must not be lost.
            return self.offer(next, now, effects);
        };
        held.beat.again_at(now + interval);
        if fate != Fate::Held {
            self.lost(lease, fate, now, effects);
        }
        self.offer(next, now, effects);
    }

    /// The job of this lease is not ours any more.
    fn lost(&mut self, lease: &Lease, fate: Fate, now: u64, effects: &mut Vec<Effect>) {
        if self.next.take_if(|next| next.claim.lease == *lease).is_some() {
            return;
        }
        let nearly_done_ms = self.config.nearly_done_ms;
        match &mut self.state {
            State::Working { held, eta_ms } => {
                let is_near = eta_ms.is_some_and(|eta| eta <= nearly_done_ms);
                if fate == Fate::Superseded && is_near {
                    held.is_lost = true;
                } else {
                    effects.push(Effect::Cancel(held.claim.clone()));
                    self.free(now, effects);
                }
            }
            // A late proof still counts if it is the first; a late failure does not.
            State::Reporting { held, outcome, .. } => {
                if fate == Fate::Superseded && outcome.is_success() {
                    held.is_lost = true;
                } else {
                    self.free(now, effects);
                }
            }
            _ => {}
        }
    }

    /// Takes a job that came without being asked for.
    fn offer(&mut self, claim: Option<Claim>, now: u64, effects: &mut Vec<Effect>) {
        let Some(claim) = claim else { return };
        match &self.state {
            State::Idle(_) => self.start(claim, now, effects),
            State::Stopped => effects.push(Effect::Release(claim, ReleaseCause::Shutdown)),
            _ if self.next.is_none() => self.next = Some(self.hold(claim, now)),
            _ => effects.push(Effect::Release(claim, ReleaseCause::Shutdown)),
        }
    }

    /// The call that ends a hand-out, if it is still to be made.
    fn call_mut(&mut self, lease: &Lease) -> Option<&mut Attempt> {
        match &mut self.state {
            State::Reporting { held: Held { claim, .. }, call, .. }
            | State::Releasing { claim, call, .. } => (claim.lease == *lease).then_some(call),
            _ => None,
        }
    }

    /// The call that ends a hand-out was answered for good, or must be made again.
    fn call_ended(&mut self, lease: &Lease, is_final: bool, now: u64, effects: &mut Vec<Effect>) {
        let retry = self.config.retry_ms;
        match self.call_mut(lease) {
            Some(_) if is_final => self.free(now, effects),
            Some(call) => call.failed(now, retry),
            None => {}
        }
    }

    /// Done with the job at hand: takes the one that waits, or asks for another.
    fn free(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.state = State::Idle(Attempt::now(now));
        if let Some(next) = self.next.take() {
            self.start(next.claim, now, effects);
        }
    }

    /// Ends what a drain does not leave time for.
    fn drain_step(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let Some(Drain { deadline_ms, cause }) = self.drain else { return };
        let latest = deadline_ms.saturating_sub(self.config.report_margin_ms);
        if let Some(next) = self.next.take() {
            effects.push(Effect::Release(next.claim, cause));
        }
        match &self.state {
            // A question under way may still bring a job, which is then released.
            State::Idle(call) if call.in_flight && now < deadline_ms => {}
            State::Idle(_) => self.stop(effects),
            State::Working { held, eta_ms } => {
                let fits = eta_ms.is_some_and(|eta| now.saturating_add(eta) <= latest);
                if !fits || now >= latest {
                    let claim = held.claim.clone();
                    effects.push(Effect::Cancel(claim.clone()));
                    if held.is_lost {
                        self.stop(effects);
                    } else {
                        self.state = State::Releasing { claim, cause, call: Attempt::now(now) };
                    }
                }
            }
            State::Reporting { .. } | State::Releasing { .. } if now >= deadline_ms => self.stop(effects),
            State::Reporting { .. } | State::Releasing { .. } | State::Stopped => {}
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.state = State::Stopped;
        effects.push(Effect::Stop);
    }
}

fn earliest(left: Option<u64>, right: Option<u64>) -> Option<u64> {
    left.into_iter().chain(right).min()
}

fn beat_at(held: &Held) -> Option<u64> {
    if held.is_lost { None } else { held.beat.wake_at() }
}

fn beat(held: &mut Held, now: u64, effects: &mut Vec<Effect>) {
    if !held.is_lost && held.beat.is_due(now) {
        effects.push(Effect::Beat(held.claim.clone()));
    }
}
