//! A source of txs as text, with its limits.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use super::node_rpc::BATCH_MAX;

/// Where txs are, and how hard the place may be asked: `node+URL` for an Aztec node, `store+URL` for a file store in
/// Aztec's layout, `folder:PATH` for a folder of `0x<hash>.bin` files; behind a `#` the limits `batch`, `parallel` and
/// `timeout_ms`, joined by `&`.
#[derive(Clone, PartialEq, Eq)]
pub struct TxSourceSpec {
    /// Where.
    pub place: TxPlace,
    /// How hard.
    pub limits: TxLimits,
}

/// Where txs are.
#[derive(Clone, PartialEq, Eq)]
pub enum TxPlace {
    /// An Aztec node.
    Node(Url),
    /// A file store in Aztec's layout.
    Store(Url),
    /// A folder that holds the files themselves.
    Folder(PathBuf),
}

impl fmt::Debug for TxSourceSpec {
    /// Without the place, which may carry a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxSourceSpec").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for TxPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Node(_) => "Node",
            Self::Store(_) => "Store",
            Self::Folder(_) => "Folder",
        })
    }
}

/// How hard a source is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxLimits {
    /// Txs in one question to a node.
    pub batch: usize,
    /// Questions at the same time.
    pub parallel: usize,
    /// Time for one question.
    pub timeout: Duration,
}

impl Default for TxLimits {
    /// Aztec's values.
    fn default() -> Self {
        Self { batch: BATCH_MAX, parallel: 4, timeout: Duration::from_secs(10) }
    }
}

/// A text that names no source. It is not repeated: it may carry a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TxSpecError(&'static str);

impl FromStr for TxSourceSpec {
    type Err = TxSpecError;

    fn from_str(text: &str) -> Result<Self, TxSpecError> {
        let (place, limits) = text.split_once('#').unwrap_or((text, ""));
        let url = |text: &str| -> Result<Url, TxSpecError> {
            let url: Url = text.parse().map_err(|_| TxSpecError("not a URL behind the + sign"))?;
            let is_web = matches!(url.scheme(), "http" | "https");
            if is_web || url.scheme() == "file" {
                Ok(url)
            } else {
                Err(TxSpecError("not http, https or file"))
            }
        };
        let place = if let Some(node) = place.strip_prefix("node+") {
            let node = url(node)?;
            if node.scheme() == "file" {
                return Err(TxSpecError("a node is not a file"));
            }
            TxPlace::Node(node)
        } else if let Some(store) = place.strip_prefix("store+") {
            TxPlace::Store(url(store)?)
        } else {
            match place.strip_prefix("folder:") {
                Some(path) if !path.is_empty() => TxPlace::Folder(path.into()),
                _ => return Err(TxSpecError("neither node+URL nor store+URL nor folder:PATH")),
            }
        };
        Ok(Self { place, limits: limits_of(limits)? })
    }
}

fn limits_of(text: &str) -> Result<TxLimits, TxSpecError> {
    let mut limits = TxLimits::default();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(TxSpecError("a limit without a value"))?;
        let value: u32 =
            value.parse().ok().filter(|value| *value > 0).ok_or(TxSpecError("a limit of 0 or less"))?;
        let size = usize::try_from(value).unwrap_or(usize::MAX);
        match name {
            "batch" => limits.batch = size.min(BATCH_MAX),
            "parallel" => limits.parallel = size,
            "timeout_ms" => limits.timeout = Duration::from_millis(value.into()),
            _ => return Err(TxSpecError("a limit that is none of batch, parallel, timeout_ms")),
        }
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_limits() {
        let spec: TxSourceSpec = "node+https://host/key#batch=20&parallel=2&timeout_ms=5000".parse().unwrap();
        assert!(matches!(spec.place, TxPlace::Node(url) if url.as_str() == "https://host/key"));
        let timeout = Duration::from_secs(5);
        assert_eq!(spec.limits, TxLimits { batch: 20, parallel: 2, timeout });
        let spec: TxSourceSpec = "folder:/txs#batch=51".parse().unwrap();
        assert!(matches!(spec.place, TxPlace::Folder(path) if path.as_os_str() == "/txs"));
        assert_eq!(spec.limits, TxLimits::default(), "no node takes more than 50");
        assert!(matches!("store+file:///a".parse(), Ok(TxSourceSpec { place: TxPlace::Store(_), .. })));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "https://host",
            "node+host",
            "node+ftp://host",
            "node+file:///a",
            "folder:",
            "folder:/a#batch=0",
            "folder:/a#batch",
            "folder:/a#speed=1",
        ] {
            assert!(text.parse::<TxSourceSpec>().is_err(), "{text}");
        }
    }
}
