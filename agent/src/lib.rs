//! Proving agents: take jobs from a broker, prove them, report.

mod backend;
mod oracle;

pub use backend::{Backend, Phase, Progress, ProveError, SimulatedBackend, TestDelay, Work};
pub use oracle::RollupOracle;
