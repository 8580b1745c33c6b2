//! What happens to the queue, and what it answers.

use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProofUri, ProvingJob, UnixMs};

/// Longest reason of a failure that is kept, in bytes. The rest is cut off.
pub const MAX_REASON_LEN: usize = 64 << 10;

/// Number of a hand-out. Higher than that of every earlier hand-out of the same broker, over restarts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(pub u64);

/// How a caller shows that it holds a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The number of its hand-out. A call with another number than that of the present lease changes nothing.
    Attempt(Attempt),
    /// The `time` of its hand-out, as Aztec's agents do it: the earliest starter owns a job, and a waiting job is
    /// taken by whoever claims to work on it.
    StartedAt(UnixMs),
}

/// A call, or the passing of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Add a job. Outcome: [`Outcome::Status`] before the call.
    Enqueue(ProvingJob),
    /// Take a job. Outcome: [`Outcome::Assignment`].
    Claim(JobFilter),
    /// Heartbeat. Outcome: [`Outcome::Assignment`] with other work if the caller should drop its job, else none; for
    /// a numbered lease [`Outcome::Lease`].
    Progress {
        /// The job.
        id: JobId,
        /// How the caller holds it.
        lease: Lease,
        /// What it takes instead.
        filter: JobFilter,
    },
    /// A job is proven. Valid whoever says it and however late. Outcome: [`Outcome::Assignment`].
    Succeed {
        /// The job.
        id: JobId,
        /// Where the result is.
        value: ProofUri,
        /// What the caller takes next.
        filter: JobFilter,
    },
    /// A job failed. Outcome: [`Outcome::Assignment`].
    Fail {
        /// The job.
        id: JobId,
        /// Why.
        reason: String,
        /// Whether another attempt may help.
        retry: bool,
        /// The caller's hand-out; a stale one changes nothing. None from Aztec's agents, which send no such number:
        /// their word always counts.
        attempt: Option<Attempt>,
        /// What the caller takes next.
        filter: JobFilter,
    },
    /// Give a job up. It runs again if it is enqueued again. Outcome: [`Outcome::Done`].
    Cancel(JobId),
    /// Forget what is known about a job and add it again, whatever its epoch. Outcome: [`Outcome::Status`].
    Replay(ProvingJob),
    /// State of a job. Outcome: [`Outcome::Status`].
    Status(JobId),
    /// Which jobs were settled lately, and which of these are settled. Outcome: [`Outcome::Completed`].
    Completed(Vec<JobId>),
    /// Look for leases without heartbeat and for old epochs. Outcome: [`Outcome::Done`].
    Tick,
}

impl Event {
    /// Whether this kind of event may leave a [`super::Change`]. Hand-outs and heartbeats do not: leases are not
    /// stored.
    pub fn may_be_stored(&self) -> bool {
        match self {
            Self::Claim(_) | Self::Progress { .. } | Self::Status(_) | Self::Completed(_) => false,
            Self::Enqueue(_)
            | Self::Succeed { .. }
            | Self::Fail { .. }
            | Self::Cancel(_)
            | Self::Replay(_)
            | Self::Tick => true,
        }
    }
}

/// A job that is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The job.
    pub job: ProvingJob,
    /// When, by the queue's clock. No two hand-outs of a job have the same time.
    pub time: UnixMs,
    /// Number of the hand-out.
    pub attempt: Attempt,
}

/// What a call returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Done,
    /// State of a job.
    Status(JobStatus),
    /// A job to work on, or none.
    Assignment(Option<Assigned>),
    /// Whether the caller of a numbered lease still holds its job.
    Lease {
        /// If not, it should stop working on it.
        is_held: bool,
    },
    /// Ids of settled jobs; an id may occur twice.
    Completed(Vec<JobId>),
}

/// Why a call is refused. It has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id is known with another type, epoch or inputs.
    #[error("job id is taken by a job with other inputs")]
    DuplicateId,
    /// The epoch is too far behind the newest one.
    #[error("epoch {job} is too old, the newest is {newest}")]
    EpochTooOld {
        /// Epoch of the job.
        job: EpochNumber,
        /// Newest epoch.
        newest: EpochNumber,
    },
    /// The queue holds as many jobs as it may.
    #[error("queue is full: it holds {limit} jobs")]
    Full {
        /// How many.
        limit: usize,
    },
}
