//! Agents as a process: settings in, proofs out, until SIGTERM or SIGINT.

use std::env;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chinampa_agent::session::SessionConfig;
use chinampa_agent::spot::SpotWatch;
use chinampa_agent::srs::SrsFolder;
use chinampa_agent::{
    AgentConfig, AgentMetrics, AmqpWaking, Backend, BbBackend, BbConfig, Gpus, NativeBackend, NativeConfig,
    Protocol, SimulatedBackend, TestDelay, machine_memory_bytes, machine_threads, run, serve_admin,
};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::RequestType;
use chinampa_jobs::objects::ProofObjects;
use chinampa_jobs::otlp::TraceConfig;
use chinampa_kernels::Backend as Arithmetic;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::access::access;
use super::ends::{self, Ends};
use super::parts::{Running, Stop};
use crate::config::Resolved;
use crate::exit::Error;

/// The part of the agent section that is read here.
#[derive(Debug, Deserialize)]
struct AgentSection {
    broker_url: Option<String>,
    protocol: String,
    amqp: Option<String>,
    amqp_prefix: String,
    name: Option<String>,
    count: usize,
    poll_interval_ms: u64,
    proof_types: Vec<String>,
    circuits: Option<String>,
    threads: usize,
    failure_folder: Option<String>,
    memory_bytes: u64,
    drain_ms: u64,
}

#[derive(Debug, Deserialize)]
struct ProverSection {
    proofs: String,
    backend: String,
    arithmetic: String,
    program_log2: u32,
    msm_tables_mib: usize,
    proof_store: Option<String>,
    dev: bool,
    test_delay_type: String,
    test_delay_ms: u64,
    test_delay_factor: f64,
}

