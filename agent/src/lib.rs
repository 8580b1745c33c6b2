//! Proving agents: they take jobs from a broker, prove them, and report.
//!
//! - [`run`] is the whole: agents that share a process, until they are told to [drain](DrainNotice).
//! - [`session`] is one agent's dealings with the broker, a pure state machine; everything else does what it wants.
//! - [`Backend`] is a way to prove; [`SimulatedBackend`] makes Aztec's placeholders.
//! - [`ProofStore`] holds inputs and results.
//!
//! An agent can lose its machine at any moment: it keeps nothing, and what it was doing is somebody else's as soon as
//! its lease ends.

mod admission;
mod attempt;
mod backend;
mod bundle;
mod config;
mod driver;
mod estimates;
mod link;
mod memory;
mod oracle;
mod run;
pub mod session;
pub mod srs;
mod store;
mod usage;

pub use backend::{
    Backend, BbBackend, BbConfig, Phase, Progress, ProveError, SimulatedBackend, TestDelay, Work,
    write_development_bb,
};
pub use bundle::{Bundle, BundleError, FailureReport, MAX_BUNDLES};
pub use config::{AgentConfig, AgentError, DrainNotice};
pub use link::{LinkError, Protocol};
pub use memory::machine_memory_bytes;
pub use oracle::RollupOracle;
pub use run::{Summary, run};
pub use store::{ProofStore, StoreError};
