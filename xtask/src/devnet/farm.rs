//! Node, broker and agents as processes of their own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chinampa_testkit::replay::Replay;
use serde_json::Value;

/// The account that submits: the third of anvil's, which everybody knows.
const PUBLISHER_KEY: &str = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const PROVER_ID: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// The chain id of anvil, and so of every recording.
const CHAIN_ID: &str = "31337";
/// Epochs that are proven at the same time.
const EPOCHS_AHEAD: &str = "32";
const START_TIMEOUT: Duration = Duration::from_secs(30);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// Lines of each log that a failure shows.
const LAST_LINES: usize = 12;

struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
    /// Largest resident size that was seen, in bytes.
    peak_rss: u64,
}

/// The running farm. It ends when dropped.
pub(super) struct Farm {
    processes: Vec<Process>,
    broker_port: u16,
    node_port: u16,
    http: ureq::Agent,
    last_status: Value,
}

impl Farm {
    /// Starts the three processes.
    pub(super) fn start(
        replay: &Replay,
        program: &Path,
        circuits: &Path,
        agents: usize,
    ) -> anyhow::Result<Self> {
        let (broker_port, node_port, agent_port) = (free_port()?, free_port()?, free_port()?);
        let http = ureq::Agent::config_builder().timeout_global(Some(ANSWER_TIMEOUT)).build().into();
        let mut farm = Self { processes: Vec::new(), broker_port, node_port, http, last_status: Value::Null };
        let folder = replay.folder();
        let broker = command(
            program,
            "--prover-broker",
            broker_port,
            &[
                ("DATA_DIRECTORY", folder.join("broker").display().to_string()),
                ("PROVER_BROKER_MAX_EPOCHS_TO_KEEP_RESULTS_FOR", EPOCHS_AHEAD.to_owned()),
            ],
        );
        fs::create_dir_all(folder.join("broker"))?;
        farm.spawn("broker", broker, &folder)?;
        farm.wait_for(broker_port)?;
        farm.spawn("agents", farm.agents(program, circuits, agents, agent_port), &folder)?;
        farm.spawn("node", farm.node(replay, program)?, &folder)?;
        Ok(farm)
    }

    fn agents(&self, program: &Path, circuits: &Path, agents: usize, port: u16) -> Command {
        command(
            program,
            "--prover-agent",
            port,
            &[
                ("PROVER_BROKER_HOST", self.broker_url()),
                ("PROVER_AGENT_COUNT", agents.to_string()),
                ("PROVER_AGENT_POLL_INTERVAL_MS", "100".to_owned()),
                ("PROVER_REAL_PROOFS", "false".to_owned()),
                ("CHINAMPA_AGENT__CIRCUITS", circuits.display().to_string()),
            ],
        )
    }

    fn node(&self, replay: &Replay, program: &Path) -> anyhow::Result<Command> {
        Ok(command(
            program,
            "--prover-node",
            self.node_port,
            &[
                ("ETHEREUM_HOSTS", replay.l1_url()),
                ("L1_CHAIN_ID", CHAIN_ID.to_owned()),
                ("ETHEREUM_SLOT_DURATION", replay.number("ETH_SLOT")?.to_string()),
                ("REGISTRY_CONTRACT_ADDRESS", replay.registry()?.to_owned()),
                ("BLOB_FILE_STORE_URLS", replay.blobs_url()),
                ("TX_COLLECTION_NODE_RPC_URLS", replay.node_url()),
                ("TEST_ACCOUNTS", "true".to_owned()),
                ("SPONSORED_FPC", "true".to_owned()),
                ("DATA_DIRECTORY", replay.folder().display().to_string()),
                ("PROVER_BROKER_HOST", self.broker_url()),
                ("PROVER_REAL_PROOFS", "false".to_owned()),
                ("PROVER_ID", PROVER_ID.to_owned()),
                ("PROVER_PUBLISHER_PRIVATE_KEYS", PUBLISHER_KEY.to_owned()),
                ("PROVER_NODE_POLLING_INTERVAL_MS", "250".to_owned()),
                ("CHINAMPA_NODE__EPOCHS_AHEAD", EPOCHS_AHEAD.to_owned()),
            ],
        ))
    }

    fn spawn(&mut self, name: &'static str, mut command: Command, folder: &Path) -> anyhow::Result<()> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("create {}", log.display()))?;
        let child = command.stdout(file.try_clone()?).stderr(file).stdin(Stdio::null()).spawn();
        let child =
            child.with_context(|| format!("start {name} with {}", command.get_program().display()))?;
        self.processes.push(Process { name, child, log, peak_rss: 0 });
        Ok(())
    }

    fn wait_for(&mut self, port: u16) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.get(port, "healthz").is_none() {
            self.check()?;
            if begun.elapsed() > START_TIMEOUT {
                bail!("port {port} does not answer");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Fails if a process has ended.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        for process in &mut self.processes {
            process.peak_rss = process.peak_rss.max(peak_rss(process.child.id()));
            if let Some(status) = process.child.try_wait()? {
                bail!("the {} ended with {status}", process.name);
            }
        }
        Ok(())
    }

    fn get(&self, port: u16, path: &str) -> Option<String> {
        let answer = self.http.get(format!("http://127.0.0.1:{port}/{path}")).call().ok()?;
        answer.into_body().read_to_string().ok()
    }

    /// What the node says of its epochs; the last answer while it does not answer.
    pub(super) fn status(&mut self) -> Value {
        let answer = self.get(self.node_port, "v1/epochs");
        if let Some(status) = answer.and_then(|text| serde_json::from_str(&text).ok()) {
            self.last_status = status;
        }
        self.last_status.clone()
    }

    /// The last answer of [`Self::status`].
    pub(super) fn last_status(&self) -> &Value {
        &self.last_status
    }

    /// The broker's metrics.
    pub(super) fn broker_metrics(&self) -> String {
        self.get(self.broker_port, "metrics").unwrap_or_default()
    }

    /// Largest resident sizes by process, in bytes.
    pub(super) fn peak_rss(&self) -> Vec<(&'static str, u64)> {
        self.processes.iter().map(|process| (process.name, process.peak_rss)).collect()
    }

    pub(super) fn broker_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.broker_port)
    }

    pub(super) fn node_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.node_port)
    }

    /// The end of every log.
    pub(super) fn last_lines(&self) -> String {
        let tail = |process: &Process| {
            let text = fs::read_to_string(&process.log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let last = lines[lines.len().saturating_sub(LAST_LINES)..].iter();
            last.map(|line| format!("    {}: {line}\n", process.name)).collect::<String>()
        };
        self.processes.iter().map(tail).collect()
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // It is already gone, or it goes now.
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

fn command(program: &Path, role: &str, port: u16, environment: &[(&str, String)]) -> Command {
    let mut command = Command::new(program);
    command.args(["start", role, "--port", &port.to_string()]);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Largest resident size of a process so far, in bytes; 0 if it is gone.
fn peak_rss(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
