//! Blobs: how a checkpoint's effects are published on L1, and how an epoch opens them all at one point.
//!
//! - [`stream`]: effects to fields and back, the format that every node must parse.
//! - [`Blob`]: 4,096 fields, their KZG commitment, versioned hash, evaluation.
//! - [`batch`]: challenges, evaluations and the batched opening of an epoch.
//!
//! # Sources
//! Aztec 4.1.2 `blob-lib`; EIP-4844. Checked against recorded blobs and against values of Aztec's own library.

pub mod batch;
mod bls;
mod kzg;
pub mod stream;

pub use batch::{BlobAccumulator, FinalBlobAccumulator, FinalBlobBatchingChallenges};
pub use bls::{BlsPoint, BlsScalar};
pub use kzg::{Blob, BlobError, Commitment, Evaluation, blobs_hash, blobs_of_fields};
