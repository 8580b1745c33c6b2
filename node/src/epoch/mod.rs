//! One epoch on its way to its root proof: a state machine without clock, network or disk.
//!
//! [`EpochProver::step`] takes what happened ([`Event`]: a checkpoint landed, a job is done) and gives what is to be
//! done about it ([`Effect`]: jobs to enqueue, the finished proof).
//!
//! - *Optimistic.* A checkpoint's jobs start when the checkpoint is added, long before its epoch is complete. Only
//!   checkpoint roots wait: they are told of all blobs of the epoch.
//! - *Reorgs.* A checkpoint that is added again replaces what was there from its number on. Everything below it that
//!   proves the same comes out with the same job id, and its proof is there already.
//! - *Restarts.* Nothing here is stored. The same events give the same job ids, and a broker that knows an id answers
//!   with what it has.

mod event;
mod machine;
mod node;
mod progress;
mod section;

pub use event::{Effect, EpochProof, Event, JobFailure, PlannedJob};
pub use machine::EpochProver;
pub use progress::{JobCounts, Progress};
