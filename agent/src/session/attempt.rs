//! Calls that are made at a time, and again when they fail.

/// A call that may have to be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) at_ms: u64,
    pub(super) in_flight: bool,
    pub(super) failures: u32,
}

impl Attempt {
    pub(super) fn now(now: u64) -> Self {
        Self { at_ms: now, in_flight: false, failures: 0 }
    }

    /// Whether to call now; marks the call as under way.
    pub(super) fn is_due(&mut self, now: u64) -> bool {
        let is_due = !self.in_flight && self.at_ms <= now;
        self.in_flight |= is_due;
        is_due
    }

    pub(super) fn again_at(&mut self, at_ms: u64) {
        *self = Self { at_ms, in_flight: false, failures: 0 };
    }

    pub(super) fn failed(&mut self, now: u64, (shortest, longest): (u64, u64)) {
        let pause = shortest.saturating_mul(1 << self.failures.min(16)).min(longest);
        *self = Self { at_ms: now + pause, in_flight: false, failures: self.failures + 1 };
    }

    pub(super) fn wake_at(&self) -> Option<u64> {
        (!self.in_flight).then_some(self.at_ms)
    }
}
