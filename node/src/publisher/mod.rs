//! The root proof's way to L1: checked first, sent by one key at a time, replaced until it is mined, and never given up
//! while it can still be accepted.
//!
//! # Sources
//! Aztec 4.1.2 `prover-node/src/prover-node-publisher.ts`, `ethereum/src/l1_tx_utils`; `EpochProofLib.sol`.

mod error;
mod fees;
mod preflight;
mod sender;
mod submission;

pub use error::PublishError;
pub use fees::{FeePolicy, Fees};
pub use sender::{Published, Publisher, PublisherConfig};
pub use submission::Submission;
