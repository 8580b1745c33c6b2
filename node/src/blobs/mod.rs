//! Where blobs come from: file stores, beacon nodes, archives, the execution node of a development chain.
//!
//! L1 keeps only a blob's versioned hash, so sources need not be trusted: a blob counts when its commitment has the
//! hash. All sources are asked for what is still missing, in their order, until nothing is.
//!
//! # Source
//! Aztec 4.1.2 `blob-client/src/client/http.ts`, `blob-client/src/filestore`.

mod aztec_node;
mod beacon;
mod error;
mod file_store;
mod other;

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256};
use chinampa_protocol::blob::{Blob, Commitment};

pub use aztec_node::AztecNode;
pub use beacon::BeaconNode;
pub use error::BlobSourceError;
pub use file_store::FileStore;
pub use other::{BlobArchive, DevelopmentNode};

use crate::l1::{L1, L1Block};

/// Longest answer of any source: a slot's worth of blobs as hexadecimal JSON.
const ANSWER_LEN_MAX: usize = 64 << 20;

/// A source of blobs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BlobSource {
    /// Files by versioned hash.
    Files(FileStore),
    /// A consensus node; it keeps blobs for about 18 days.
    Beacon(BeaconNode),
    /// A service that keeps all blobs.
    Archive(BlobArchive),
    /// An Aztec node, from whose blocks the blobs are made again.
    Node(AztecNode),
    /// An execution node of a development chain, which has no consensus node.
    Development(DevelopmentNode),
}

/// All sources, in the order in which they are asked.
#[derive(Clone, Debug, Default)]
pub struct BlobSources {
    sources: Vec<BlobSource>,
}

/// A blob with the commitment that was computed from it.
#[derive(Clone, Debug)]
pub struct FoundBlob {
    /// The blob.
    pub blob: Blob,
    /// Its commitment.
    pub commitment: Commitment,
}

/// Which blobs are wanted, and where they were published.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Their versioned hashes, in order.
    pub hashes: &'a [B256],
    /// The L1 block of the transaction that carried them.
    pub block: L1Block,
    /// The checkpoint that they carry.
    pub checkpoint: u32,
}

/// Blobs by versioned hash.
pub(crate) type Found = BTreeMap<B256, FoundBlob>;

impl BlobSources {
    /// Sources in the order in which they are to be asked.
    pub fn new(sources: Vec<BlobSource>) -> Self {
        Self { sources }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The wanted blobs, in order.
    ///
    /// # Errors
    /// [`BlobSourceError::Missing`] with what every source said, if some were not found.
    pub async fn fetch(&self, l1: &L1, wanted: Wanted<'_>) -> Result<Vec<FoundBlob>, BlobSourceError> {
        let mut found = Found::new();
        let mut failures = Vec::new();
        for source in &self.sources {
            let missing: Vec<B256> =
                wanted.hashes.iter().copied().filter(|hash| !found.contains_key(hash)).collect();
            if missing.is_empty() {
                break;
            }
            let wanted = Wanted { hashes: &missing, ..wanted };
            if let Err(error) = source.fetch(l1, wanted, &mut found).await {
                tracing::debug!(source = source.name(), %error, "a blob source failed");
                failures.push(format!("{}: {error}", source.name()));
            }
        }
        let missing: Vec<B256> =
            wanted.hashes.iter().copied().filter(|hash| !found.contains_key(hash)).collect();
        if !missing.is_empty() {
            return Err(BlobSourceError::Missing { missing, sources: self.sources.len(), failures });
        }
        // The same blob may be wanted twice.
        Ok(wanted.hashes.iter().map(|hash| found[hash].clone()).collect())
    }
}

impl BlobSource {
    fn name(&self) -> &'static str {
        match self {
            Self::Files(_) => "file store",
            Self::Beacon(_) => "beacon node",
            Self::Archive(_) => "blob archive",
            Self::Node(_) => "Aztec node",
            Self::Development(_) => "development node",
        }
    }

    async fn fetch(&self, l1: &L1, wanted: Wanted<'_>, found: &mut Found) -> Result<(), BlobSourceError> {
        match self {
            Self::Files(store) => store.fetch(l1.http(), wanted.hashes, found).await,
            Self::Beacon(node) => node.fetch(l1.http(), wanted, found).await,
            Self::Archive(archive) => archive.fetch(l1.http(), wanted, found).await,
            Self::Node(node) => node.fetch(l1.http(), wanted, found).await,
            Self::Development(node) => node.fetch(l1, wanted.hashes, found).await,
        }
    }
}

/// The folder of a rollup in a file store.
pub fn store_folder(chain_id: u64, rollup_version: u32, rollup: Address) -> String {
    format!("aztec-{chain_id}-{rollup_version}-0x{}", alloy::hex::encode(rollup))
}

/// Takes a blob from its hexadecimal form if it is one of those wanted.
fn take(hex: &str, wanted: &[B256], found: &mut Found) -> Result<(), BlobSourceError> {
    let bytes = alloy::hex::decode(hex)
        .map_err(|_| BlobSourceError::Malformed { what: "a blob is not hexadecimal" })?;
    keep(Blob::from_bytes(&bytes)?, wanted, found)
}

/// Takes a blob if it is one of those wanted.
fn keep(blob: Blob, wanted: &[B256], found: &mut Found) -> Result<(), BlobSourceError> {
    let commitment = blob.commitment()?;
    let hash = B256::from(commitment.versioned_hash());
    if wanted.contains(&hash) {
        found.insert(hash, FoundBlob { blob, commitment });
    }
    Ok(())
}

/// The body of an answer, refused when it is longer than any blob source has reason to send.
async fn bounded(response: reqwest::Response) -> Result<Vec<u8>, BlobSourceError> {
    let mut response = response.error_for_status().map_err(BlobSourceError::http)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BlobSourceError::http)? {
        if body.len() + chunk.len() > ANSWER_LEN_MAX {
            return Err(BlobSourceError::TooLong { max: ANSWER_LEN_MAX });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
