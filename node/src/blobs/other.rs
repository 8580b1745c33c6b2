//! Sources beside files and consensus nodes.

use alloy::primitives::B256;
use alloy::providers::Provider as _;
use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use super::{BlobSourceError, Found, Wanted, bounded, take};
use crate::l1::{L1, L1Error};

/// A blob archive with the API of Blobscan.
#[derive(Clone)]
pub struct BlobArchive {
    url: Url,
}

impl std::fmt::Debug for BlobArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobArchive").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct ArchivedBlock {
    transactions: Vec<ArchivedTransaction>,
}

#[derive(Deserialize)]
struct ArchivedTransaction {
    blobs: Vec<ArchivedBlob>,
}

#[derive(Deserialize)]
struct ArchivedBlob {
    data: String,
}

impl BlobArchive {
    /// The archive at `url`.
    pub fn new(url: Url) -> Self {
        Self { url }
    }

    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        wanted: Wanted<'_>,
        found: &mut Found,
    ) -> Result<(), BlobSourceError> {
        let mut url = self.url.clone();
        let block = wanted.block.hash.to_string();
        url.path_segments_mut()
            .map_err(|()| BlobSourceError::Malformed { what: "the URL of the archive has no path" })?
            .pop_if_empty()
            .extend(["blocks", &block]);
        url.query_pairs_mut().append_pair("type", "canonical").append_pair("expand", "blob,blob_data");
        let response = http.get(url).send().await.map_err(BlobSourceError::http)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        let body = bounded(response).await?;
        let block: ArchivedBlock = serde_json::from_slice(&body)
            .map_err(|_| BlobSourceError::Malformed { what: "not a block of a blob archive" })?;
        for blob in block.transactions.iter().flat_map(|transaction| &transaction.blobs) {
            take(&blob.data, wanted.hashes, found)?;
        }
        Ok(())
    }
}

/// Anvil, which keeps the blobs of its transactions.
#[derive(Clone, Copy, Debug)]
pub struct DevelopmentNode;

impl DevelopmentNode {
    pub(super) async fn fetch(
        &self,
        l1: &L1,
        wanted: &[B256],
        found: &mut Found,
    ) -> Result<(), BlobSourceError> {
        for hash in wanted {
            let blob: Option<String> = l1
                .provider()
                .raw_request("anvil_getBlobByHash".into(), (hash,))
                .await
                .map_err(L1Error::rpc("anvil_getBlobByHash"))?;
            if let Some(blob) = blob {
                take(&blob, wanted, found)?;
            }
        }
        Ok(())
    }
}
