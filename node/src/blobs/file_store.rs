//! A folder, here or on a web server, with one file per blob.

use std::io;
use std::path::PathBuf;

use alloy::primitives::B256;
use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use super::{ANSWER_LEN_MAX, BlobSourceError, Found, bounded, take};

/// Blobs as Aztec's nodes store them: `blobs/0x<versioned hash>.data`, a raw Snappy block of JSON.
#[derive(Clone, Debug)]
pub struct FileStore {
    root: Root,
}

#[derive(Clone)]
enum Root {
    Folder(PathBuf),
    /// Without a slash at its end.
    Web(String),
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            // The URL may carry a key.
            Self::Web(_) => f.write_str("Web"),
        }
    }
}

#[derive(Deserialize)]
struct Stored {
    blob: String,
}

impl FileStore {
    /// The store of a rollup: `folder` (see [`super::store_folder`]) below `base`, a `file:`, `http:` or `https:` URL.
    /// `None` for another scheme.
    pub fn new(base: &Url, folder: &str) -> Option<Self> {
        let root = match base.scheme() {
            "file" => Root::Folder(base.to_file_path().ok()?.join(folder)),
            "http" | "https" => Root::Web(format!("{}/{folder}", base.as_str().trim_end_matches('/'))),
            _ => return None,
        };
        Some(Self { root })
    }

    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        wanted: &[B256],
        found: &mut Found,
    ) -> Result<(), BlobSourceError> {
        for hash in wanted {
            if let Some(bytes) = self.read(http, &format!("blobs/{hash}.data")).await? {
                take(&decode(&bytes)?, wanted, found)?;
            }
        }
        Ok(())
    }

    async fn read(&self, http: &reqwest::Client, name: &str) -> Result<Option<Vec<u8>>, BlobSourceError> {
        match &self.root {
            Root::Folder(folder) => match tokio::fs::read(folder.join(name)).await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(BlobSourceError::File(error)),
            },
            Root::Web(base) => {
                let response = http.get(format!("{base}/{name}")).send().await;
                let response = response.map_err(BlobSourceError::http)?;
                if response.status() == StatusCode::NOT_FOUND {
                    return Ok(None);
                }
                bounded(response).await.map(Some)
            }
        }
    }
}

/// The blob's hexadecimal form in a stored file.
fn decode(bytes: &[u8]) -> Result<String, BlobSourceError> {
    let malformed = |what| BlobSourceError::Malformed { what };
    let len = snap::raw::decompress_len(bytes).map_err(|_| malformed("the file is not a Snappy block"))?;
    if len > ANSWER_LEN_MAX {
        return Err(BlobSourceError::TooLong { max: ANSWER_LEN_MAX });
    }
    let json = snap::raw::Decoder::new().decompress_vec(bytes);
    let json = json.map_err(|_| malformed("the file is not a Snappy block"))?;
    let stored: Stored =
        serde_json::from_slice(&json).map_err(|_| malformed("the file is not the JSON of a blob"))?;
    Ok(stored.blob)
}
