//! The prover node as a process: settings in, proofs on L1, until SIGTERM or SIGINT.

use std::io;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use chinampa_node::archiver::{Archiver, ArchiverConfig, ArchiverStore};
use chinampa_node::blobs::{
    BeaconNode, BlobArchive, BlobSource, BlobSources, DevelopmentNode, FileStore, store_folder,
};
use chinampa_node::execution::ProverContext;
use chinampa_node::l1::{Deployment, L1, L1Config, RollupChoice};
use chinampa_node::prover::{PayloadStore, Prover, ProverConfig, RpcBroker};
use chinampa_node::publisher::{FeePolicy, Publisher, PublisherConfig};
use chinampa_node::server::NodeApi;
use chinampa_node::service::{NodeConfig, Parts, ProverNode};
use chinampa_node::state::{Funded, RedbTrees, Synchronizer};
use chinampa_node::txs::{NodeRpc, TxSource, TxSources, TxStore};
use chinampa_protocol::{AztecAddress, EthAddress, Fr};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::config::Resolved;
use crate::exit::Error;

/// Chain id of development chains, whose execution node keeps the blobs.
const DEVELOPMENT_CHAIN: u64 = 31_337;
/// Time between two looks whether the rollup has become one of this release.
const STANDBY_PAUSE: Duration = Duration::from_secs(60);
/// A call of the broker without an answer for this long has failed.
const BROKER_TIMEOUT: Duration = Duration::from_secs(30);
const WEI_PER_GWEI: f64 = 1e9;

#[derive(Debug, Deserialize)]
struct L1Section {
    rpc_urls: Vec<Url>,
    chain_id: Option<u64>,
    consensus_host_urls: Vec<Url>,
    consensus_host_api_keys: Vec<String>,
    consensus_host_api_key_headers: Vec<String>,
    registry_address: Option<Address>,
    rollup_version: String,
    slot_duration_s: u64,
}

#[derive(Debug, Deserialize)]
struct NodeSection {
    prover_id: Option<String>,
    polling_interval_ms: u64,
    enqueue_concurrency: usize,
    tx_gathering_timeout_ms: u64,
    disable_proof_publish: bool,
    epochs_ahead: u64,
    test_accounts: bool,
    sponsored_fpc: bool,
    prefund_addresses: Vec<Fr>,
}

#[derive(Debug, Deserialize)]
struct PublisherSection {
    private_keys: Vec<String>,
    gas_limit_buffer_percent: u64,
    gas_price_max_gwei: f64,
    priority_fee_bump_percent: u32,
    priority_fee_retry_bump_percent: u32,
    priority_fee_min_gwei: f64,
    tx_check_interval_ms: u64,
    tx_stall_time_ms: u64,
}

#[derive(Debug, Deserialize)]
struct ArchiverSection {
    batch_size: u64,
}

#[derive(Debug, Deserialize)]
struct BlobSection {
    file_store_urls: Vec<Url>,
    archive_api_url: Option<Url>,
}

#[derive(Debug, Deserialize)]
struct TxSection {
    node_rpc_urls: Vec<Url>,
    file_store_urls: Vec<Url>,
    node_rpc_max_batch_size: usize,
}

#[derive(Debug, Deserialize)]
struct AgentSection {
    broker_url: Option<Url>,
}

#[derive(Debug, Deserialize)]
struct ProverSection {
    proofs: String,
    proof_store: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ServerSection {
    port: u16,
    admin_port: u16,
}

#[derive(Debug, Deserialize)]
struct StorageSection {
    data_directory: Option<String>,
}

/// All settings of the node.
struct Settings {
    l1: L1Section,
    node: NodeSection,
    publisher: PublisherSection,
    archiver: ArchiverSection,
    blob: BlobSection,
    txs: TxSection,
    broker_url: Url,
    /// Where the node answers.
    port: u16,
    has_real_proofs: bool,
    proof_store: Option<String>,
    data_directory: Option<String>,
}

/// A folder for the node's files, which goes away at the end if none was configured.
enum DataFolder {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl DataFolder {
    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Temporary(folder) => folder.path().to_path_buf(),
        }
    }
}

