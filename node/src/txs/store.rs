//! Txs as files: `0x<hash>.bin`, a tx in its binary form.

use std::io;
use std::path::PathBuf;

use chinampa_protocol::Fr;
use chinampa_protocol::codec::Decode as _;
use chinampa_protocol::tx::Tx;
use reqwest::StatusCode;
use url::Url;

use super::{TxSourceError, bounded};

/// Most bytes of a tx: Aztec's bound of 512 KiB with room for calldata.
const TX_LEN_MAX: usize = 2 << 20;

/// A folder, here or on a web server.
#[derive(Clone)]
pub(super) struct TxStore {
    root: Root,
}

#[derive(Clone)]
enum Root {
    Folder(PathBuf),
    /// Without a slash at its end.
    Web(String),
}

impl std::fmt::Debug for TxStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.root {
            Root::Folder(folder) => f.debug_tuple("TxStore").field(folder).finish(),
            // The URL may carry a key.
            Root::Web(_) => f.write_str("TxStore"),
        }
    }
}

impl TxStore {
    /// The txs of a rollup below `base`, a `file:`, `http:` or `https:` URL, as Aztec's nodes lay them out. `folder` is
    /// the rollup's.
    pub(super) fn new(base: &Url, folder: &str) -> Self {
        let root = match base.to_file_path() {
            Ok(path) if base.scheme() == "file" => Root::Folder(path.join(folder).join("txs")),
            _ => Root::Web(format!("{}/{folder}/txs", base.as_str().trim_end_matches('/'))),
        };
        Self { root }
    }

    /// A folder that holds the files themselves.
    pub(super) fn folder(path: PathBuf) -> Self {
        Self { root: Root::Folder(path) }
    }

    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        hashes: &[Fr],
    ) -> Result<Vec<Tx>, TxSourceError> {
        let mut txs = Vec::new();
        for hash in hashes {
            if let Some(bytes) = self.read(http, &format!("{hash}.bin")).await? {
                txs.push(Tx::from_bytes(&bytes).map_err(TxSourceError::malformed)?);
            }
        }
        Ok(txs)
    }

    async fn read(&self, http: &reqwest::Client, name: &str) -> Result<Option<Vec<u8>>, TxSourceError> {
        match &self.root {
            Root::Folder(folder) => match tokio::fs::read(folder.join(name)).await {
                Ok(bytes) if bytes.len() > TX_LEN_MAX => Err(TxSourceError::TooLong { max: TX_LEN_MAX }),
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(TxSourceError::File(error)),
            },
            Root::Web(base) => {
                let response =
                    http.get(format!("{base}/{name}")).send().await.map_err(TxSourceError::http)?;
                if response.status() == StatusCode::NOT_FOUND {
                    return Ok(None);
                }
                let response = response.error_for_status().map_err(TxSourceError::http)?;
                bounded(response, TX_LEN_MAX).await.map(Some)
            }
        }
    }
}
