//! Why blobs were not found.

use std::io;

use alloy::primitives::B256;
use chinampa_protocol::blob::BlobError;

/// Failures of blob sources.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobSourceError {
    /// No source had them.
    #[error(
        "{} of the blobs were found at none of the {sources} sources (first: {}){}; add a file store, beacon node or \
         blob archive that has them",
        missing.len(),
        missing[0],
        if failures.is_empty() { String::new() } else { format!(": {}", failures.join("; ")) }
    )]
    Missing {
        /// Their versioned hashes; at least one.
        missing: Vec<B256>,
        /// How many sources were asked.
        sources: usize,
        /// What failed at which source.
        failures: Vec<String>,
    },
    /// The source could not be reached or refused. The URL is left out: it may carry a key.
    #[error("the source cannot be reached: {0}")]
    Http(#[source] reqwest::Error),
    /// A file could not be read.
    #[error("a blob file cannot be read")]
    File(#[source] io::Error),
    /// The answer is longer than any should be.
    #[error("the answer is longer than {max} bytes")]
    TooLong {
        /// The bound.
        max: usize,
    },
    /// The answer does not have the form that such sources have.
    #[error("the answer cannot be read: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
    /// The bytes are not a blob.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// L1 does not tell what the source needs to know.
    #[error("the L1 block names no beacon block, so its slot is unknown")]
    NoBeaconRoot,
    /// An execution node failed.
    #[error(transparent)]
    L1(#[from] crate::l1::L1Error),
}

impl BlobSourceError {
    pub(super) fn http(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }
}
