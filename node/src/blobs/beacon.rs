//! Consensus nodes.

use alloy::primitives::B256;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::{BlobSourceError, Found, Wanted, bounded, take};

/// Slots after a block's own that are looked at: the slots between may have been missed.
const SLOTS_MAX: u64 = 10;

/// A consensus node with the beacon API.
#[derive(Clone)]
pub struct BeaconNode {
    url: Url,
    /// The key, and the header that carries it; without a header it is a query parameter.
    api_key: Option<(String, Option<String>)>,
}

impl std::fmt::Debug for BeaconNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BeaconNode").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct HeaderData {
    header: SignedHeader,
}

#[derive(Deserialize)]
struct SignedHeader {
    message: HeaderMessage,
}

#[derive(Deserialize)]
struct HeaderMessage {
    slot: String,
}

#[derive(Deserialize)]
struct Sidecar {
    blob: String,
}

impl BeaconNode {
    /// A node at `url`, with an API key and the header for it.
    pub fn new(url: Url, api_key: Option<String>, header: Option<String>) -> Self {
        Self { url, api_key: api_key.map(|key| (key, header)) }
    }

    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        wanted: Wanted<'_>,
        found: &mut Found,
    ) -> Result<(), BlobSourceError> {
        let root = wanted.block.parent_beacon_block_root.ok_or(BlobSourceError::NoBeaconRoot)?;
        let parent = self.slot_of(http, &root.to_string()).await?;
        let head = self.slot_of(http, "head").await?;
        for slot in parent + 1..=head.min(parent + SLOTS_MAX) {
            let path = format!("eth/v1/beacon/blob_sidecars/{slot}");
            let Some(Data { data }) = self.get::<Data<Vec<Sidecar>>>(http, &path).await? else { continue };
            for sidecar in data {
                take(&sidecar.blob, wanted.hashes, found)?;
            }
            let is_found = |hash: &B256| found.contains_key(hash);
            if wanted.hashes.iter().all(is_found) {
                break;
            }
        }
        Ok(())
    }

    async fn slot_of(&self, http: &reqwest::Client, block: &str) -> Result<u64, BlobSourceError> {
        let header = self.get::<Data<HeaderData>>(http, &format!("eth/v1/beacon/headers/{block}")).await?;
        let header =
            header.ok_or(BlobSourceError::Malformed { what: "the node does not know the beacon block" })?;
        let slot = header.data.header.message.slot.parse();
        slot.map_err(|_| BlobSourceError::Malformed { what: "the slot is not a number" })
    }

    /// `None` if the node has no such thing.
    async fn get<T: DeserializeOwned>(
        &self,
        http: &reqwest::Client,
        path: &str,
    ) -> Result<Option<T>, BlobSourceError> {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .map_err(|()| BlobSourceError::Malformed { what: "the URL of the node has no path" })?
            .pop_if_empty()
            .extend(path.split('/'));
        let mut request = http.get(url);
        match &self.api_key {
            Some((key, Some(header))) => request = request.header(header, key),
            Some((key, None)) => request = request.query(&[("key", key)]),
            None => {}
        }
        let response = request.send().await.map_err(BlobSourceError::http)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let body = bounded(response).await?;
        let answer = serde_json::from_slice(&body);
        answer.map(Some).map_err(|_| BlobSourceError::Malformed { what: "not an answer of the beacon API" })
    }
}
