//! What L1 knows of L2: checkpoints with their blocks, messages to L2, and how far the chain is proven.
//!
//! The archiver subscribes to nothing. Each round it asks the contracts for their state at one L1 block, unwinds what
//! is no longer part of the chain, and fetches what is new; whatever the nodes returned before, the state at that
//! block decides.

mod attestations;
mod checkpoints;
mod epochs;
mod error;
mod messages;
mod propose;
mod rebuild;
mod store;
mod sync;
mod trace;

pub use attestations::{AttestationError, Attestations};
pub use error::ArchiverError;
pub use propose::{Pins, Proposal, ProposalError};
pub use rebuild::{Identity, RebuildError};
pub use store::{ArchiverStore, ArchiverStoreError, L1Position, PublishedCheckpoint, StoredMessage};
pub use sync::{Archiver, ArchiverConfig, Tips};
