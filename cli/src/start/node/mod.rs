//! The prover node as a process: settings in, proofs on L1, until SIGTERM or SIGINT.

mod keys;
mod settings;
mod sources;

use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chinampa_jobs::otlp::TraceConfig;
use chinampa_node::archiver::{Archiver, ArchiverConfig, ArchiverStore};
use chinampa_node::execution::ProverContext;
use chinampa_node::l1::{Deployment, L1, L1Config, RollupChoice};
use chinampa_node::leader::LeaderLock;
use chinampa_node::post_mortem::PostMortemStore;
use chinampa_node::prover::{PayloadStore, Prover, ProverConfig, RpcBroker};
use chinampa_node::server::{NodeApi, serve_standby};
use chinampa_node::service::{NodeConfig, Parts, PostMortems, ProverNode};
use chinampa_node::state::{Funded, RedbTrees, Synchronizer};
use chinampa_node::traces::{TraceSender, Traces};
use chinampa_protocol::{AztecAddress, Fr};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::parts::{Running, Stop};
use crate::config::Resolved;
use crate::exit::Error;
use settings::{NodeSection, ObservabilitySection, Settings};

/// Time between two looks whether the rollup has become one of this release.
const STANDBY_PAUSE: Duration = Duration::from_secs(60);
/// A call of the broker without an answer for this long has failed.
const BROKER_TIMEOUT: Duration = Duration::from_secs(30);

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

/// Starts the node, which runs until it is asked to stop. Without a broker's URL, the broker is the one of this process. A
/// broker in this process has the server's port, and the node answers on the admin port.
pub(super) fn start(config: &Resolved, has_broker: bool, stop: Stop) -> Result<Running, Error> {
    let settings = Settings::new(config, has_broker);
    thread::Builder::new().name("node".to_owned()).spawn(|| run(settings, stop)).map_err(Error::Start)
}

fn run(settings: Settings, stop: Stop) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(async {
        let stop = stop.asked().map_err(Error::Start)?;
        let (sender, traces) = settings.traces()?;
        let ended = tokio::select! {
            cause = stop => {
                tracing::info!(cause, "the prover node stops");
                Ok(())
            }
            ended = work(settings, traces) => ended,
        };
        // Only now have the spans of what was under way ended too.
        if let Some(sender) = sender {
            sender.stop().await;
        }
        ended
    })?;
    tracing::info!("the prover node has stopped");
    Ok(())
}

