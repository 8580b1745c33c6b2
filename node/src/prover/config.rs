//! Settings.

use std::time::Duration;

/// How a [`super::Prover`] treats its broker.
#[derive(Clone, Debug)]
pub struct ProverConfig {
    /// Time between two questions for completed jobs.
    pub poll_interval: Duration,
    /// Time between two questions that name all open jobs, and between two looks for jobs that the broker lost.
    pub snapshot_interval: Duration,
    /// Pauses before the first, second, … repetition of a call that did not get through; the last one counts for all
    /// that follow.
    pub retry_pauses: Vec<Duration>,
    /// Most calls at the same time.
    pub concurrency: usize,
    /// Whether jobs that nothing waits for are cancelled. Aztec's broker then refuses them for as long as it knows them,
    /// so the default is to leave them alone.
    pub cancel_abandoned: bool,
}

impl Default for ProverConfig {
    /// Aztec's values, but for the snapshot, which it takes every 30 s too but without looking for lost jobs.
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(1),
            snapshot_interval: Duration::from_secs(30),
            retry_pauses: vec![Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3)],
            concurrency: 50,
            cancel_abandoned: false,
        }
    }
}