#[derive(Debug, Deserialize)]
struct ObservabilitySection {
    otlp_traces_url: Option<String>,
    otel_export_timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
struct BbSection {
    binary_path: Option<String>,
    working_directory: Option<String>,
    skip_cleanup: bool,
    crs_path: Option<String>,
    time_limit_ms: u64,
}

#[derive(Debug, Deserialize)]
struct StorageSection {
    data_directory: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ServerSection {
    port: u16,
    admin_port: u16,
    admin_listen: Option<IpAddr>,
}

/// Starts the agents, which run until a signal, the broker or the failure of another part ends them. Without a broker's
/// URL, the broker is the one of this process. `has_others` says whether the administration port is a node's.
pub(super) fn start(config: &Resolved, has_others: bool, stop: Stop) -> Result<Running, Error> {
    let agents = agent_config(config)?;
    let spot = ends::watch(&config.section("agent"))?;
    let server: ServerSection = config.section("server");
    let address = server.admin_listen.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let admin = (!has_others).then_some(SocketAddr::new(address, server.admin_port));
    let run = move || run_agents(agents, spot, admin, stop);
    thread::Builder::new().name("agents".to_owned()).spawn(run).map_err(Error::Start)
}

fn run_agents(
    agents: AgentConfig,
    spot: SpotWatch,
    admin: Option<SocketAddr>,
    stop: Stop,
) -> Result<(), Error> {
    let drain_time = agents.drain_budget;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let summary = runtime.block_on(async {
        let (notice, drain) = watch::channel(None);
        let ends = Ends::new(spot, stop).map_err(Error::Start)?;
        tokio::spawn(ends.forward(notice, drain_time));
        if let Some(address) = admin {
            show_metrics(address, Arc::clone(&agents.metrics)).await;
        }
        tracing::info!(name = agents.name, count = agents.count, broker = agents.broker_url, "agents start");
        run(agents, drain).await.map_err(Error::Agent)
    })?;
    tracing::info!(?summary, "the agents have stopped");
    Ok(())
}

/// Serves the counters. Agents prove without it as well: a port that somebody else has is no reason to end.
async fn show_metrics(address: SocketAddr, metrics: Arc<AgentMetrics>) {
    let listening = match TcpListener::bind(address).await {
        Ok(listener) => listener.local_addr().map(|address| (listener, address)),
        Err(error) => Err(error),
    };
    match listening {
        Ok((listener, address)) => {
            tracing::info!(%address, "the agents' counters are at /metrics");
            tokio::spawn(serve_admin(listener, metrics));
        }
        Err(error) => tracing::warn!(%address, "the agents' counters are not served: {error}"),
    }
}

fn agent_config(config: &Resolved) -> Result<AgentConfig, Error> {
    let section: AgentSection = config.section("agent");
    let prover: ProverSection = config.section("prover");
    let server: ServerSection = config.section("server");
    let session = SessionConfig {
        poll_interval_ms: section.poll_interval_ms,
        beat_interval_ms: section.poll_interval_ms,
        ..SessionConfig::default()
    };
    let own_broker = || format!("http://127.0.0.1:{}", server.port);
    let types = section.proof_types.iter().map(|name| name.parse::<RequestType>());
    Ok(AgentConfig {
        name: section.name.clone().unwrap_or_else(process_name),
        broker_url: section.broker_url.clone().unwrap_or_else(own_broker),
        protocol: match section.protocol.as_str() {
            "chinampa" => Protocol::Chinampa,
            "aztec" => Protocol::Aztec,
            _ => Protocol::Auto,
        },
        access: access(config),
        amqp: amqp(&section)?,
        count: section.count,
        session,
        request_types: types.map(|name| name.expect("checked where it entered")).collect(),
        proof_store: ProofObjects::open(prover.proof_store.as_deref()).map_err(Error::ProofStore)?,
        failure_folder: section.failure_folder.clone().map(PathBuf::from),
        ram_bytes: memory(section.memory_bytes),
        threads: threads(&section),
        drain_budget: Duration::from_millis(section.drain_ms),
        backends: backends(config, &section, &prover)?,
        traces: traces(config),
        metrics: Arc::new(AgentMetrics::new(Gpus::open())),
    })
}

/// Where spans go, if anywhere.
fn traces(config: &Resolved) -> Option<TraceConfig> {
    let section: ObservabilitySection = config.section("observability");
    let timeout = Duration::from_millis(section.otel_export_timeout_ms);
    section.otlp_traces_url.map(|url| TraceConfig { url, timeout })
}

/// The RabbitMQ server that wakes agents, if one does.
fn amqp(section: &AgentSection) -> Result<Option<AmqpWaking>, Error> {
    let waking = section.amqp.as_deref().map(|url| AmqpWaking::new(url, &section.amqp_prefix));
    waking.transpose().map_err(Error::Amqp)
}

/// The ways to prove that the configuration means.
pub(crate) fn configured_backends(config: &Resolved) -> Result<Vec<Arc<dyn Backend>>, Error> {
    backends(config, &config.section("agent"), &config.section("prover"))
}

fn backends(
    config: &Resolved,
    section: &AgentSection,
    prover: &ProverSection,
) -> Result<Vec<Arc<dyn Backend>>, Error> {
    let circuits = circuits(config)?;
    if prover.proofs != "simulated" {
        return real_backends(config, section, prover, &circuits);
    }
    let path = circuits.folder().path().display();
    tracing::info!(circuits = %path, "proofs are simulated: witnesses are solved, nothing is proven");
    let delay = if prover.test_delay_type == "realistic" {
        TestDelay::Realistic(prover.test_delay_factor)
    } else {
        TestDelay::Fixed(Duration::from_millis(prover.test_delay_ms))
    };
    Ok(vec![Arc::new(SimulatedBackend::new(circuits, delay))])
}

/// Our own prover for what it has, where there is a reference string, and bb for the rest, where there is bb.
fn real_backends(
    config: &Resolved,
    section: &AgentSection,
    prover: &ProverSection,
    circuits: &Arc<Circuits>,
) -> Result<Vec<Arc<dyn Backend>>, Error> {
    let mut backends: Vec<Arc<dyn Backend>> = Vec::new();
    if prover.backend != "bb" {
        match native(config, section, prover)? {
            Some(native) => {
                if prover.arithmetic != "auto" {
                    prover.arithmetic.parse().and_then(Arithmetic::force).map_err(Error::Arithmetic)?;
                }
                let backend = NativeBackend::new(native, Arc::clone(circuits)).map_err(Error::Backend)?;
                let (kinds, arithmetic) = (backend.request_types(), Arithmetic::current());
                tracing::info!(?kinds, %arithmetic, "our own prover proves these");
                backends.push(Arc::new(backend));
            }
            None if prover.backend == "native" => return Err(Error::NoSrs),
            None => tracing::info!("there is no reference string for our own prover"),
        }
    }
    if prover.backend != "native" {
        match bb(config, section, prover) {
            Ok((bb, _)) => backends.push(Arc::new(BbBackend::new(bb, Arc::clone(circuits)))),
            Err(Error::NoBb) if !backends.is_empty() => {
                tracing::warn!("there is no bb: only what our own prover has is proven");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(backends)
}

/// How agents would use our own prover, whether they do or not; none without a reference string.
pub(crate) fn native_setup(config: &Resolved) -> Result<Option<NativeConfig>, Error> {
    native(config, &config.section("agent"), &config.section("prover"))
}

/// How our own prover is used; none without a reference string.
fn native(
    config: &Resolved,
    agent: &AgentSection,
    prover: &ProverSection,
) -> Result<Option<NativeConfig>, Error> {
    let section: BbSection = config.section("bb");
    let Some(srs) = srs(section.crs_path.map(PathBuf::from), prover.dev)? else { return Ok(None) };
    Ok(Some(NativeConfig {
        srs_path: srs.path().to_path_buf(),
        is_development: srs.is_development(),
        threads: (threads(agent) / agent.count.max(1)).max(1),
        verify: true,
        program_log2: Some(prover.program_log2).filter(|log2| *log2 > 0),
        memory_bytes: memory(agent.memory_bytes),
        msm_table_bytes: prover.msm_tables_mib << 20,
    }))
}

/// The reference string in this folder, or in bb's own.
fn srs(crs_path: Option<PathBuf>, dev: bool) -> Result<Option<SrsFolder>, Error> {
    let own_place = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".bb-crs"));
    let srs = crs_path.or_else(own_place).and_then(|path| SrsFolder::open(&path).ok());
    srs.map(|srs| srs.allow(dev)).transpose().map_err(Error::Srs)
}

/// The circuits that the configuration names.
pub(crate) fn circuits(config: &Resolved) -> Result<Arc<Circuits>, Error> {
    let (section, storage): (AgentSection, StorageSection) =
        (config.section("agent"), config.section("storage"));
    let folder = artifacts(section.circuits.as_deref(), storage.data_directory.as_deref())?;
    Ok(Arc::new(Circuits::new(folder)))
}

/// bb as agents would use it, whether they do or not, and whether there is a reference string for it.
pub(crate) fn bb_setup(config: &Resolved) -> Result<(BbConfig, bool), Error> {
    bb(config, &config.section("agent"), &config.section("prover"))
}

/// What the jobs of all agents together may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgentRoom {
    /// Memory.
    pub(crate) ram_bytes: u64,
    /// Threads.
    pub(crate) threads: usize,
}

/// What is configured, or what machine and control group give.
pub(crate) fn agent_room(config: &Resolved) -> AgentRoom {
    let section: AgentSection = config.section("agent");
    AgentRoom { ram_bytes: memory(section.memory_bytes), threads: threads(&section) }
}

/// How bb is used for real proofs.
fn bb(config: &Resolved, agent: &AgentSection, prover: &ProverSection) -> Result<(BbConfig, bool), Error> {
    let section: BbSection = config.section("bb");
    let program = section.binary_path.map_or_else(|| find_program("bb"), |path| Some(PathBuf::from(path)));
    let program = program.filter(|path| path.is_file()).ok_or(Error::NoBb)?;
    // It runs in a folder of its own, from where other paths lead elsewhere.
    let absolute = |path: PathBuf| std::path::absolute(path).map_err(Error::Start);
    let crs_path = section.crs_path.map(PathBuf::from).map(absolute).transpose()?;
    // Without points in its place, bb fetches them by itself.
    let srs = srs(crs_path.clone(), prover.dev)?;
    let has_points = srs.is_some();
    let is_development = srs.is_some_and(|srs| srs.is_development());
    let bb = BbConfig {
        program: absolute(program)?,
        working_directory: absolute(section.working_directory.map_or_else(env::temp_dir, PathBuf::from))?,
        crs_path,
        threads: (threads(agent) / agent.count.max(1)).max(1),
        time_limit: Duration::from_millis(section.time_limit_ms),
        skip_cleanup: section.skip_cleanup,
        verify: true,
        is_development,
    };
    Ok((bb, has_points))
}

/// A program in PATH, or where scripts/peers installs it.
fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let peers = env::var_os("PEERS_DIR").map_or_else(|| PathBuf::from(".peers"), PathBuf::from);
    let mut folders = env::split_paths(&path).chain([peers.join("bin")]);
    folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
}

/// The folder that is set, else the one in the data directory, else what scripts/peers installed.
fn artifacts(set: Option<&str>, data_directory: Option<&str>) -> Result<ArtifactFolder, Error> {
    if let Some(path) = set {
        return ArtifactFolder::open(path.as_ref()).map_err(Error::Circuits);
    }
    if let Some(path) = data_directory
        && let Ok(folder) = ArtifactFolder::open(&PathBuf::from(path).join("circuits"))
    {
        return Ok(folder);
    }
    let peers = env::var_os("PEERS_DIR").map_or_else(|| PathBuf::from(".peers"), PathBuf::from);
    ArtifactFolder::open(&peers.join("aztec")).map_err(Error::Circuits)
}

/// The memory for jobs: what is set, else nine tenths of what the machine and its control group give.
fn memory(set: u64) -> u64 {
    if set > 0 { set } else { machine_memory_bytes().unwrap_or(u64::MAX) / 10 * 9 }
}

/// The threads for jobs: what is set, else what machine and control group give.
fn threads(section: &AgentSection) -> usize {
    if section.threads > 0 { section.threads } else { machine_threads() }
}

/// Name of the machine, in characters that an agent's name may have, and number of the process: processes of one machine
/// are different agents to the broker.
fn process_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String =
        name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let name = if name.is_empty() { "agent" } else { &name };
    format!("{name}-{}", std::process::id())
}
