//! The root proof's way to L1: checked first, sent behind the proofs that it builds on, replaced until it is mined, and
//! never given up while it can still be accepted.
//!
//! # Sources
//! Aztec 4.1.2 `prover-node/src/prover-node-publisher.ts`, `ethereum/src/l1_tx_utils`; `EpochProofLib.sol`.

mod cost;
mod error;
mod fees;
mod line;
mod preflight;
mod sender;
mod submission;

pub use cost::Cost;
pub use error::PublishError;
pub use fees::{FeePolicy, Fees};
pub use sender::{Published, Publisher, PublisherConfig};
pub use submission::Submission;
