//! The messages. Members are camelCase in JSON; enums are written by the name of the variant.

use serde::{Deserialize, Serialize};

use super::identity::{AgentId, Offer};
use crate::job::ProvingJob;
use crate::job_id::JobId;
use crate::uri::ProofUri;

/// Asks for a job, and waits for one if there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimRequest {
    /// The caller.
    pub agent: AgentId,
    /// Version of its program, for people.
    pub version: String,
    /// What it can take.
    pub offer: Offer,
    /// How long the call may wait, in milliseconds, at most [`super::MAX_WAIT_MS`]. 0 answers at once.
    pub wait_ms: u32,
}

/// A job that the caller now holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claimed {
    /// The job.
    pub job: ProvingJob,
    /// Number of this hand-out; every later call about the job carries it.
    pub attempt: u64,
    /// Without a heartbeat for this long, in milliseconds, the job goes to somebody else.
    pub lease_ms: u64,
    /// The broker's clock at hand-out, milliseconds since 1970.
    pub time_ms: i64,
    /// When the epoch should be proven, milliseconds since 1970, if the broker knows.
    pub deadline_ms: Option<i64>,
}

/// What the broker wants of an agent from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Directive {
    /// Take jobs.
    #[default]
    Work,
    /// Take no more jobs; finish those at hand; keep asking.
    Quiet,
    /// Take no more jobs, finish those at hand or hand them back, and end.
    Drain,
}

/// A directive and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instruction {
    /// What to do.
    pub directive: Directive,
    /// Why, for people; empty for [`Directive::Work`].
    pub reason: String,
}

/// Reply to [`ClaimRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimReply {
    /// A job, if there was one in time.
    pub claimed: Option<Claimed>,
    /// What the broker wants.
    pub instruction: Instruction,
}

/// How far a proof is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The phase, such as `witness` or `sumcheck`; cut to [`super::MAX_PHASE_LEN`] bytes.
    pub phase: String,
    /// Parts per thousand of the job that are done, 0 to 1000.
    pub done_permille: u16,
    /// Time until the result, in milliseconds, if it is known.
    pub eta_ms: Option<u64>,
}

/// One job in a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldJob {
    /// The job.
    pub id: JobId,
    /// Its attempt.
    pub attempt: u64,
    /// How far it is; none keeps what was said before.
    pub progress: Option<Progress>,
}

/// A sign of life for all jobs of an agent. No jobs at all is one too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeatRequest {
    /// The caller.
    pub agent: AgentId,
    /// What it works on, at most [`super::MAX_BEAT_JOBS`].
    pub jobs: Vec<HeldJob>,
}

/// What became of a job in a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobFate {
    /// The caller holds it for another lease.
    Held,
    /// There is a later attempt, or the caller gave this one up: stop, unless the proof is nearly done.
    Superseded,
    /// It is settled or cancelled: stop.
    Settled,
    /// The broker does not know it: stop.
    Unknown,
}

/// Reply to [`BeatRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeatReply {
    /// One for each job of the request, in its order.
    pub fates: Vec<JobFate>,
    /// What the broker wants.
    pub instruction: Instruction,
}

/// Why an attempt failed. Only [`FailureClass::JobError`] uses up a retry of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureClass {
    /// The job itself: a failing assertion, inputs that do not decode.
    JobError,
    /// It took too long, or its lease ended while the agent was alive.
    Timeout,
    /// The agent went away without a word.
    LostAgent,
    /// The machine was reclaimed.
    SpotReclaim,
    /// There was too little memory.
    OutOfMemory,
}

impl FailureClass {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::JobError, Self::Timeout, Self::LostAgent, Self::SpotReclaim, Self::OutOfMemory];

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::JobError => "jobError",
            Self::Timeout => "timeout",
            Self::LostAgent => "lostAgent",
            Self::SpotReclaim => "spotReclaim",
            Self::OutOfMemory => "outOfMemory",
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobOutcome {
    /// Proven.
    Success {
        /// Where the result is.
        value: ProofUri,
    },
    /// Not proven.
    Failure {
        /// Why.
        class: FailureClass,
        /// What happened, for people.
        reason: String,
        /// For [`FailureClass::JobError`]: whether another attempt may help. Other classes are always tried again.
        retry: bool,
    },
}

/// What an attempt has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Processor time, in milliseconds.
    pub cpu_ms: u64,
    /// Device time, in milliseconds.
    pub gpu_ms: u64,
    /// Largest resident memory, in bytes.
    pub peak_ram_bytes: u64,
}

/// Reports the end of an attempt. Safe to repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettleRequest {
    /// The caller.
    pub agent: AgentId,
    /// The job.
    pub id: JobId,
    /// Its attempt.
    pub attempt: u64,
    /// How it ended.
    pub outcome: JobOutcome,
    /// What it has used.
    pub usage: Usage,
}

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settled {
    /// The result is the job's.
    Accepted,
    /// The job was settled before; nothing has changed.
    AlreadySettled,
    /// The failure is noted, and the job waits again.
    Requeued,
    /// The failure is noted and final: the job is rejected.
    Rejected,
    /// The failure is noted, and the job is put aside until somebody looks at it.
    Quarantined,
    /// A failure of another attempt than the present one; nothing has changed.
    Stale,
    /// The result is not a valid proof; it is noted as a failure.
    Invalid,
    /// The broker does not know the job.
    Unknown,
}

/// Reply to [`SettleRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettleReply {
    /// What the report did.
    pub settled: Settled,
    /// What the broker wants.
    pub instruction: Instruction,
}

/// Why an agent hands a job back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReleaseReason {
    /// It ends, or was told to drain.
    Shutdown,
    /// Its machine is reclaimed.
    SpotReclaim,
    /// It has other reasons, and the job is as good as before.
    Other,
}

/// Hands a job back. It is runnable elsewhere at once, and no retry is used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseRequest {
    /// The caller.
    pub agent: AgentId,
    /// The job.
    pub id: JobId,
    /// Its attempt.
    pub attempt: u64,
    /// Why.
    pub reason: ReleaseReason,
}

/// Reply to [`ReleaseRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseReply {
    /// Whether the caller held the job until now.
    pub is_released: bool,
    /// What the broker wants.
    pub instruction: Instruction,
}

/// Why a call is refused, as JSON with HTTP status 400 and above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A word for programs, such as `unauthenticated`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}