async fn work(settings: Settings, traces: Traces) -> Result<(), Error> {
    let folder = settings.data_folder()?;
    let failed = |source| Error::Port { port: settings.port, source };
    let listener = std::net::TcpListener::bind((Ipv6Addr::UNSPECIFIED, settings.port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let early = listener.try_clone().and_then(TcpListener::from_std).map_err(failed)?;
    let path = folder.path();
    let (parts, config) = tokio::select! {
        parts = settings.parts(&path, &traces) => parts?,
        ended = serve_standby(early) => return ended.map_err(Error::Start),
    };
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
    let api = NodeApi::new(&node, store, world, proofs, settings.admin_key_sha256.as_deref());
    let listener = TcpListener::from_std(listener).map_err(failed)?;
    tracing::info!(port = settings.port, proofs, "the prover node is ready");
    tokio::select! {
        failure = node.failed() => Err(Error::service(failure)),
        ended = api.serve(listener) => ended.map_err(Error::Start),
    }
}

impl Settings {
    fn data_folder(&self) -> Result<DataFolder, Error> {
        if let Some(path) = &self.data_directory {
            let path = PathBuf::from(path).join("node");
            std::fs::create_dir_all(&path).map_err(Error::storage)?;
            return Ok(DataFolder::Kept(path));
        }
        tracing::warn!(
            "the node's files are temporary and end with this process; see storage.data_directory"
        );
        TempDir::with_prefix("chinampa-node-").map(DataFolder::Temporary).map_err(Error::Start)
    }

    /// The exporter of traces, if there is a collector.
    fn traces(&self) -> Result<(Option<TraceSender>, Traces), Error> {
        let ObservabilitySection { otlp_traces_url, otel_export_timeout_ms } = &self.observability;
        let Some(url) = otlp_traces_url.clone() else { return Ok((None, Traces::default())) };
        let timeout = Duration::from_millis(*otel_export_timeout_ms);
        let started = TraceSender::start(TraceConfig { url, timeout }).map_err(Error::node)?;
        Ok((Some(started.0), started.1))
    }

    async fn parts(&self, folder: &Path, traces: &Traces) -> Result<(Parts<RpcBroker>, NodeConfig), Error> {
        let l1_config = L1Config {
            rpc_urls: self.l1.rpc_urls.clone(),
            debug_rpc_urls: self.l1.debug_rpc_urls.clone(),
            chain_id: self.l1.chain_id,
        };
        let (l1, chain_id) = L1::connect(&l1_config).await.map_err(Error::l1)?;
        let genesis = self.funded().genesis().map_err(Error::node)?;
        let deployment = self.deployment(&l1, chain_id).await?;
        let open = |name| folder.join(name);
        let store = ArchiverStore::open(&open("archiver.redb"), chain_id, deployment.rollup)
            .map_err(Error::storage)?;
        let store = Arc::new(store);
        let trees = RedbTrees::open(&open("world-state.redb")).map_err(Error::storage)?;
        let post_mortems = self.post_mortems(&trees, folder)?;
        let synchronizer = Synchronizer::open(trees, &genesis, Arc::clone(&store)).map_err(Error::storage)?;
        if let Some(root) = synchronizer.genesis_archive_root().map_err(Error::node)? {
            self.stand_by(&l1, chain_id, root).await?;
        }
        let deployment = Arc::new(deployment);
        let keys = self.keys().await?;
        let publisher = self.publisher(&keys, &l1, &deployment)?;
        let context = ProverContext::new(self.prover_id(&keys)?);
        let blobs = self.blobs(&deployment)?;
        let traces = traces.of_rollup(chain_id, deployment.rollup);
        let archiver_config = ArchiverConfig { log_range_blocks: self.log_range_blocks(&deployment) };
        let (followed, kept) = (Arc::clone(&deployment), Arc::clone(&store));
        let archiver = Archiver::new(l1.clone(), followed, blobs, kept, archiver_config);
        let archiver = archiver.with_traces(traces.clone());
        let broker = RpcBroker::new(self.broker_url.clone(), &self.broker_access, BROKER_TIMEOUT)
            .map_err(Error::node)?;
        let prover_config =
            ProverConfig { concurrency: self.node.enqueue_concurrency, ..ProverConfig::default() };
        let prover = Prover::start(broker, self.payloads()?, prover_config);
        let txs = self.tx_sources(&deployment);
        let lock = self.lock(&deployment)?;
        let parts = Parts {
            l1,
            deployment,
            archiver,
            store,
            synchronizer,
            txs,
            prover,
            publisher,
            context,
            lock,
            post_mortems,
            traces,
        };
        Ok((parts, self.node_config()))
    }

    fn lock(&self, deployment: &Deployment) -> Result<Option<LeaderLock>, Error> {
        let Some(place) = &self.node.leader_lock else { return Ok(None) };
        let name = format!("{}:{}", deployment.chain_id, deployment.rollup);
        let lease_time = Duration::from_millis(self.node.leader_lease_ms);
        LeaderLock::open(place, &name, lease_time).map(Some).map_err(Error::storage)
    }

    /// Where the data of failed epochs go.
    fn post_mortems(&self, trees: &RedbTrees, folder: &Path) -> Result<Option<PostMortems>, Error> {
        let Some(url) = &self.node.failed_epoch_store else { return Ok(None) };
        let store = PostMortemStore::new(url, folder).map_err(Error::PostMortem)?;
        Ok(Some(PostMortems { store, trees: trees.clone() }))
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
        Deployment::resolve(l1, chain_id, registry, choice, self.l1.slot_duration_s).await.map_err(Error::l1)
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

    /// `archiver.batch_size` counts slots of L2.
    fn log_range_blocks(&self, deployment: &Deployment) -> u64 {
        let clock = &deployment.clock;
        self.archiver.batch_size.saturating_mul(clock.slot_duration_s) / clock.l1_slot_duration_s
    }

    fn payloads(&self) -> Result<PayloadStore, Error> {
        PayloadStore::open(self.proof_store.as_deref()).map_err(Error::ProofStore)
    }
}
