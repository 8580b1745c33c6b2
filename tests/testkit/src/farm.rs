//! Our node, broker and agents as processes of their own, on a [`Replay`].

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::replay::{Replay, ReplayError};

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

/// What the processes are started from.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The chinampa program.
    pub chinampa: PathBuf,
    /// Folder of the release's circuits.
    pub circuits: PathBuf,
    /// Agents in the agent process.
    pub agents: usize,
}

/// A part of the farm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Queues jobs, in a redb file.
    Broker,
    /// Proves them with simulated proofs.
    Agents,
    /// Follows L1, plans, submits.
    Node,
    /// Another node beside the first.
    SecondNode,
}

impl Part {
    /// Its name in logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Agents => "agents",
            Self::Node => "node",
            Self::SecondNode => "second-node",
        }
    }
}

#[derive(Debug)]
struct Process {
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    child: Child,
    log: PathBuf,
    /// Largest resident size of all its runs, in bytes.
    peak_rss: u64,
}

/// The running farm. It ends when dropped.
#[derive(Debug)]
pub struct Farm {
    program: PathBuf,
    folder: PathBuf,
    processes: BTreeMap<Part, Process>,
    broker_port: u16,
    node_port: u16,
    http: ureq::Agent,
    last_status: Value,
}

impl Farm {
    /// Starts the three processes.
    ///
    /// # Errors
    /// [`ReplayError`] if one cannot be started or the broker does not answer.
    pub fn start(replay: &Replay, programs: &Programs) -> Result<Self, ReplayError> {
        Self::start_with(replay, programs, &[])
    }

