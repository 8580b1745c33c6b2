//! Txs with their client proofs, which L1 does not have: from Aztec nodes, file stores, or a folder.
//!
//! A source need not be trusted: a tx counts when the hash that is computed from it is one that L1 has, and its calldata
//! and logs have the hashes that it names. Sources are asked in their order for what is still missing, again and again
//! until everything is there or the time is up.
//!
//! # Source
//! Aztec 4.1.2 `p2p/src/services/tx_collection`.

mod node_rpc;
mod spec;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chinampa_protocol::Fr;
use chinampa_protocol::tx::Tx;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

pub use spec::{TxLimits, TxPlace, TxSourceSpec, TxSpecError};

use node_rpc::NodeRpc;
use store::TxStore;

/// Pause between two rounds over all sources.
const ROUND_PAUSE: Duration = Duration::from_millis(500);

/// A source of txs, and how hard it is asked.
#[derive(Clone, Debug)]
pub struct TxSource {
    place: Place,
    limits: TxLimits,
}

#[derive(Clone, Debug)]
enum Place {
    Node(NodeRpc),
    /// One file per tx.
    Store(TxStore),
}

/// All sources, in the order in which they are asked.
#[derive(Clone, Debug, Default)]
pub struct TxSources {
    sources: Vec<TxSource>,
}

/// Why txs were not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TxSourceError {
    /// No source had them in time.
    #[error(
        "{} txs were found at none of the {sources} sources within {} s (first: {}){}; add an Aztec node that has them \
         to tx_collection.node_rpc_urls",
        missing.len(),
        waited.as_secs(),
        missing[0],
        last_failures(failures)
    )]
    Missing {
        /// Their hashes; at least one.
        missing: Vec<Fr>,
        /// How many sources were asked.
        sources: usize,
        /// How long they were looked for.
        waited: Duration,
        /// What failed in the last round.
        failures: Vec<String>,
    },
    /// A source cannot be reached. The URL is left out: it may carry a key.
    #[error("the source cannot be reached: {0}")]
    Http(#[source] reqwest::Error),
    /// The source did not answer in the time that it is given.
    #[error("no answer within {} ms", timeout.as_millis())]
    Slow {
        /// The limit.
        timeout: Duration,
    },
    /// A file could not be read.
    #[error("a tx file cannot be read")]
    File(#[source] std::io::Error),
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
        what: String,
    },
}

fn last_failures(failures: &[String]) -> String {
    if failures.is_empty() { String::new() } else { format!(": {}", failures.join("; ")) }
}

impl TxSourceError {
    fn http(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }

    fn malformed(what: impl std::fmt::Display) -> Self {
        Self::Malformed { what: what.to_string() }
    }
}

impl TxSources {
    /// Sources in the order in which they are to be asked.
    pub fn new(sources: Vec<TxSource>) -> Self {
        Self { sources }
    }

    /// Fetches the wanted txs into `found`; what is there already is not asked for.
    ///
    /// # Errors
    /// [`TxSourceError::Missing`] when `timeout` is over.
    pub async fn fetch(
        &self,
        http: &reqwest::Client,
        wanted: &[Fr],
        found: &mut BTreeMap<Fr, Tx>,
        timeout: Duration,
    ) -> Result<(), TxSourceError> {
        let begun = Instant::now();
        loop {
            let mut failures = Vec::new();
            for source in &self.sources {
                let missing = missing(wanted, found);
                if missing.is_empty() {
                    return Ok(());
                }
                let (txs, failure) = source.fetch(http, &missing).await;
                take(txs, &missing, found);
                failures.extend(failure.map(|error| format!("{}: {error}", source.name())));
            }
            let missing = missing(wanted, found);
            if missing.is_empty() {
                return Ok(());
            }
            if begun.elapsed() >= timeout {
                let missing = missing.into_iter().collect();
                return Err(TxSourceError::Missing {
                    missing,
                    sources: self.sources.len(),
                    waited: timeout,
                    failures,
                });
            }
            tokio::time::sleep(ROUND_PAUSE).await;
        }
    }
}

impl TxSource {
    /// The source that a text names. `folder` is the rollup's in file stores (see [`crate::blobs::store_folder`]).
    pub fn new(spec: &TxSourceSpec, folder: &str) -> Self {
        let place = match &spec.place {
            TxPlace::Node(url) => Place::Node(NodeRpc::new(url.clone())),
            TxPlace::Store(url) => Place::Store(TxStore::new(url, folder)),
            TxPlace::Folder(path) => Place::Store(TxStore::folder(path.clone())),
        };
        Self { place, limits: spec.limits }
    }

    fn name(&self) -> &'static str {
        match self.place {
            Place::Node(_) => "Aztec node",
            Place::Store(_) => "tx store",
        }
    }

    /// What the source has of the txs, within its limits, and what failed last.
    async fn fetch(&self, http: &reqwest::Client, hashes: &BTreeSet<Fr>) -> (Vec<Tx>, Option<TxSourceError>) {
        let batch = match self.place {
            Place::Node(_) => self.limits.batch.max(1),
            Place::Store(_) => 1,
        };
        let hashes: Vec<Fr> = hashes.iter().copied().collect();
        let room = Semaphore::new(self.limits.parallel.max(1));
        let asked: Vec<_> = hashes.chunks(batch).map(|hashes| self.ask(http, hashes, &room)).collect();
        let answers = join_all(asked).await;
        let (mut txs, mut failure) = (Vec::new(), None);
        for answer in answers {
            match answer {
                Ok(found) => txs.extend(found),
                Err(error) => failure = Some(error),
            }
        }
        (txs, failure)
    }

    /// One question.
    async fn ask(
        &self,
        http: &reqwest::Client,
        hashes: &[Fr],
        room: &Semaphore,
    ) -> Result<Vec<Tx>, TxSourceError> {
        let _room = room.acquire().await.expect("the semaphore is never closed");
        let timeout = self.limits.timeout;
        let answer = async {
            match &self.place {
                Place::Node(node) => node.fetch(http, hashes).await,
                Place::Store(store) => store.fetch(http, hashes).await,
            }
        };
        tokio::time::timeout(timeout, answer).await.unwrap_or(Err(TxSourceError::Slow { timeout }))
    }
}

fn missing(wanted: &[Fr], found: &BTreeMap<Fr, Tx>) -> BTreeSet<Fr> {
    wanted.iter().copied().filter(|hash| !found.contains_key(hash)).collect()
}

/// Keeps the txs that were asked for and are what their hash says.
fn take(txs: Vec<Tx>, missing: &BTreeSet<Fr>, found: &mut BTreeMap<Fr, Tx>) {
    for tx in txs {
        if !missing.contains(&tx.tx_hash) {
            continue;
        }
        match tx.check() {
            Ok(()) => {
                found.insert(tx.tx_hash, tx);
            }
            Err(error) => {
                tracing::warn!(tx = %tx.tx_hash, %error, "a source served a tx that is not what its hash says");
            }
        }
    }
}

/// The body of an answer, refused when it is longer than `max`.
async fn bounded(mut response: reqwest::Response, max: usize) -> Result<Vec<u8>, TxSourceError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(TxSourceError::http)? {
        if body.len() + chunk.len() > max {
            return Err(TxSourceError::TooLong { max });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