/// Starts the node, which runs until a signal ends it. Without a broker's URL, the broker is the one of this process. A
/// broker in this process has the server's port, and the node answers on the admin port.
pub(super) fn start(config: &Resolved, has_broker: bool) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let settings = Settings::new(config, has_broker)?;
    thread::Builder::new().name("node".to_owned()).spawn(|| run(settings)).map_err(Error::Start)
}

fn run(settings: Settings) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(async {
        let stop = stop_signal().map_err(Error::Start)?;
        tokio::select! {
            () = stop => Ok(()),
            ended = work(settings) => ended,
        }
    })?;
    tracing::info!("the prover node has stopped");
    Ok(())
}

fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn work(settings: Settings) -> Result<(), Error> {
    let folder = settings.data_folder()?;
    let (parts, config) = settings.parts(&folder.path()).await?;
    tracing::info!(
        rollup = %parts.deployment.rollup,
        version = parts.deployment.rollup_version,
        prover = %parts.context.prover_id,
        submits = parts.publisher.is_some(),
        "the prover node starts"
    );
    let (store, world) = (Arc::clone(&parts.store), parts.synchronizer.state());
    let proofs = if settings.has_real_proofs { "real" } else { "simulated" };
    let mut node = ProverNode::start(parts, config);
    let api = NodeApi::new(&node, store, world, proofs);
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, settings.port)).await;
    let listener = listener.map_err(|source| Error::Port { port: settings.port, source })?;
    tracing::info!(port = settings.port, proofs, "the prover node is ready");
    tokio::select! {
        failure = node.failed() => Err(Error::node(failure)),
        ended = api.serve(listener) => ended.map_err(Error::Start),
    }
}

impl Settings {
    fn new(config: &Resolved, has_broker: bool) -> Result<Self, Error> {
        let server: ServerSection = config.section("server");
        let agent: AgentSection = config.section("agent");
        let prover: ProverSection = config.section("prover");
        let storage: StorageSection = config.section("storage");
        let own_broker = || format!("http://127.0.0.1:{}", server.port).parse().expect("a URL");
        Ok(Self {
            l1: config.section("l1"),
            node: config.section("node"),
            publisher: config.section("publisher"),
            archiver: config.section("archiver"),
            blob: config.section("blob"),
            txs: config.section("tx_collection"),
            broker_url: agent.broker_url.unwrap_or_else(own_broker),
            port: if has_broker { server.admin_port } else { server.port },
            has_real_proofs: prover.proofs != "simulated",
            proof_store: prover.proof_store,
            data_directory: storage.data_directory,
        })
    }

    fn data_folder(&self) -> Result<DataFolder, Error> {
        if let Some(path) = &self.data_directory {
            let path = PathBuf::from(path).join("node");
            std::fs::create_dir_all(&path).map_err(Error::Start)?;
            return Ok(DataFolder::Kept(path));
        }
        tracing::warn!(
            "the node's files are temporary and end with this process; see storage.data_directory"
        );
        TempDir::with_prefix("chinampa-node-").map(DataFolder::Temporary).map_err(Error::Start)
    }

