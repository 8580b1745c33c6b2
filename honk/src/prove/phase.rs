//! The phases of a proof: what a progress bar shows and what is timed.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::ProveError;

/// A part of the protocol, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Commitments to the first three wires.
    Wires,
    /// Lookup counts and tags, memory records, and the fourth wire.
    Records,
    /// Inverses of the lookup argument.
    LookupInverses,
    /// The grand product of the copy constraints.
    GrandProduct,
    /// Sumcheck over all relations.
    Sumcheck,
    /// The batched polynomial and its folds, with their commitments.
    Gemini,
    /// Evaluations of the folds, and the quotient of all claims.
    Shplonk,
    /// The opening at one point.
    Kzg,
    /// The inner product argument of a rollup proof.
    Ipa,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 9] = [
        Self::Wires,
        Self::Records,
        Self::LookupInverses,
        Self::GrandProduct,
        Self::Sumcheck,
        Self::Gemini,
        Self::Shplonk,
        Self::Kzg,
        Self::Ipa,
    ];

    /// Name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wires => "wires",
            Self::Records => "records",
            Self::LookupInverses => "lookup_inverses",
            Self::GrandProduct => "grand_product",
            Self::Sumcheck => "sumcheck",
            Self::Gemini => "gemini",
            Self::Shplonk => "shplonk",
            Self::Kzg => "kzg",
            Self::Ipa => "ipa",
        }
    }
}

/// How long a phase took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseTime {
    /// The phase.
    pub phase: Phase,
    /// Wall clock.
    pub duration: Duration,
}

/// Called when a phase begins. [`ControlFlow::Break`] gives the proof up.
pub type Progress<'a> = &'a (dyn Fn(Phase) -> ControlFlow<()> + Sync);

/// Times phases and tells of them.
pub(super) struct Clock<'a> {
    progress: Option<Progress<'a>>,
    current: Option<(Phase, Instant)>,
    times: Vec<PhaseTime>,
}

impl<'a> Clock<'a> {
    pub(super) const fn new(progress: Option<Progress<'a>>) -> Self {
        Self { progress, current: None, times: Vec::new() }
    }

    /// Ends the last phase and begins another.
    pub(super) fn begin(&mut self, phase: Phase) -> Result<(), ProveError> {
        self.end();
        if self.progress.is_some_and(|progress| progress(phase).is_break()) {
            return Err(ProveError::Stopped { phase });
        }
        self.current = Some((phase, Instant::now()));
        Ok(())
    }

    fn end(&mut self) {
        if let Some((phase, start)) = self.current.take() {
            self.times.push(PhaseTime { phase, duration: start.elapsed() });
        }
    }

    pub(super) fn finish(mut self) -> Vec<PhaseTime> {
        self.end();
        self.times
    }
}
