//! What happens to the queue, and what it answers.

use chinampa_jobs::agent::{
    AgentId, BeatReply, BeatRequest, Instruction, Offer, ReleaseReply, ReleaseRequest, SettleReply,
    SettleRequest,
};
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobFilter, JobId, JobStatus, ProofUri, ProvingJob, UnixMs};

use super::setting::Setting;

/// Longest reason of a failure that is kept, in bytes. The rest is cut off.
pub const MAX_REASON_LEN: usize = 64 << 10;

/// Number of a hand-out. Higher than that of every earlier hand-out of the same job, over restarts and over all
/// brokers on one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(pub u64);

/// A call, or the passing of time. Calls of Aztec's wire have no name of the caller and no attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Add a job. Outcome: [`Outcome::Status`] before the call.
    Enqueue(ProvingJob),
    /// The same, as a part of a trace of the producer's.
    EnqueueInTrace(ProvingJob, TraceContext),
    /// Take a job, by Aztec's wire. Outcome: [`Outcome::Assignment`].
    Claim(JobFilter),
    /// Heartbeat by Aztec's wire: the earliest starter owns a job, and a waiting job is taken by whoever claims to work
    /// on it. Outcome: [`Outcome::Assignment`] with other work if the caller should drop its job, else none.
    Progress {
        /// The job.
        id: JobId,
        /// The `time` of its hand-out, as the caller says it.
        started_at: UnixMs,
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
    /// A job failed, by Aztec's wire: the caller's word always counts. Outcome: [`Outcome::Assignment`].
    Fail {
        /// The job.
        id: JobId,
        /// Why.
        reason: String,
        /// Whether another attempt may help.
        retry: bool,
        /// What the caller takes next.
        filter: JobFilter,
    },
    /// Take a job. Outcome: [`Outcome::Taken`].
    Take {
        /// The caller.
        agent: AgentId,
        /// Version of its program.
        version: String,
        /// What it can take.
        offer: Offer,
    },
    /// Heartbeat. Outcome: [`Outcome::Beaten`].
    Beat(BeatRequest),
    /// The end of an attempt. Outcome: [`Outcome::Reported`].
    Report(SettleRequest),
    /// A job is handed back. Outcome: [`Outcome::Released`].
    Release(ReleaseRequest),
    /// Give a job up. It runs again if it is enqueued again. Outcome: [`Outcome::Done`].
    Cancel(JobId),
    /// Reject a job, whoever works on it. Outcome: [`Outcome::Done`].
    GiveUp {
        /// The job.
        id: JobId,
        /// Why.
        reason: String,
    },
    /// Run a rejected, cancelled or quarantined job again, with no past. Outcome: [`Outcome::Status`] before the call.
    Retry(JobId),
    /// Put a job aside, or back in line. Outcome: [`Outcome::Status`] before the call.
    Quarantine {
        /// The job.
        id: JobId,
        /// Aside.
        is_quarantined: bool,
    },
    /// Let a job go before or behind others. Outcome: [`Outcome::Status`] before the call.
    Prioritize {
        /// The job.
        id: JobId,
        /// Higher goes first.
        priority: i8,
    },
    /// Decide something. Outcome: [`Outcome::Done`].
    Set(Setting),
    /// Forget an epoch and all of its jobs. Outcome: [`Outcome::Done`].
    DropEpoch(EpochNumber),
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
    /// Whether this kind of event usually leaves a [`super::Change`] that has to be stored before the outcome is told.
    pub fn may_be_stored(&self) -> bool {
        match self {
            Self::Claim(_)
            | Self::Progress { .. }
            | Self::Take { .. }
            | Self::Beat(_)
            | Self::Status(_)
            | Self::Completed(_) => false,
            Self::Enqueue(_)
            | Self::EnqueueInTrace(..)
            | Self::Succeed { .. }
            | Self::Fail { .. }
            | Self::Report(_)
            | Self::Release(_)
            | Self::Cancel(_)
            | Self::GiveUp { .. }
            | Self::Retry(_)
            | Self::Quarantine { .. }
            | Self::Prioritize { .. }
            | Self::Set(_)
            | Self::DropEpoch(_)
            | Self::Replay(_)
            | Self::Tick => true,
        }
    }

    /// Whether it changes nothing at all.
    pub fn is_question(&self) -> bool {
        matches!(self, Self::Status(_) | Self::Completed(_))
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
    /// A job to work on, or none, and what is wanted of the caller.
    Taken(Option<Assigned>, Instruction),
    /// What became of the caller's jobs.
    Beaten(BeatReply),
    /// What the report did.
    Reported(SettleReply),
    /// Whether the job was handed back.
    Released(ReleaseReply),
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
    /// A program's job is said to belong to an epoch. See [`EpochNumber::of_day`].
    #[error("a program belongs to a day, not to epoch {epoch}")]
    ProgramOfEpoch {
        /// The epoch.
        epoch: EpochNumber,
    },
    /// The queue holds as many jobs as it may.
    #[error("queue is full: it holds {limit} jobs")]
    Full {
        /// How many.
        limit: usize,
    },
    /// The queue holds jobs of as many epochs as it may.
    #[error("queue is full: it holds jobs of {limit} epochs")]
    TooManyEpochs {
        /// How many.
        limit: usize,
    },
    /// As many agents are known as may be.
    #[error("{limit} agents are known, and no more are taken")]
    TooManyAgents {
        /// How many.
        limit: usize,
    },
}
