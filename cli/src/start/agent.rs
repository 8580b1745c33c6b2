//! Agents as a process: settings in, proofs out, until SIGTERM or SIGINT.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chinampa_agent::session::{ReleaseCause, SessionConfig};
use chinampa_agent::srs::SrsFolder;
use chinampa_agent::{
    AgentConfig, Backend, BbBackend, BbConfig, DrainNotice, ProofStore, Protocol, SimulatedBackend,
    TestDelay, machine_memory_bytes, run,
};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::RequestType;
use serde::Deserialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::config::Resolved;
use crate::exit::Error;

/// Exit status of a process that a second signal ends: 128 and the number of SIGTERM.
const EXIT_TERMINATED: i32 = 143;

/// The part of the agent section that is read here.
#[derive(Debug, Deserialize)]
struct AgentSection {
    broker_url: Option<String>,
    protocol: String,
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
    proof_store: Option<String>,
    dev: bool,
    test_delay_type: String,
    test_delay_ms: u64,
    test_delay_factor: f64,
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
}

/// Starts the agents, which run until a signal or the broker ends them. Without a broker's URL, the broker is the one of
/// this process.
pub(super) fn start(config: &Resolved) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let agents = agent_config(config)?;
    thread::Builder::new().name("agents".to_owned()).spawn(|| run_agents(agents)).map_err(Error::Start)
}

fn run_agents(agents: AgentConfig) -> Result<(), Error> {
    let drain_time = agents.drain_budget;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let summary = runtime.block_on(async {
        let (notice, drain) = watch::channel(None);
        let signals = Signals::new().map_err(Error::Start)?;
        tokio::spawn(signals.forward(notice, drain_time));
        tracing::info!(name = agents.name, count = agents.count, broker = agents.broker_url, "agents start");
        run(agents, drain).await.map_err(Error::Agent)
    })?;
    tracing::info!(?summary, "the agents have stopped");
    Ok(())
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
        name: section.name.clone().unwrap_or_else(host_name),
        broker_url: section.broker_url.clone().unwrap_or_else(own_broker),
        protocol: if section.protocol == "chinampa" { Protocol::Chinampa } else { Protocol::Aztec },
        token: None,
        count: section.count,
        session,
        request_types: types.map(|name| name.expect("checked where it entered")).collect(),
        proof_store: proof_store(prover.proof_store.as_deref())?,
        failure_folder: section.failure_folder.clone().map(PathBuf::from),
        ram_bytes: memory(section.memory_bytes),
        drain_budget: Duration::from_millis(section.drain_ms),
        backends: backends(config, &section, &prover)?,
    })
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
    let storage: StorageSection = config.section("storage");
    let folder = artifacts(section.circuits.as_deref(), storage.data_directory.as_deref())?;
    if prover.proofs != "simulated" {
        let bb = bb(config, section, prover)?;
        return Ok(vec![Arc::new(BbBackend::new(bb, Arc::new(Circuits::new(folder))))]);
    }
    tracing::info!(circuits = %folder.path().display(), "proofs are simulated: witnesses are solved, nothing is proven");
    let delay = if prover.test_delay_type == "realistic" {
        TestDelay::Realistic(prover.test_delay_factor)
    } else {
        TestDelay::Fixed(Duration::from_millis(prover.test_delay_ms))
    };
    Ok(vec![Arc::new(SimulatedBackend::new(Arc::new(Circuits::new(folder)), delay))])
}

/// How bb is used for real proofs.
fn bb(config: &Resolved, agent: &AgentSection, prover: &ProverSection) -> Result<BbConfig, Error> {
    let section: BbSection = config.section("bb");
    let program = section.binary_path.map_or_else(|| find_program("bb"), |path| Some(PathBuf::from(path)));
    let program = program.filter(|path| path.is_file()).ok_or(Error::NoBb)?;
    let own_place = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".bb-crs"));
    let crs_path = section.crs_path.map(PathBuf::from);
    // Without points in its place, bb fetches them by itself.
    let srs = crs_path.clone().or_else(own_place).and_then(|path| SrsFolder::open(&path).ok());
    let srs = srs.map(|srs| srs.allow(prover.dev)).transpose().map_err(Error::Srs)?;
    let is_development = srs.is_some_and(|srs| srs.is_development());
    Ok(BbConfig {
        program,
        working_directory: section.working_directory.map_or_else(env::temp_dir, PathBuf::from),
        crs_path,
        threads: if agent.threads == 0 { 0 } else { (agent.threads / agent.count.max(1)).max(1) },
        time_limit: Duration::from_millis(section.time_limit_ms),
        skip_cleanup: section.skip_cleanup,
        verify: true,
        is_development,
    })
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

fn proof_store(url: Option<&str>) -> Result<ProofStore, Error> {
    match url {
        None => Ok(ProofStore::Inline),
        Some(url) => match url.strip_prefix("file://") {
            Some(path) if path.starts_with('/') => Ok(ProofStore::Folder(path.trim_end_matches('/').into())),
            _ => Err(Error::ProofStore { scheme: url.split("://").next().unwrap_or_default().to_owned() }),
        },
    }
}

/// The memory for jobs: what is set, else nine tenths of what the machine and its control group give.
fn memory(set: u64) -> u64 {
    if set > 0 { set } else { machine_memory_bytes().unwrap_or(u64::MAX) / 10 * 9 }
}

/// Name of the machine, in characters that an agent's name may have.
fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String =
        name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if name.is_empty() { "agent".to_owned() } else { name }
}

/// The signals that agents listen to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    spot: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            spot: signal(SignalKind::user_defined1())?,
        })
    }

    /// The first SIGTERM, SIGINT or SIGUSR1 starts a drain; a second SIGTERM or SIGINT ends the process at once.
    async fn forward(mut self, notice: watch::Sender<Option<DrainNotice>>, drain_time: Duration) {
        let mut is_draining = false;
        loop {
            let (name, cause) = tokio::select! {
                _ = self.terminate.recv() => ("SIGTERM", ReleaseCause::Shutdown),
                _ = self.interrupt.recv() => ("SIGINT", ReleaseCause::Shutdown),
                _ = self.spot.recv() => ("SIGUSR1", ReleaseCause::SpotReclaim),
            };
            if is_draining && cause == ReleaseCause::Shutdown {
                tracing::warn!(signal = name, "a second signal: stopping at once");
                std::process::exit(EXIT_TERMINATED);
            }
            is_draining = true;
            tracing::info!(signal = name, drain_ms = drain_time.as_millis(), "draining");
            notice.send_replace(Some(DrainNotice { deadline: Instant::now() + drain_time, cause }));
        }
    }
}
