//! Proving agents: they take jobs from a broker, prove them, and report.
//!
//! - [`run`] is the whole: agents that share a process, until they are told to [drain](DrainNotice).
//! - [`session`] is one agent's dealings with the broker, a pure state machine; everything else does what it wants.
//! - [`Backend`] is a way to prove; [`SimulatedBackend`] makes Aztec's placeholders.
//! - [`spot::SpotWatch`] waits for the notice that the machine is taken away.
//! - [`AgentMetrics`] counts; [`serve_admin`] shows it.
//!
//! An agent can lose its machine at any moment: it keeps nothing, and what it was doing is somebody else's as soon as
//! its lease ends.

mod admin;
mod admission;
mod amqp;
mod attempt;
mod backend;
mod bundle;
mod config;
mod driver;
mod estimates;
mod gpu;
mod limits;
mod link;
mod metrics;
mod oracle;
mod resources;
mod run;
pub mod session;
pub mod spot;
pub mod srs;
mod trace;
mod usage;
mod verifier;

pub use admin::serve_admin;
pub use amqp::{AmqpUrlError, AmqpWaking};
pub use backend::{
    Backend, BbBackend, BbConfig, NativeBackend, NativeConfig, Phase, Progress, ProveError, SimulatedBackend,
    TestDelay, Work, write_development_bb,
};
pub use bundle::{Bundle, BundleError, FailureReport, MAX_BUNDLES};
pub use config::{AgentConfig, AgentError, DrainNotice};
pub use gpu::{GpuReading, Gpus};
pub use limits::{group_memory_limit, machine_memory_bytes, machine_threads, memory_at_hand_bytes};
pub use link::{LinkError, Protocol};
pub use metrics::{AgentMetrics, METRICS_CONTENT_TYPE};
pub use oracle::RollupOracle;
pub use resources::ResourcePoint;
pub use run::{Summary, run};
pub use usage::peak_ram_bytes;
pub use verifier::{ResultError, ResultVerifier};
