//! Settings of the queue.

/// Most jobs that a queue holds by default, settled ones included.
pub const DEFAULT_MAX_JOBS: usize = 4_000_000;

/// Settings of the queue. Names and defaults are Aztec's where it has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueConfig {
    /// A job goes back to the queue after this long without a heartbeat. `PROVER_BROKER_JOB_TIMEOUT_MS`.
    pub job_timeout_ms: u64,
    /// How often a job is tried before its failure is final. `PROVER_BROKER_JOB_MAX_RETRIES`, which counts the first
    /// attempt too.
    pub max_attempts: u32,
    /// How many epochs before the newest one are kept. `PROVER_BROKER_MAX_EPOCHS_TO_KEEP_RESULTS_FOR`.
    pub epochs_kept: u64,
    /// How long a completion stays in the log.
    pub completion_window_ms: u64,
    /// How many completions stay in the log, whatever their age.
    pub completions_max: usize,
    /// How many jobs are held. Above this, [`super::Refusal::Full`].
    pub max_jobs: usize,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            job_timeout_ms: 30_000,
            max_attempts: 3,
            epochs_kept: 1,
            // Twice the time after which Aztec's producers ask for all of their jobs anyway.
            completion_window_ms: 60_000,
            completions_max: 16_384,
            max_jobs: DEFAULT_MAX_JOBS,
        }
    }
}