    async fn parts(&self, folder: &std::path::Path) -> Result<(Parts<RpcBroker>, NodeConfig), Error> {
        let l1_config = L1Config { rpc_urls: self.l1.rpc_urls.clone(), chain_id: self.l1.chain_id };
        let (l1, chain_id) = L1::connect(&l1_config).await.map_err(Error::node)?;
        let genesis = self.funded().genesis().map_err(Error::node)?;
        let deployment = self.deployment(&l1, chain_id).await?;
        let open = |name| folder.join(name);
        let store =
            ArchiverStore::open(&open("archiver.redb"), chain_id, deployment.rollup).map_err(Error::node)?;
        let store = Arc::new(store);
        let trees = RedbTrees::open(&open("world-state.redb")).map_err(Error::node)?;
        let synchronizer = Synchronizer::open(trees, &genesis, Arc::clone(&store)).map_err(Error::node)?;
        if let Some(root) = synchronizer.genesis_archive_root().map_err(Error::node)? {
            self.stand_by(&l1, chain_id, root).await?;
        }
        let deployment = Arc::new(deployment);
        let publisher = self.publisher(&l1, &deployment)?;
        let context = ProverContext::new(self.prover_id(publisher.as_ref())?);
        let blobs = self.blobs(&deployment)?;
        let archiver = Archiver::new(
            l1.clone(),
            Arc::clone(&deployment),
            blobs,
            Arc::clone(&store),
            ArchiverConfig { log_range_blocks: self.log_range_blocks(&deployment) },
        );
        let broker = RpcBroker::new(self.broker_url.clone(), BROKER_TIMEOUT).map_err(Error::node)?;
        let prover_config =
            ProverConfig { concurrency: self.node.enqueue_concurrency, ..ProverConfig::default() };
        let prover = Prover::start(broker, self.payloads()?, prover_config);
        let txs = self.tx_sources(&deployment);
        let parts = Parts { l1, deployment, archiver, store, synchronizer, txs, prover, publisher, context };
        Ok((parts, self.node_config()))
    }

    fn node_config(&self) -> NodeConfig {
        NodeConfig {
            polling_interval: Duration::from_millis(self.node.polling_interval_ms),
            tx_timeout: Duration::from_millis(self.node.tx_gathering_timeout_ms),
            epochs_ahead: self.node.epochs_ahead,
            needs_real_proofs: self.has_real_proofs,
            ..NodeConfig::default()
        }
    }

    fn funded(&self) -> Funded {
        let NodeSection { test_accounts, sponsored_fpc, prefund_addresses, .. } = &self.node;
        let addresses = prefund_addresses.iter().copied().map(AztecAddress).collect();
        Funded { test_accounts: *test_accounts, sponsored_fpc: *sponsored_fpc, addresses }
    }

    async fn deployment(&self, l1: &L1, chain_id: u64) -> Result<Deployment, Error> {
        let registry = self.l1.registry_address.ok_or(Error::Missing {
            what: "address of the registry contract",
            setting: "l1.registry_address (REGISTRY_CONTRACT_ADDRESS)",
        })?;
        let choice = match self.l1.rollup_version.parse() {
            Ok(version) => RollupChoice::Version(version),
            Err(_) => RollupChoice::Canonical,
        };
        Deployment::resolve(l1, chain_id, registry, choice, self.l1.slot_duration_s)
            .await
            .map_err(Error::node)
    }

