//! Objects outside of messages: folders and buckets, named by the URLs that Aztec's programs take for their proof
//! stores (feature `objects`).
//!
//! # Sources
//! `@aztec/stdlib/file-store` and `FileStoreProofStore` of `@aztec/prover-client` 4.1.2.

mod bucket;
mod files;
mod folder;
mod proofs;

pub use bucket::Bucket;
pub use proofs::ProofObjects;

use std::io;

/// Why an object cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectsError {
    /// The URL names no place of a known kind.
    #[error("{url:?} is no object store: {reason}")]
    Url {
        /// The URL without its query.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The object is larger than may be.
    #[error("object {key} has {actual} bytes, at most {limit} are read")]
    TooLong {
        /// The object.
        key: String,
        /// Most bytes that are read.
        limit: usize,
        /// How many it has.
        actual: u64,
    },
    /// The object is not there.
    #[error("object {key} is not there")]
    Missing {
        /// The object.
        key: String,
    },
    /// There is no room for it.
    #[error("no room for object {key}")]
    Full {
        /// The object.
        key: String,
    },
    /// A file cannot be read or written.
    #[error("object {key}: {source}")]
    File {
        /// The object.
        key: String,
        /// Why.
        source: io::Error,
    },
    /// The service fails or refuses.
    #[error("object store: {0}")]
    Service(Box<object_store::Error>),
    /// The object is not one of a job.
    #[error(transparent)]
    Object(#[from] crate::Error),
}

impl ObjectsError {
    /// Whether another attempt, here or elsewhere, may do better.
    pub fn is_temporary(&self) -> bool {
        !matches!(self, Self::Object(_))
    }
}

impl From<object_store::Error> for ObjectsError {
    fn from(error: object_store::Error) -> Self {
        Self::Service(Box::new(error))
    }
}
