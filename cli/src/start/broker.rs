//! The broker as a process: settings in, a port out, until it is asked to stop.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chinampa_broker::access::{AccessConfig, Audit};
use chinampa_broker::amqp::{AmqpBridge, AmqpConfig};
use chinampa_broker::payload::{PayloadConfig, Payloads, Place};
use chinampa_broker::queue::{Policy, Queue, QueueConfig};
use chinampa_broker::server::{Guard, ServerConfig, Tls, serve};
use chinampa_broker::store::{MemoryStore, RedbStore, RedisStore};
use chinampa_broker::trace::{TraceConfig, Tracer};
use chinampa_broker::{Broker, Worker, WorkerConfig};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpSocket};

use super::parts::{Running, Stop};
use super::store::{JobStore, PayloadStore};
use super::verifier::verifier;
use crate::config::Resolved;
use crate::exit::Error;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;

/// The part of the broker section that is read here.
#[derive(Debug, Deserialize)]
struct BrokerSection {
    job_timeout_ms: u64,
    poll_interval_ms: u64,
    job_max_retries: u32,
    max_epochs_to_keep_results_for: u64,
    program_days: u64,
    debug_replay_enabled: bool,
    store: Option<String>,
    payloads: Option<String>,
    payload_inline_bytes: usize,
    payload_quota_bytes: u64,
    payload_scrub_ms: u64,
    verifier: Option<String>,
    verify: String,
    verify_timeout_ms: u64,
    open: bool,
    listen: Option<IpAddr>,
    audit_file: Option<PathBuf>,
    policy: Policy,
    amqp: Option<String>,
    tls_certificate_file: Option<PathBuf>,
    tls_key_file: Option<PathBuf>,
    tls_client_authorities_file: Option<PathBuf>,
    amqp_prefix: String,
    amqp_sweep_ms: u64,
}

impl BrokerSection {
    fn queue(&self) -> QueueConfig {
        QueueConfig {
            job_timeout_ms: self.job_timeout_ms,
            max_attempts: self.job_max_retries,
            epochs_kept: self.max_epochs_to_keep_results_for,
            days_kept: self.program_days,
            policy: self.policy,
            ..QueueConfig::default()
        }
    }
}

#[derive(Debug, Deserialize)]
struct ServerSection {
    port: u16,
    rpc_batch_size: usize,
    rpc_body_bytes: usize,
    admin_api_key_hash: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ProverSection {
    proof_store: Option<String>,
    dev: bool,
}

#[derive(Debug, Deserialize)]
struct ObservabilitySection {
    otlp_traces_url: Option<String>,
    otel_export_timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
struct StorageSection {
    data_directory: Option<String>,
}

/// All that is read here.
struct Settings {
    broker: BrokerSection,
    server: ServerSection,
    storage: StorageSection,
    prover: ProverSection,
    observability: ObservabilitySection,
}

impl Settings {
    fn new(config: &Resolved) -> Self {
        Self {
            broker: config.section("broker"),
            server: config.section("server"),
            storage: config.section("storage"),
            prover: config.section("prover"),
            observability: config.section("observability"),
        }
    }
}

/// Starts the broker, which runs until it is asked to stop and the other parts of the process have ended: they give back
/// what they hold.
pub(super) fn start(config: &Resolved, stop: Stop) -> Result<Running, Error> {
    let settings = Settings::new(config);
    thread::Builder::new().name("broker".to_owned()).spawn(|| run(settings, stop)).map_err(Error::Start)
}

fn run(settings: Settings, stop: Stop) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Start)?;
    let worker = runtime.block_on(listen(settings, stop))?;
    // The thread ends when the server has let go of it; by then every call is stored and answered.
    drop(runtime);
    worker.join();
    tracing::info!("the broker has stopped");
    Ok(())
}