    /// Waits until the rollup has the keys, protocol contracts and genesis of this release.
    async fn stand_by(&self, l1: &L1, chain_id: u64, genesis_archive_root: Fr) -> Result<(), Error> {
        loop {
            let deployment = self.deployment(l1, chain_id).await?;
            match deployment.check(genesis_archive_root) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(rollup = %deployment.rollup, %error, "standing by: nothing can be proven");
                }
            }
            tokio::time::sleep(STANDBY_PAUSE).await;
        }
    }

    fn publisher(&self, l1: &L1, deployment: &Arc<Deployment>) -> Result<Option<Publisher>, Error> {
        if self.node.disable_proof_publish {
            return Ok(None);
        }
        let section = &self.publisher;
        let keys: Result<Vec<PrivateKeySigner>, _> =
            section.private_keys.iter().map(|key| key.parse()).collect();
        // What cannot be parsed is not shown.
        let keys = keys
            .map_err(|_| Error::Missing { what: "valid private key", setting: "publisher.private_keys" })?;
        let config = PublisherConfig {
            fees: FeePolicy {
                max_fee_cap_wei: wei(section.gas_price_max_gwei),
                priority_fee_min_wei: wei(section.priority_fee_min_gwei),
                priority_bump_percent: section.priority_fee_bump_percent,
                retry_bump_percent: section.priority_fee_retry_bump_percent,
                stall: Duration::from_millis(section.tx_stall_time_ms),
                l1_slot: Duration::from_secs(self.l1.slot_duration_s),
            },
            gas_limit_buffer_percent: section.gas_limit_buffer_percent,
            check_interval: Duration::from_millis(section.tx_check_interval_ms),
        };
        let publisher = Publisher::new(l1.clone(), Arc::clone(deployment), keys, config);
        publisher.map(Some).map_err(Error::node)
    }

    /// Who is paid: as configured, else the first account that submits.
    fn prover_id(&self, publisher: Option<&Publisher>) -> Result<EthAddress, Error> {
        let missing = || Error::Missing { what: "prover id", setting: "node.prover_id (PROVER_ID)" };
        match &self.node.prover_id {
            Some(text) => {
                // An address, or a field whose last 20 bytes are one.
                let digits = text.trim_start_matches("0x").trim_start_matches('0');
                format!("0x{digits:0>40}").parse().map_err(|_| missing())
            }
            None => {
                let account = publisher.and_then(|publisher| publisher.accounts().first().copied());
                account.map(|account| EthAddress(account.into())).ok_or_else(missing)
            }
        }
    }

    fn blobs(&self, deployment: &Deployment) -> Result<BlobSources, Error> {
        let folder = store_folder(deployment.chain_id, deployment.rollup_version, deployment.rollup);
        let stores = self.blob.file_store_urls.iter().filter_map(|url| FileStore::new(url, &folder));
        let mut sources: Vec<BlobSource> = stores.map(BlobSource::Files).collect();
        for (index, url) in self.l1.consensus_host_urls.iter().enumerate() {
            let key = self.l1.consensus_host_api_keys.get(index).filter(|key| !key.is_empty()).cloned();
            let header =
                self.l1.consensus_host_api_key_headers.get(index).filter(|name| !name.is_empty()).cloned();
            sources.push(BlobSource::Beacon(BeaconNode::new(url.clone(), key, header)));
        }
        sources.extend(self.blob.archive_api_url.clone().map(BlobArchive::new).map(BlobSource::Archive));
        if deployment.chain_id == DEVELOPMENT_CHAIN {
            sources.push(BlobSource::Development(DevelopmentNode));
        }
        if sources.is_empty() {
            return Err(Error::Missing {
                what: "source of blobs",
                setting: "l1.consensus_host_urls, blob.file_store_urls or blob.archive_api_url",
            });
        }
        Ok(BlobSources::new(sources))
    }

    fn tx_sources(&self, deployment: &Deployment) -> TxSources {
        let folder = store_folder(deployment.chain_id, deployment.rollup_version, deployment.rollup);
        let batch = self.txs.node_rpc_max_batch_size;
        let nodes = self.txs.node_rpc_urls.iter().map(|url| TxSource::Node(NodeRpc::new(url.clone(), batch)));
        let stores = self.txs.file_store_urls.iter().filter_map(|url| TxStore::new(url, &folder));
        TxSources::new(nodes.chain(stores.map(TxSource::Store)).collect())
    }

    /// `archiver.batch_size` counts slots of L2.
    fn log_range_blocks(&self, deployment: &Deployment) -> u64 {
        let clock = &deployment.clock;
        self.archiver.batch_size.saturating_mul(clock.slot_duration_s) / clock.l1_slot_duration_s
    }

    fn payloads(&self) -> Result<PayloadStore, Error> {
        match self.proof_store.as_deref() {
            None => Ok(PayloadStore::Inline),
            Some(url) => match url.strip_prefix("file://") {
                Some(path) if path.starts_with('/') => {
                    Ok(PayloadStore::Folder(path.trim_end_matches('/').into()))
                }
                _ => {
                    Err(Error::ProofStore { scheme: url.split("://").next().unwrap_or_default().to_owned() })
                }
            },
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cap far above any price loses nothing"
)]
fn wei(gwei: f64) -> u128 {
    (gwei.max(0.0) * WEI_PER_GWEI) as u128
}
