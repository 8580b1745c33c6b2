//! What a session is told and what it wants done.

use std::fmt;

use chinampa_jobs::agent::FailureClass;
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{JobId, ProofUri, ProvingJob, RequestType};

/// One hand-out of one job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job.
    pub id: JobId,
    /// Which hand-out of it.
    pub hand_out: HandOut,
}

/// Which hand-out of a job: the attempt of our own protocol, or the `time` of Aztec's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandOut {
    /// Number of the attempt.
    Attempt(u64),
    /// The broker's clock at hand-out, milliseconds since 1970.
    StartedAt(i64),
}

/// A job that the session holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub job: ProvingJob,
    /// Which hand-out.
    pub lease: Lease,
    /// Time without a sign of life after which the job goes to somebody else, in milliseconds, if known.
    pub lease_ms: Option<u64>,
    /// The attempt's place in a trace, if the broker has said it.
    pub trace: Option<TraceContext>,
}

/// How an attempt ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There is a result.
    Success {
        /// Where it is.
        uri: ProofUri,
    },
    /// There is none.
    Failure {
        /// Kind of failure.
        class: FailureClass,
        /// What happened, for people.
        reason: String,
        /// Whether another attempt may help.
        retry: bool,
    },
}

impl Outcome {
    /// Whether there is a result.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success { .. })
    }
}

impl fmt::Debug for Outcome {
    /// Leaves the URI out, which may be megabytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success { uri } => write!(f, "Success({} bytes)", uri.as_str().len()),
            Self::Failure { class, reason, retry } => {
                write!(f, "Failure({}, {reason:?}, retry: {retry})", class.name())
            }
        }
    }
}

/// What the broker says about a job in reply to a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the caller's for another lease.
    Held,
    /// It is somebody else's.
    Superseded,
    /// It is settled, cancelled, or unknown.
    Gone,
}

/// Why a job is handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseCause {
    /// The process ends, or was told to drain.
    Shutdown,
    /// The machine is reclaimed.
    SpotReclaim,
}

/// What a session is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Time has passed.
    Tick,
    /// The broker answered a question for a job.
    Answered(Option<Claim>),
    /// A question for a job has no answer.
    AskFailed,
    /// The proof says how far it is.
    Progress {
        /// Of which hand-out.
        lease: Lease,
        /// Time until the result, in milliseconds, if known.
        eta_ms: Option<u64>,
    },
    /// The proof has ended by itself. Work that was called off ends without this.
    WorkEnded {
        /// Of which hand-out.
        lease: Lease,
        /// How.
        outcome: Outcome,
    },
    /// The broker answered a sign of life.
    Beaten {
        /// For which hand-out.
        lease: Lease,
        /// What became of it.
        fate: Fate,
        /// A job to do instead.
        next: Option<Claim>,
    },
    /// A sign of life has no answer.
    BeatFailed {
        /// For which hand-out.
        lease: Lease,
    },
    /// The broker has taken a report.
    Reported {
        /// About which hand-out.
        lease: Lease,
        /// A job to do next.
        next: Option<Claim>,
    },
    /// A report has no answer, or was refused.
    ReportFailed {
        /// About which hand-out.
        lease: Lease,
        /// Whether trying again is useless.
        is_final: bool,
    },
    /// The broker has taken a job back.
    Released {
        /// Of which hand-out.
        lease: Lease,
    },
    /// A hand-back has no answer, or was refused.
    ReleaseFailed {
        /// Of which hand-out.
        lease: Lease,
        /// Whether trying again is useless.
        is_final: bool,
    },
    /// Take no more jobs, and end within this time.
    Drain {
        /// Time until the end, in milliseconds.
        time_left_ms: u64,
        /// Why.
        cause: ReleaseCause,
    },
}

/// What a session wants done. Calls are answered by an event, each exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the broker for a job.
    Ask,
    /// Start to prove a job.
    Start(Claim),
    /// Call off the proof of a job; it reports no end.
    Cancel(Claim),
    /// Tell the broker that a job is being worked on.
    Beat(Claim),
    /// Tell the broker how a job ended.
    Report(Claim, Outcome),
    /// Hand a job back.
    Release(Claim, ReleaseCause),
    /// There is nothing more to do.
    Stop,
}

impl Claim {
    /// Kind of proof wanted.
    pub fn request_type(&self) -> RequestType {
        self.job.request_type
    }
}
