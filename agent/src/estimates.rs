//! How long jobs take here and how much memory, learned from those that were done or ended for want of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chinampa_jobs::RequestType;

/// Mean durations by type; recent jobs count more.
#[derive(Debug, Default)]
pub(crate) struct Estimates {
    means: Mutex<HashMap<RequestType, Duration>>,
    /// Memory of types that had too little, in bytes.
    needs: Mutex<HashMap<RequestType, u64>>,
}

impl Estimates {
    /// How long a job of this type is expected to take; none before the first.
    pub(crate) fn expected(&self, request_type: RequestType) -> Option<Duration> {
        self.means.lock().unwrap_or_else(PoisonError::into_inner).get(&request_type).copied()
    }

    /// Learns from a job that was done. A new one weighs a quarter.
    pub(crate) fn learn(&self, request_type: RequestType, took: Duration) {
        let mut means = self.means.lock().unwrap_or_else(PoisonError::into_inner);
        means.entry(request_type).and_modify(|mean| *mean = (*mean * 3 + took) / 4).or_insert(took);
    }

    /// Memory that a job of this type takes, in bytes: `known`, or more after jobs of the type had too little.
    pub(crate) fn ram_bytes(&self, request_type: RequestType, known: u64) -> u64 {
        let needs = self.needs.lock().unwrap_or_else(PoisonError::into_inner);
        needs.get(&request_type).map_or(known, |need| known.max(*need))
    }

    /// Learns that a job of this type had too little memory with `had`, of `budget` for all jobs together. The next one gets
    /// half as much again, at most the whole budget; if it had that, it needs another machine.
    pub(crate) fn learn_need(&self, request_type: RequestType, had: u64, budget: u64) {
        let more = had.saturating_add(had / 2);
        let need = if had < budget { more.min(budget) } else { more };
        let mut needs = self.needs.lock().unwrap_or_else(PoisonError::into_inner);
        needs.entry(request_type).and_modify(|known| *known = need.max(*known)).or_insert(need);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_memory_is_learned() {
        let estimates = Estimates::default();
        let kind = RequestType::ParityBase;
        assert_eq!(estimates.ram_bytes(kind, 100), 100);
        estimates.learn_need(kind, 100, 180);
        assert_eq!(estimates.ram_bytes(kind, 100), 150);
        estimates.learn_need(kind, 150, 180);
        assert_eq!(estimates.ram_bytes(kind, 100), 180);
        // It was alone and had everything.
        estimates.learn_need(kind, 180, 180);
        assert_eq!(estimates.ram_bytes(kind, 100), 270);
        // One that began before that.
        estimates.learn_need(kind, 100, 180);
        assert_eq!(estimates.ram_bytes(kind, 100), 270);
        assert_eq!(estimates.ram_bytes(RequestType::ParityRoot, 100), 100);
    }

    #[test]
    fn recent_jobs_count_more() {
        let estimates = Estimates::default();
        assert_eq!(estimates.expected(RequestType::ParityBase), None);
        estimates.learn(RequestType::ParityBase, Duration::from_secs(4));
        estimates.learn(RequestType::ParityBase, Duration::from_secs(8));
        assert_eq!(estimates.expected(RequestType::ParityBase), Some(Duration::from_secs(5)));
        assert_eq!(estimates.expected(RequestType::ParityRoot), None);
    }
}
