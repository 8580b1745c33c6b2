//! How long jobs take here, learned from those that were done.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chinampa_jobs::RequestType;

/// Mean durations by type; recent jobs count more.
#[derive(Debug, Default)]
pub(crate) struct Estimates {
    means: Mutex<HashMap<RequestType, Duration>>,
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
