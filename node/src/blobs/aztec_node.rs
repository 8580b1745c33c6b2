//! An Aztec node: it keeps no blobs, but the blocks that they were made of.

use chinampa_protocol::blob::blobs_of_fields;
use chinampa_protocol::blob::stream::CheckpointBlobData;
use chinampa_protocol::block::Checkpoint;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{BlobSourceError, Found, Wanted, bounded, keep};

/// A node with Aztec's JSON-RPC.
#[derive(Clone)]
pub struct AztecNode {
    /// It may carry a key and is never shown.
    url: Url,
}

impl std::fmt::Debug for AztecNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AztecNode").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    result: Vec<Published>,
}

#[derive(Deserialize)]
struct Published {
    checkpoint: Checkpoint,
}

impl AztecNode {
    /// The node at `url`.
    pub fn new(url: Url) -> Self {
        Self { url }
    }

    /// Makes the blobs again from the checkpoint's blocks. The encoding is deterministic, and what the node says counts
    /// only if the blobs come out with the hashes that L1 has.
    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        wanted: Wanted<'_>,
        found: &mut Found,
    ) -> Result<(), BlobSourceError> {
        let params = json!([wanted.checkpoint, 1]);
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "node_getCheckpoints", "params": params});
        let response = http.post(self.url.clone()).json(&call).send().await.map_err(BlobSourceError::http)?;
        let body = bounded(response).await?;
        let reply: Reply = serde_json::from_slice(&body)
            .map_err(|_| BlobSourceError::Malformed { what: "not a list of checkpoints" })?;
        for Published { checkpoint } in reply.result {
            let fields = CheckpointBlobData::from(&checkpoint).to_fields();
            for blob in blobs_of_fields(&fields)? {
                keep(blob, wanted.hashes, found)?;
            }
        }
        Ok(())
    }
}
