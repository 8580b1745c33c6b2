//! Leases by the time at which they end.

use std::collections::BTreeSet;

use super::table::Slot;

/// Which job loses its lease next.
#[derive(Debug, Default)]
pub(super) struct Leases {
    by_deadline: BTreeSet<(i64, Slot)>,
}

impl Leases {
    pub(super) fn insert(&mut self, deadline_ms: i64, slot: Slot) {
        self.by_deadline.insert((deadline_ms, slot));
    }

    pub(super) fn remove(&mut self, deadline_ms: i64, slot: Slot) {
        self.by_deadline.remove(&(deadline_ms, slot));
    }

    /// A lease that has ended by `now_ms`; the caller removes it.
    pub(super) fn first_ended(&self, now_ms: i64) -> Option<Slot> {
        self.by_deadline.first().filter(|(deadline_ms, _)| *deadline_ms <= now_ms).map(|(_, slot)| *slot)
    }
}
