//! The client of L1.

use std::fmt;
use std::time::Duration;

use alloy::eips::BlockNumberOrTag;
use alloy::primitives::B256;
use alloy::providers::{DynProvider, Provider as _, ProviderBuilder};
use alloy::rpc::client::RpcClient;
use url::Url;

use super::L1Error;
use super::batch::Batches;
use super::failover::Failover;

/// Longest time for one request to one node.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Which nodes to ask.
#[derive(Clone)]
pub struct L1Config {
    /// Execution nodes, in order of preference. They may carry keys and are never shown.
    pub rpc_urls: Vec<Url>,
    /// Nodes that trace transactions; none asks the others.
    pub debug_rpc_urls: Vec<Url>,
    /// What the nodes must report, if it is known.
    pub chain_id: Option<u64>,
}

impl fmt::Debug for L1Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rpc_urls, debug_rpc_urls, chain_id } = self;
        f.debug_struct("L1Config")
            .field("rpc_urls", &rpc_urls.len())
            .field("debug_rpc_urls", &debug_rpc_urls.len())
            .field("chain_id", chain_id)
            .finish()
    }
}

/// A block of L1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1Block {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp_s: u64,
    /// Root of the beacon block before it, where the chain has one.
    pub parent_beacon_block_root: Option<B256>,
}

/// A client that survives the loss of all but one of its nodes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct L1 {
    provider: DynProvider,
    debug: DynProvider,
    http: reqwest::Client,
}

impl L1 {
    /// Makes the client and asks for the chain id.
    ///
    /// # Errors
    /// [`L1Error::NoUrls`], [`L1Error::Client`], [`L1Error::Rpc`], [`L1Error::ChainId`].
    pub async fn connect(config: &L1Config) -> Result<(Self, u64), L1Error> {
        if config.rpc_urls.is_empty() {
            return Err(L1Error::NoUrls);
        }
        // Fails only when the process has a provider already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(L1Error::Client)?;
        let connect = |urls: &[Url]| {
            let client = RpcClient::new(Batches::new(Failover::new(&http, urls)), true);
            ProviderBuilder::new().disable_recommended_fillers().connect_client(client).erased()
        };
        let provider = connect(&config.rpc_urls);
        let debug = match config.debug_rpc_urls.as_slice() {
            [] => provider.clone(),
            urls => connect(urls),
        };
        let l1 = Self { provider, debug, http };
        let actual = l1.provider.get_chain_id().await.map_err(L1Error::rpc("eth_chainId"))?;
        match config.chain_id {
            Some(expected) if expected != actual => Err(L1Error::ChainId { expected, actual }),
            _ => Ok((l1, actual)),
        }
    }

    /// The provider, for calls of contracts.
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// The provider for traces.
    pub fn debug(&self) -> &DynProvider {
        &self.debug
    }

    /// The HTTP client, for sources that lie beside L1.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The block with a number or tag.
    ///
    /// # Errors
    /// [`L1Error::Rpc`], [`L1Error::NoBlock`].
    pub async fn block(&self, block: impl Into<BlockNumberOrTag>) -> Result<L1Block, L1Error> {
        let block = block.into();
        let found = self.provider.get_block_by_number(block).await;
        let found = found.map_err(L1Error::rpc("eth_getBlockByNumber"))?;
        let found = found.ok_or_else(|| L1Error::NoBlock { block: block.to_string() })?;
        Ok(L1Block {
            number: found.header.number,
            hash: found.header.hash,
            timestamp_s: found.header.timestamp,
            parent_beacon_block_root: found.header.parent_beacon_block_root.filter(|root| !root.is_zero()),
        })
    }
}
