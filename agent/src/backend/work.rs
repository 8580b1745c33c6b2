//! What a running proof and the session that waits for it tell one another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a proof is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Reads its inputs and the circuit.
    #[default]
    Load,
    /// Solves the witness.
    Witness,
    /// Proves.
    Prove,
    /// Verifies its own proof.
    Verify,
    /// Writes the result to where it is kept.
    Store,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Load, Self::Witness, Self::Prove, Self::Verify, Self::Store];

    /// Its name on the wire and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Witness => "witness",
            Self::Prove => "prove",
            Self::Verify => "verify",
            Self::Store => "store",
        }
    }
}

/// How far a proof is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Time until the result, if it is known.
    pub eta: Option<Duration>,
}

/// A program that ran for a job and failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedProgram {
    /// How it ended; none if it was ended here.
    pub(crate) status: Option<String>,
    /// The end of what it wrote.
    pub(crate) log: String,
}

#[derive(Debug)]
struct State {
    is_cancelled: bool,
    phase: Phase,
    entered: Vec<(Phase, Instant)>,
    end: Option<Instant>,
    peak_ram_bytes: u64,
    failed_program: Option<FailedProgram>,
}

/// One attempt at a job. Shared between the thread that proves and the session.
#[derive(Debug)]
pub struct Work {
    started: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

impl Default for Work {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Work {
    /// Work that starts now and, as far as is known, takes `expected`.
    pub fn new(expected: Option<Duration>) -> Self {
        let started = Instant::now();
        let end = expected.map(|expected| started + expected);
        let entered = vec![(Phase::Load, started)];
        let (phase, failed_program) = (Phase::Load, None);
        let state = State { is_cancelled: false, phase, entered, end, peak_ram_bytes: 0, failed_program };
        Self { started, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned lock guards nothing worse than a phase that is out of date.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.state().is_cancelled = true;
        self.changed.notify_all();
    }

    /// Whether it should stop.
    pub fn is_cancelled(&self) -> bool {
        self.state().is_cancelled
    }

    /// Enters a phase.
    pub fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.entered.push((phase, Instant::now()));
    }

    /// Says when the result will be there.
    pub fn expect_end(&self, end: Instant) {
        self.state().end = Some(end);
    }

    /// Says how much memory a program has that runs for it.
    pub fn note_ram(&self, bytes: u64) {
        let mut state = self.state();
        state.peak_ram_bytes = state.peak_ram_bytes.max(bytes);
    }

    /// The largest memory of a program that ran for it, in bytes; 0 if none did.
    pub fn peak_ram_bytes(&self) -> u64 {
        self.state().peak_ram_bytes
    }

    /// Keeps how a program failed, for whoever looks at the job later.
    pub(crate) fn note_failed(&self, program: FailedProgram) {
        self.state().failed_program = Some(program);
    }

    /// The program that has failed, if one has.
    pub(crate) fn failed_program(&self) -> Option<FailedProgram> {
        self.state().failed_program.clone()
    }

    /// How far it is. Work that takes longer than expected is taken to need a quarter more of what it took.
    pub fn progress(&self) -> Progress {
        let state = self.state();
        let now = Instant::now();
        let eta = state
            .end
            .map(|end| if end > now { end - now } else { now.saturating_duration_since(self.started) / 4 });
        Progress { phase: state.phase, eta }
    }

    /// Time in each phase so far, in order of entry.
    pub fn phase_times(&self) -> Vec<(Phase, Duration)> {
        let state = self.state();
        let ends = state.entered.iter().skip(1).map(|(_, start)| *start).chain([Instant::now()]);
        state.entered.iter().zip(ends).map(|((phase, start), end)| (*phase, end - *start)).collect()
    }

    /// Sleeps until `deadline`, or until it should stop. Whether it should go on.
    pub fn sleep_until(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.is_cancelled || left.is_zero() {
                return !state.is_cancelled;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