async fn listen(settings: Settings, mut stop: Stop) -> Result<Worker, Error> {
    let Settings { broker: section, server, storage, prover, observability } = settings;
    raise_open_files();
    let asked = stop.clone().asked().map_err(Error::Start)?;
    let has_key = server.admin_api_key_hash.is_some();
    let address =
        section.listen.or_else(|| (!section.open && !has_key).then_some(Ipv4Addr::LOCALHOST.into()));
    let listener = bind(address, server.port).map_err(|source| Error::Port { port: server.port, source })?;
    let address = listener.local_addr().map_err(Error::Start)?;
    let worker_config = WorkerConfig {
        queue: section.queue(),
        poll_interval_ms: section.poll_interval_ms,
        ..WorkerConfig::default()
    };
    let store = JobStore::new(section.store.as_deref(), storage.data_directory.as_deref());
    let (broker, worker) = open(worker_config, &store)?;
    let payloads = payloads(&section, &store).await?;
    check_payloads(&broker, payloads.is_some()).await?;
    let mut config = ServerConfig { has_replay: section.debug_replay_enabled, ..ServerConfig::default() };
    config.limits.max_batch_len = server.rpc_batch_size;
    config.limits.max_body_len = server.rpc_body_bytes;
    // Whoever reaches a broker that has no keys may do everything: asked for, or nobody else reaches it.
    let is_open = section.open || !has_key;
    let audit = audit(section.audit_file, storage.data_directory.as_deref())?;
    let access = AccessConfig { is_open, admin_key_sha256: server.admin_api_key_hash };
    let tls = match (&section.tls_certificate_file, &section.tls_key_file) {
        (Some(certificate), Some(key)) => {
            let tls = Tls::load(certificate, key, section.tls_client_authorities_file.as_deref());
            Some(tls.map_err(Error::Tls)?)
        }
        _ => None,
    };
    let timeout = Duration::from_millis(section.verify_timeout_ms);
    let verifier =
        section.verifier.map(|name| verifier(&name, timeout, prover.dev, prover.proof_store.as_deref()));
    let verifier = verifier.transpose()?;
    let trusts_own_agents = section.verify == "aztec";
    let guard = Guard { access, audit: Arc::new(audit), verifier, trusts_own_agents, payloads, tls };
    tracing::info!(%address, ?store, open = is_open, "the broker is ready");
    if is_open {
        tracing::warn!("the broker is open: it asks no caller who it is");
    }
    let bridge = section.amqp.map(|url| {
        let sweep_interval = Duration::from_millis(section.amqp_sweep_ms);
        AmqpBridge::start(broker.clone(), AmqpConfig { url, prefix: section.amqp_prefix, sweep_interval })
    });
    let tracer = observability.otlp_traces_url.map(|url| {
        let timeout = Duration::from_millis(observability.otel_export_timeout_ms);
        Tracer::start(broker.clone(), TraceConfig { url, timeout })
    });
    notify(sd_notify::NotifyState::Ready);
    let stop = async {
        let cause = asked.await;
        stop.clients_ended().await;
        tracing::info!(cause, "stopping");
        notify(sd_notify::NotifyState::Stopping);
    };
    serve(listener, broker, config, guard, stop).await;
    if let Some(bridge) = bridge {
        bridge.stop().await;
    }
    if let Some(tracer) = tracer {
        tracer.stop().await;
    }
    Ok(worker)
}

fn open(config: WorkerConfig, store: &JobStore) -> Result<(Broker, Worker), Error> {
    let started = match store {
        JobStore::Memory => {
            tracing::warn!("jobs are kept in memory only and end with this process; see broker.store");
            Broker::start(config, MemoryStore::new())
        }
        JobStore::Redb(path) => RedbStore::open(path).and_then(|store| Broker::start(config, store)),
        JobStore::Redis(url) => RedisStore::open(url).and_then(|store| Broker::start(config, store)),
    };
    started.map_err(Error::JobStore)
}

async fn payloads(section: &BrokerSection, store: &JobStore) -> Result<Option<Arc<Payloads>>, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Payloads(error.to_string());
    let place = match PayloadStore::new(section.payloads.as_deref(), store) {
        PayloadStore::Inline => return Ok(None),
        PayloadStore::Bucket(url) => Place::bucket(&url).map_err(|error| failed(&error))?,
        PayloadStore::Redis(url) => {
            let opened = tokio::task::spawn_blocking(move || Place::redis(&url)).await;
            opened.map_err(|error| failed(&error))?.map_err(Error::JobStore)?
        }
    };
    tracing::info!(?place, "long inputs and results go to a place of their own");
    let config = PayloadConfig {
        place,
        inline_max_bytes: section.payload_inline_bytes,
        quota_bytes: section.payload_quota_bytes,
        scrub_interval: Duration::from_millis(section.payload_scrub_ms),
    };
    Payloads::open(config).await.map(|payloads| Some(Arc::new(payloads))).map_err(|error| failed(&error))
}

/// A queue with references needs the place that they point into.
async fn check_payloads(broker: &Broker, has_place: bool) -> Result<(), Error> {
    let has_references = !has_place && broker.look(Queue::has_references).await.ok().flatten() == Some(true);
    if has_references {
        let problem =
            "inputs or results of jobs in the store are in another place; set broker.payloads to it";
        return Err(Error::Payloads(problem.to_owned()));
    }
    Ok(())
}

/// Lets this process have as many connections as the system allows it, where a shell has allowed it less.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "connections are limited by the number of open files");
    }
}

/// Tells systemd, if it has started us.
fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "systemd was not told");
    }
}

fn audit(file: Option<PathBuf>, data_directory: Option<&str>) -> Result<Audit, Error> {
    let file = file.or_else(|| data_directory.map(|folder| Path::new(folder).join("audit.jsonl")));
    file.map_or_else(|| Ok(Audit::default()), |file| Audit::with_file(&file)).map_err(Error::Start)
}

/// Listens on one address, or on all, as Aztec's broker does.
fn bind(address: Option<IpAddr>, port: u16) -> io::Result<TcpListener> {
    if let Some(address) = address {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((address, port)))?;
        return socket.listen(BACKLOG);
    }
    let socket = TcpSocket::new_v6().or_else(|_| TcpSocket::new_v4())?;
    // Without it, a broker that was killed could not start again at once.
    socket.set_reuseaddr(true)?;
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    match socket.bind(any) {
        Ok(()) => socket.listen(BACKLOG),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        // A machine without IPv6.
        Err(_) => {
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(SocketAddr::from(([0, 0, 0, 0], port)))?;
            socket.listen(BACKLOG)
        }
    }
}
