//! Our own protocol between agents and the broker: claims that wait, heartbeats with progress, results and failures
//! that carry the number of their attempt, hand-backs, and what the broker wants of the agent in every reply.
//!
//! Each call is a `POST` of one message to a path under `/v1/agent`, as JSON (`application/json`) or as bincode
//! (`application/x-chinampa-bincode`: the byte [`BINCODE_VERSION`], then bincode 2 in its standard configuration).
//! The reply comes in the encoding of the request. A call that is refused is answered with [`Problem`] as JSON,
//! whatever was asked for.
//!
//! An attempt is what fences: a heartbeat, a failure or a hand-back with another attempt than the present one changes
//! nothing. A proof counts whatever its attempt, as long as it is the first one.

#[cfg(feature = "client")]
mod client;
mod encoding;
#[cfg(feature = "client")]
mod events;
mod identity;
mod message;
mod wake;

#[cfg(feature = "client")]
pub use client::{AgentClient, ClientError, Method};
pub use encoding::{BINCODE_CONTENT_TYPE, BINCODE_VERSION, JSON_CONTENT_TYPE, WireError, WireFormat};
#[cfg(feature = "client")]
pub use events::{Event, Events};
pub use identity::{AgentId, Needs, Offer, PROTOCOL_RELEASE};
pub use message::{
    BeatReply, BeatRequest, ClaimReply, ClaimRequest, Claimed, Directive, FailureClass, HeldJob, Instruction,
    JobFate, JobOutcome, Problem, Progress, ReleaseReason, ReleaseReply, ReleaseRequest, SettleReply,
    SettleRequest, Settled, Usage,
};
pub use wake::{Band, JOB_EXCHANGE_SUFFIX, queue_name};

/// `POST` [`ClaimRequest`], reply [`ClaimReply`].
pub const CLAIM_PATH: &str = "/v1/agent/claim";
/// `POST` [`BeatRequest`], reply [`BeatReply`].
pub const BEAT_PATH: &str = "/v1/agent/beat";
/// `POST` [`SettleRequest`], reply [`SettleReply`].
pub const SETTLE_PATH: &str = "/v1/agent/settle";
/// `POST` [`ReleaseRequest`], reply [`ReleaseReply`].
pub const RELEASE_PATH: &str = "/v1/agent/release";

/// `GET`, reply a stream of server-sent events.
pub const EVENTS_PATH: &str = "/v1/events";

/// Longest time that a claim waits for work, in milliseconds. Longer wishes are cut to this.
pub const MAX_WAIT_MS: u32 = 60_000;
/// Most jobs in one heartbeat.
pub const MAX_BEAT_JOBS: usize = 1024;
/// Longest name of a phase, in bytes. The rest is cut off.
pub const MAX_PHASE_LEN: usize = 64;