    /// The same with these variables of the node in place of the usual ones. Without agents, no process of them runs.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        replay: &Replay,
        programs: &Programs,
        variables: &[(&'static str, String)],
    ) -> Result<Self, ReplayError> {
        let (broker_port, node_port, agent_port) = (free_port()?, free_port()?, free_port()?);
        let mut farm = Self {
            program: programs.chinampa.clone(),
            folder: replay.folder(),
            processes: BTreeMap::new(),
            broker_port,
            node_port,
            http: ureq::Agent::config_builder().timeout_global(Some(ANSWER_TIMEOUT)).build().into(),
            last_status: Value::Null,
        };
        let data = farm.folder.join("broker-data");
        fs::create_dir_all(&data).map_err(|error| ReplayError::new(data.display(), error))?;
        farm.spawn(
            Part::Broker,
            broker_port,
            vec![
                ("DATA_DIRECTORY", data.display().to_string()),
                ("PROVER_BROKER_MAX_EPOCHS_TO_KEEP_RESULTS_FOR", EPOCHS_AHEAD.to_owned()),
            ],
        )?;
        farm.wait_for_broker()?;
        if programs.agents > 0 {
            farm.spawn(
                Part::Agents,
                agent_port,
                vec![
                    ("PROVER_BROKER_HOST", farm.broker_url()),
                    ("PROVER_AGENT_COUNT", programs.agents.to_string()),
                    ("PROVER_AGENT_POLL_INTERVAL_MS", "100".to_owned()),
                    ("PROVER_REAL_PROOFS", "false".to_owned()),
                    ("CHINAMPA_AGENT__CIRCUITS", programs.circuits.display().to_string()),
                ],
            )?;
        }
        let mut environment = farm.node_environment(replay)?;
        environment.extend_from_slice(variables);
        farm.spawn(Part::Node, node_port, environment)?;
        Ok(farm)
    }

    fn node_environment(&self, replay: &Replay) -> Result<Vec<(&'static str, String)>, ReplayError> {
        node_variables(replay, self.broker_url())
    }

    fn spawn(
        &mut self,
        part: Part,
        port: u16,
        environment: Vec<(&'static str, String)>,
    ) -> Result<(), ReplayError> {
        let role = match part {
            Part::Broker => "--prover-broker",
            Part::Agents => "--prover-agent",
            Part::Node | Part::SecondNode => "--prover-node",
        };
        let arguments = ["start", role, "--port", &port.to_string()].map(str::to_owned).to_vec();
        let log = self.folder.join(format!("{}.log", part.name()));
        let child = run(&self.program, &arguments, &environment, &log)?;
        self.processes.insert(part, Process { arguments, environment, child, log, peak_rss: 0 });
        Ok(())
    }

    /// Kills a part as a machine that loses power does, and starts it again.
    ///
    /// # Errors
    /// [`ReplayError`] if it cannot be started.
    ///
    /// # Panics
    /// If the part was never started.
    pub fn kill_and_restart(&mut self, part: Part) -> Result<(), ReplayError> {
        let process = self.processes.get_mut(&part).expect("every part is started at the beginning");
        end(&mut process.child);
        process.child = run(&self.program, &process.arguments, &process.environment, &process.log)?;
        Ok(())
    }

    /// Starts a second node with data of its own and these variables in place of the usual ones. Gives its URL.
    ///
    /// # Errors
    /// [`ReplayError`] if it cannot be started.
    pub fn add_node(
        &mut self,
        replay: &Replay,
        variables: &[(&'static str, String)],
    ) -> Result<String, ReplayError> {
        let mut environment = self.node_environment(replay)?;
        let data = self.folder.join("second-node-data");
        environment.push(("DATA_DIRECTORY", data.display().to_string()));
        environment.extend_from_slice(variables);
        let port = free_port()?;
        self.spawn(Part::SecondNode, port, environment)?;
        Ok(format!("http://127.0.0.1:{port}"))
    }

    /// Kills a part as a machine that loses power does.
    ///
    /// # Panics
    /// If the part was never started.
    pub fn kill(&mut self, part: Part) {
        let mut process = self.processes.remove(&part).expect("it was started");
        end(&mut process.child);
    }

    /// Waits until a part ends by itself. Gives its exit code, or nothing if it goes on.
    ///
    /// # Panics
    /// If the part was never started.
    pub fn wait_for_end(&mut self, part: Part, timeout: Duration) -> Option<i32> {
        let process = self.processes.get_mut(&part).expect("it was started");
        let begun = Instant::now();
        while begun.elapsed() < timeout {
            if let Ok(Some(status)) = process.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }

    /// What a part has logged.
    pub fn log(&self, part: Part) -> String {
        fs::read_to_string(self.folder.join(format!("{}.log", part.name()))).unwrap_or_default()
    }

    /// What the node answers to `GET`, or nothing.
    pub fn ask_node(&self, path: &str) -> Option<Value> {
        self.get(self.node_port, path).and_then(|text| serde_json::from_str(&text).ok())
    }

    fn wait_for_broker(&mut self) -> Result<(), ReplayError> {
        let begun = Instant::now();
        while self.get(self.broker_port, "healthz").is_none() {
            self.check()?;
            if begun.elapsed() > START_TIMEOUT {
                return Err(ReplayError("the broker does not answer".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Looks after the processes.
    ///
    /// # Errors
    /// [`ReplayError`] if one has ended by itself.
    pub fn check(&mut self) -> Result<(), ReplayError> {
        for (part, process) in &mut self.processes {
            process.peak_rss = process.peak_rss.max(peak_rss(process.child.id()));
            if let Ok(Some(status)) = process.child.try_wait() {
                return Err(ReplayError(format!("the {} ended with {status}", part.name())));
            }
        }
        Ok(())
    }

    fn get(&self, port: u16, path: &str) -> Option<String> {
        let answer = self.http.get(format!("http://127.0.0.1:{port}/{path}")).call().ok()?;
        answer.into_body().read_to_string().ok()
    }

    /// What the node says of its epochs; the last answer while it does not answer.
    pub fn status(&mut self) -> Value {
        let answer = self.get(self.node_port, "v1/epochs");
        if let Some(status) = answer.and_then(|text| serde_json::from_str(&text).ok()) {
            self.last_status = status;
        }
        self.last_status.clone()
    }

    /// The last answer of [`Self::status`].
    pub fn last_status(&self) -> &Value {
        &self.last_status
    }

    /// The broker's metrics, empty while it does not answer.
    pub fn broker_metrics(&self) -> String {
        self.get(self.broker_port, "metrics").unwrap_or_default()
    }

    /// Largest resident sizes by process, in bytes.
    pub fn peak_rss(&self) -> Vec<(&'static str, u64)> {
        self.processes.iter().map(|(part, process)| (part.name(), process.peak_rss)).collect()
    }

    /// Where the broker listens.
    pub fn broker_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.broker_port)
    }

    /// Where the node listens.
    pub fn node_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.node_port)
    }

    /// The end of every log.
    pub fn last_lines(&self) -> String {
        let tail = |(part, process): (&Part, &Process)| {
            let text = fs::read_to_string(&process.log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let last = lines[lines.len().saturating_sub(LAST_LINES)..].iter();
            last.map(|line| format!("    {}: {line}\n", part.name())).collect::<String>()
        };
        self.processes.iter().map(tail).collect()
    }
}

/// Variables of a node that proves the recorded epochs with a broker at `broker_url`.
///
/// # Errors
/// [`ReplayError`] if the recording does not have what they are made of.
pub fn node_variables(
    replay: &Replay,
    broker_url: String,
) -> Result<Vec<(&'static str, String)>, ReplayError> {
    Ok(vec![
        ("ETHEREUM_HOSTS", replay.l1_url()),
        ("L1_CHAIN_ID", CHAIN_ID.to_owned()),
        ("ETHEREUM_SLOT_DURATION", replay.number("ETH_SLOT")?.to_string()),
        ("REGISTRY_CONTRACT_ADDRESS", replay.registry()?.to_owned()),
        ("BLOB_FILE_STORE_URLS", replay.blobs_url()),
        ("TX_COLLECTION_NODE_RPC_URLS", replay.node_url()),
        ("TEST_ACCOUNTS", "true".to_owned()),
        ("SPONSORED_FPC", "true".to_owned()),
        ("DATA_DIRECTORY", replay.folder().display().to_string()),
        ("PROVER_BROKER_HOST", broker_url),
        ("PROVER_REAL_PROOFS", "false".to_owned()),
        ("PROVER_ID", PROVER_ID.to_owned()),
        ("PROVER_PUBLISHER_PRIVATE_KEYS", PUBLISHER_KEY.to_owned()),
        ("PROVER_NODE_POLLING_INTERVAL_MS", "250".to_owned()),
        ("CHINAMPA_NODE__EPOCHS_AHEAD", EPOCHS_AHEAD.to_owned()),
    ])
}

impl Drop for Farm {
    fn drop(&mut self) {
        self.processes.values_mut().for_each(|process| end(&mut process.child));
    }
}

/// Ends a process that may have ended by itself.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Starts a process whose output is added to `log`.
fn run(
    program: &Path,
    arguments: &[String],
    environment: &[(&'static str, String)],
    log: &Path,
) -> Result<Child, ReplayError> {
    let failed = |error| ReplayError::new(log.display(), error);
    let file = OpenOptions::new().create(true).append(true).open(log).map_err(failed)?;
    Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdout(file.try_clone().map_err(failed)?)
        .stderr(file)
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| ReplayError::new(program.display(), error))
}

fn free_port() -> Result<u16, ReplayError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| ReplayError::new("free port", error))
}

/// Largest resident size of a process so far, in bytes; 0 if it is gone.
fn peak_rss(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
