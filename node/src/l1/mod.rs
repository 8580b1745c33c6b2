//! Ethereum as the prover sees it: execution nodes behind one client, Aztec's contracts, the clock of slots.

mod batch;
mod client;
mod clock;
pub mod contracts;
mod deployment;
mod error;
mod failover;

pub use client::{L1, L1Block, L1Config};
pub use clock::EpochClock;
pub(crate) use deployment::STF_STORAGE;
pub use deployment::{Deployment, Incompatible, RollupChoice};
pub use error::L1Error;
