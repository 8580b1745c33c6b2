//! What is kept of an epoch that failed, so that it can be run again elsewhere: Aztec's `data.bin` with everything that
//! the epoch's proof is made of, the world state before it, and what went wrong.
//!
//! # Source
//! Aztec 4.1.2 `prover-node/src/job/epoch-proving-job-data.ts`, `actions/upload-epoch-proof-failure.ts`.

mod attestation;
mod data;
mod folder;

pub use attestation::CommitteeAttestation;
pub use data::{EpochJobData, JobDataError};
pub use folder::{PostMortem, PostMortemError, PostMortemStore, Report};
