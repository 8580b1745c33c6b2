//! An Aztec node's `getTxsByHash`.

use chinampa_protocol::Fr;
use chinampa_protocol::tx::Tx;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{TxSourceError, bounded};

/// Most txs in one call, by Aztec's nodes.
pub(super) const BATCH_MAX: usize = 50;
/// Most bytes of a tx in JSON: Aztec's bound of 512 KiB, and class logs in hexadecimal.
const TX_LEN_MAX: usize = 2 << 20;

/// A node with Aztec's JSON-RPC.
#[derive(Clone)]
pub(super) struct NodeRpc {
    url: Url,
}

impl std::fmt::Debug for NodeRpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeRpc").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    result: Vec<Tx>,
    error: Option<Value>,
}

impl NodeRpc {
    /// A node at `url`, which may carry a key.
    pub(super) fn new(url: Url) -> Self {
        Self { url }
    }

    /// Asks for at most [`BATCH_MAX`] txs.
    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        hashes: &[Fr],
    ) -> Result<Vec<Tx>, TxSourceError> {
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
