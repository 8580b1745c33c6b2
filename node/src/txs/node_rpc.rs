//! An Aztec node's `getTxsByHash`.

use std::collections::BTreeSet;

use chinampa_protocol::Fr;
use chinampa_protocol::tx::Tx;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{TxSourceError, bounded};

/// Most txs in one call, by Aztec's nodes.
const BATCH_MAX: usize = 50;
/// Most bytes of a tx in JSON: Aztec's bound of 512 KiB, and class logs in hexadecimal.
const TX_LEN_MAX: usize = 2 << 20;

/// A node with Aztec's JSON-RPC.
#[derive(Clone)]
pub struct NodeRpc {
    url: Url,
    batch: usize,
}

impl std::fmt::Debug for NodeRpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeRpc").field("batch", &self.batch).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    result: Vec<Tx>,
    error: Option<Value>,
}

impl NodeRpc {
    /// A node at `url` that is asked for up to `batch` txs at once.
    pub fn new(url: Url, batch: usize) -> Self {
        Self { url, batch: batch.clamp(1, BATCH_MAX) }
    }

    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        hashes: &BTreeSet<Fr>,
    ) -> Result<Vec<Tx>, TxSourceError> {
        let hashes: Vec<Fr> = hashes.iter().copied().collect();
        let mut txs = Vec::with_capacity(hashes.len());
        for batch in hashes.chunks(self.batch) {
            txs.extend(self.ask(http, batch).await?);
        }
        Ok(txs)
    }

    async fn ask(&self, http: &reqwest::Client, hashes: &[Fr]) -> Result<Vec<Tx>, TxSourceError> {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "node_getTxsByHash", "params": [hashes]});
        let response = http.post(self.url.clone()).json(&call).send().await.map_err(TxSourceError::http)?;
        let body = bounded(response, hashes.len() * TX_LEN_MAX).await?;
        let reply: Reply = serde_json::from_slice(&body).map_err(TxSourceError::malformed)?;
        match reply.error {
            Some(error) => Err(TxSourceError::malformed(error)),
            None => Ok(reply.result),
        }
    }
}
