//! Settings of the queue.

use super::setting::Policy;

/// Most jobs that a queue holds by default, settled ones included.
pub const DEFAULT_MAX_JOBS: usize = 4_000_000;

/// Most epochs with jobs by default.
pub const DEFAULT_MAX_EPOCHS: usize = 64;

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
    /// How many days before this one the jobs of programs are kept.
    pub days_kept: u64,
    /// How long a completion stays in the log.
    pub completion_window_ms: u64,
    /// How many completions stay in the log, whatever their age.
    pub completions_max: usize,
    /// How many jobs are held. Above this, [`super::Refusal::Full`].
    pub max_jobs: usize,
    /// Jobs of how many epochs are held. Above this, [`super::Refusal::TooManyEpochs`].
    pub max_epochs: usize,
    /// An epoch that is newer than the newest one by more than this is a far one: its jobs are taken, but it makes no
    /// other epoch old until [`QueueConfig::far_epoch_patience_ms`] has passed.
    pub epoch_step_max: u64,
    /// A far epoch becomes the newest one when no job of the others was enqueued for this long, and one of its own
    /// was enqueued after them.
    pub far_epoch_patience_ms: u64,
    /// A job that this many different agents have failed is put aside. One that went away without a word counts half.
    pub poison_agents: usize,
    /// An agent that has failed this many different jobs, with none proven in between, is put aside.
    pub sick_jobs: usize,
    /// Order of hand-outs.
    pub policy: Policy,
    /// Time from the first job of an epoch to its deadline, where nobody has set one.
    pub epoch_window_ms: u64,
    /// Several brokers share the store, so that hand-outs and signs of life are stored too.
    pub is_shared: bool,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            job_timeout_ms: 30_000,
            max_attempts: 3,
            epochs_kept: 1,
            days_kept: 7,
            // Twice the time after which Aztec's producers ask for all of their jobs anyway.
            completion_window_ms: 60_000,
            completions_max: 16_384,
            max_jobs: DEFAULT_MAX_JOBS,
            max_epochs: DEFAULT_MAX_EPOCHS,
            epoch_step_max: 16,
            far_epoch_patience_ms: 3_600_000,
            poison_agents: 3,
            sick_jobs: 5,
            policy: Policy::Aztec,
            // 32 slots of 72 s, and as long again to submit.
            epoch_window_ms: 2 * 32 * 72_000,
            is_shared: false,
        }
    }
}
