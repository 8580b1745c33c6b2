//! The broker's queue and stores, one broker or several on one store, in one thread, under faults that a seed chooses: calls that are delayed, doubled,
//! reordered or lost, clocks that jump, writes that fail, and power that goes away between any two writes.
//!
//! [`World::run`] plays one schedule and panics where something does not hold that always must:
//! - no acknowledged job and no acknowledged result is lost;
//! - no job settles twice with different results;
//! - a call with a stale attempt changes nothing;
//! - attempts only grow, over restarts too;
//! - when the faults stop, every job that is not settled is handed out and settles.
//!
//! [`circuits`] computes what Aztec's circuits return, and [`SyntheticChain`] makes checkpoints of any shape, so that a
//! farm can be driven to the root proof of any epoch.

mod chain;
pub mod circuits;
mod disk;
mod faulty;
mod model;
mod random;
mod redis;
mod shared;
mod world;

pub use chain::SyntheticChain;
pub use disk::Disk;
pub use faulty::FaultyMemory;
pub use random::Random;
pub use redis::{RedisConnection, RedisMachine};
pub use shared::SharedMemory;
pub use world::{Machine, World};
