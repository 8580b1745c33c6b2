//! The queue as a state machine: an event and a time in, an outcome and effects out. No clock, no IO, no randomness.
//!
//! Whoever drives it writes the [`Change`]s of an event to a store before anybody learns the outcome (those that are
//! not urgent may follow later), and builds the queue again with [`Queue::restore`] if that fails. Brokers that share a
//! store follow each other's changes with [`Queue::absorb`].
//!
//! Calls come by Aztec's wire, whose callers have no name, and by our own, where each call about a job carries the
//! number of its hand-out. Rules of Aztec 4.1.2's broker (`proving_broker.ts`) where its clients can see them;
//! `docs/broker.md` lists what is different on purpose.

mod absorb;
mod agents;
mod claim;
mod completions;
mod config;
mod decide;
mod effects;
mod enqueue;
mod epoch;
mod event;
mod expire;
mod failure;
mod history;
mod lanes;
mod leases;
mod pace;
mod report;
mod restore;
mod setting;
mod state;
mod table;
mod view;

#[cfg(test)]
mod tests;

pub use agents::MAX_AGENTS;
pub use config::{DEFAULT_MAX_EPOCHS, DEFAULT_MAX_JOBS, QueueConfig};
pub use effects::{Change, Effects, FeedEntry, Notice, Settlement, StoredLease};
pub use event::{Assigned, Attempt, Event, MAX_REASON_LEN, Outcome, Refusal};
pub use history::{Evidence, History, MAX_EVIDENCE};
pub use restore::StoredJob;
pub use setting::{Mark, Policy, Scope, Setting, Settings};
pub use state::Queue;
pub use view::{
    AgentView, EpochView, HolderView, JobFilterView, JobPage, JobView, QueueView, TypeView, WaitingJob,
    WaitingLane,
};
