//! The queue as a state machine: an event and a time in, an outcome and effects out. No clock, no IO, no randomness.
//!
//! Whoever drives it writes the [`Change`]s of an event to a store before anybody learns the outcome, and builds
//! the queue again with [`Queue::restore`] if that fails. Leases are not stored: after a restart every unsettled job
//! waits again, and an agent that still works on one takes it back with its next heartbeat.
//!
//! Rules of Aztec 4.1.2's broker (`proving_broker.ts`) where its clients can see them; `docs/broker.md` lists what
//! is different on purpose.

mod completions;
mod config;
mod effects;
mod enqueue;
mod event;
mod expire;
mod leases;
mod report;
mod state;
mod table;
mod waiting;

#[cfg(test)]
mod tests;

pub use config::{DEFAULT_MAX_JOBS, QueueConfig};
pub use effects::{Change, Effects, Notice, Settlement};
pub use event::{Assigned, Attempt, Event, Lease, MAX_REASON_LEN, Outcome, Refusal};
pub use state::{Queue, StoredJob};
