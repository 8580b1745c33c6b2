//! Node, broker and agents as processes of their own on a local [`Network`]: each ours or, since they are drop-ins for
//! each other, Aztec's.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::aztec::Aztec;
use crate::network::{Network, StartError, free_port};
use crate::process::{Command, Process};

/// The account that submits: the third of anvil's, which everybody knows.
const PUBLISHER_KEY: &str = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const PROVER_ID: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// The chain id of anvil, and so of every local network.
pub(crate) const CHAIN_ID: &str = "31337";
/// Epochs that are proven at the same time.
const EPOCHS_AHEAD: &str = "32";
const START_TIMEOUT: Duration = Duration::from_secs(120);
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
    /// The parts that are Aztec's own.
    pub aztec: Option<(Aztec, Vec<Part>)>,
}

/// A part of the farm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Queues jobs, in a file.
    Broker,
    /// Proves them with simulated proofs.
    Agents,
    /// Follows L1, plans, submits.
    Node,
    /// Another node beside the first.
    SecondNode,
    /// Broker, agents and node in one process.
    Whole,
}

impl Part {
    /// Those of an ordinary farm, in the order in which they start.
    pub const ALL: [Self; 3] = [Self::Broker, Self::Agents, Self::Node];

    /// Its name in logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Agents => "agents",
            Self::Node => "node",
            Self::SecondNode => "second-node",
            Self::Whole => "whole",
        }
    }
}

impl Programs {
    fn aztec_for(&self, part: Part) -> Option<&Aztec> {
        self.aztec.as_ref().filter(|(_, parts)| parts.contains(&part)).map(|(aztec, _)| aztec)
    }
}

/// The running farm. It ends when dropped.
#[derive(Debug)]
pub struct Farm {
    processes: BTreeMap<Part, Process>,
    broker_port: u16,
    node_port: u16,
    second_node_port: u16,
    http: ureq::Agent,
    last_status: Value,
}

impl Farm {
    /// Starts the three processes.
    ///
    /// # Errors
    /// [`StartError`] if one cannot be started or the broker does not answer.
    pub fn start(network: &Network, programs: &Programs) -> Result<Self, StartError> {
        Self::start_with(network, programs, &[])
    }

    /// The same with these variables of the node in place of the usual ones. Without agents, no process of them runs.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        network: &Network,
        programs: &Programs,
        variables: &[(&str, String)],
    ) -> Result<Self, StartError> {
        let mut farm = Self::stopped()?;
        for part in Part::ALL {
            if part == Part::Agents && programs.agents == 0 {
                continue;
            }
            farm.spawn(part, network, programs, variables)?;
            if part == Part::Broker {
                farm.wait_for_broker()?;
            }
        }
        Ok(farm)
    }

    /// Starts all of it as one process, which has a broker of its own.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_whole(
        network: &Network,
        programs: &Programs,
        variables: &[(&str, String)],
    ) -> Result<Self, StartError> {
        let mut farm = Self::stopped()?;
        farm.spawn(Part::Whole, network, programs, variables)?;
        Ok(farm)
    }

    fn stopped() -> Result<Self, StartError> {
        Ok(Self {
            processes: BTreeMap::new(),
            broker_port: free_port()?,
            node_port: free_port()?,
            second_node_port: 0,
            http: ureq::Agent::config_builder().timeout_global(Some(ANSWER_TIMEOUT)).build().into(),
            last_status: Value::Null,
        })
    }

    fn spawn(
        &mut self,
        part: Part,
        network: &Network,
        programs: &Programs,
        variables: &[(&str, String)],
    ) -> Result<(), StartError> {
        let roles: &[&str] = match part {
            Part::Broker => &["--prover-broker"],
            Part::Agents => &["--prover-agent"],
            Part::Node | Part::SecondNode => &["--prover-node"],
            Part::Whole => &["--prover-broker", "--prover-agent", "--prover-node"],
        };
        let port = match part {
            Part::Broker | Part::Whole => self.broker_port,
            Part::Agents | Part::SecondNode => free_port()?,
            Part::Node => self.node_port,
        };
        let mut command = match programs.aztec_for(part) {
            Some(aztec) => aztec.command(network)?,
            None => Command::new(&programs.chinampa),
        };
        command.add(&["start", "--port", &port.to_string()]).add(roles);
        if part == Part::Whole {
            command.add(&["--admin-port", &self.node_port.to_string()]);
        }
        if part == Part::Node && programs.aztec_for(part).is_some() {
            command.add(&["--archiver", "--admin-port", &free_port()?.to_string()]);
        }
        // Stores of the two makers have nothing in common, and a network may see several farms.
        let maker = if programs.aztec_for(part).is_some() { "aztec" } else { "chinampa" };
        let data = network.folder().join(format!("{}-{maker}", part.name()));
        fs::create_dir_all(&data).map_err(|error| StartError::new(data.display(), error))?;
        command.set("DATA_DIRECTORY", &data.display());
        match part {
            Part::Broker => _ = command.set("PROVER_BROKER_MAX_EPOCHS_TO_KEEP_RESULTS_FOR", &EPOCHS_AHEAD),
            Part::Agents => self.set_up_agents(&mut command, programs),
            Part::Whole => {
                let own = |name: &str| !["PROVER_BROKER_HOST", "PROVER_AGENT_COUNT"].contains(&name);
                let of_node = node_variables(network, "");
                for (name, value) in of_node.iter().filter(|(name, _)| own(name)).chain(variables) {
                    command.set(name, value);
                }
                command
                    .set("PROVER_BROKER_MAX_EPOCHS_TO_KEEP_RESULTS_FOR", &EPOCHS_AHEAD)
                    .set("PROVER_AGENT_COUNT", &programs.agents)
                    .set("PROVER_AGENT_POLL_INTERVAL_MS", &100)
                    .set("CHINAMPA_AGENT__CIRCUITS", &programs.circuits.display());
            }
            Part::Node | Part::SecondNode => {
                for (name, value) in node_variables(network, &self.broker_url()).iter().chain(variables) {
                    command.set(name, value);
                }
            }
        }
        if part == Part::SecondNode {
            self.second_node_port = port;
        }
        let log = network.folder().join(format!("{}-{maker}.log", part.name()));
        self.processes.insert(part, command.start(&log)?);
        Ok(())
    }

    fn set_up_agents(&self, command: &mut Command, programs: &Programs) {
        command
            .set("PROVER_BROKER_HOST", &self.broker_url())
            .set("PROVER_AGENT_COUNT", &programs.agents)
            .set("PROVER_AGENT_POLL_INTERVAL_MS", &100)
            .set("PROVER_REAL_PROOFS", &false)
            .set("CHINAMPA_AGENT__CIRCUITS", &programs.circuits.display());
    }

    /// Starts a second node with data of its own and these variables in place of the usual ones.
    ///
    /// # Errors
    /// [`StartError`] if it cannot be started.
    pub fn add_node(
        &mut self,
        network: &Network,
        programs: &Programs,
        variables: &[(&str, String)],
    ) -> Result<(), StartError> {
        self.spawn(Part::SecondNode, network, programs, variables)
    }

    /// Starts the agents of a farm that was started without.
    ///
    /// # Errors
    /// [`StartError`] if they cannot be started.
    pub fn add_agents(&mut self, network: &Network, programs: &Programs) -> Result<(), StartError> {
        self.spawn(Part::Agents, network, programs, &[])
    }

    /// Kills a part as a machine that loses power does.
    pub fn kill(&mut self, part: Part) {
        self.processes.remove(&part);
    }

    /// Asks a part to stop, as systemd does.
    ///
    /// # Panics
    /// If it does not run.
    pub fn terminate(&self, part: Part) {
        self.processes[&part].signal("TERM");
    }

    /// Stops a part in the middle of whatever it does, as a machine does that is out of memory or being moved.
    ///
    /// # Panics
    /// If it does not run.
    pub fn pause(&self, part: Part) {
        self.processes[&part].signal("STOP");
    }

    /// Lets a part go on that was paused.
    ///
    /// # Panics
    /// If it does not run.
    pub fn resume(&self, part: Part) {
        self.processes[&part].signal("CONT");
    }

    /// The exit code of a part that has ended by itself.
    pub fn exit_code(&mut self, part: Part) -> Option<i32> {
        self.processes.get_mut(&part).and_then(Process::exit_code)
    }

    /// What a part has logged.
    pub fn log(&self, part: Part) -> String {
        self.processes.get(&part).map_or_else(String::new, |process| process.last_lines(usize::MAX))
    }

    /// What the node answers to `GET`, or nothing.
    pub fn ask_node(&self, path: &str) -> Option<Value> {
        self.get(self.node_port, path).and_then(|text| serde_json::from_str(&text).ok())
    }

    /// Where the second node listens.
    pub fn second_node_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.second_node_port)
    }

    /// Kills a part as a machine that loses power does, and starts it again.
    ///
    /// # Errors
    /// [`StartError`] if it cannot be started.
    ///
    /// # Panics
    /// If the part was never started.
    pub fn kill_and_restart(&mut self, part: Part) -> Result<(), StartError> {
        let process = self.processes.get_mut(&part);
        process.expect("every part is started at the beginning").kill_and_restart()
    }

    fn wait_for_broker(&mut self) -> Result<(), StartError> {
        let begun = Instant::now();
        while self.get(self.broker_port, "status").is_none() {
            self.check()?;
            if begun.elapsed() > START_TIMEOUT {
                return Err(StartError("the broker does not answer".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Looks after the processes.
    ///
    /// # Errors
    /// [`StartError`] if one has ended by itself.
    pub fn check(&mut self) -> Result<(), StartError> {
        self.processes.iter_mut().try_for_each(|(part, process)| process.check(part.name()))
    }

    fn get(&self, port: u16, path: &str) -> Option<String> {
        let answer = self.http.get(format!("http://127.0.0.1:{port}/{path}")).call().ok()?;
        answer.into_body().read_to_string().ok()
    }

    /// What our node says of its epochs; the last answer while it does not answer, nothing from Aztec's.
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

    /// The node's metrics, empty while it does not answer.
    pub fn node_metrics(&self) -> String {
        self.get(self.node_port, "metrics").unwrap_or_default()
    }

    /// What the node answers to a call of its JSON-RPC, or nothing.
    pub fn call_node(&self, method: &str, params: &Value) -> Option<Value> {
        let body = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self.http.post(self.node_url()).header("content-type", "application/json");
        let answer = answer.send(body.to_string()).ok()?;
        serde_json::from_str(&answer.into_body().read_to_string().ok()?).ok()
    }

    /// Posts an order to the node. Whether it was taken.
    pub fn order_node(&self, path: &str, body: &Value) -> bool {
        self.http.post(format!("{}/{path}", self.node_url())).send_json(body).is_ok()
    }

    /// The broker's metrics, empty while it does not answer.
    pub fn broker_metrics(&self) -> String {
        self.get(self.broker_port, "metrics").unwrap_or_default()
    }

    /// Largest resident sizes by process, in bytes.
    pub fn peak_rss(&self) -> Vec<(&'static str, u64)> {
        self.processes.iter().map(|(part, process)| (part.name(), process.peak_rss())).collect()
    }

    /// Processor time by process so far, in seconds.
    pub fn cpu_seconds(&self) -> Vec<(&'static str, f64)> {
        self.processes.iter().map(|(part, process)| (part.name(), process.cpu_seconds())).collect()
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
            let text = process.last_lines(LAST_LINES);
            text.lines().map(|line| format!("    {}: {line}\n", part.name())).collect::<String>()
        };
        self.processes.iter().map(tail).collect()
    }
}

/// Variables of a node that proves the epochs of a network with the broker at `broker_url`.
fn node_variables(network: &Network, broker_url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("ETHEREUM_HOSTS", network.l1_url.clone()),
        ("L1_CHAIN_ID", CHAIN_ID.to_owned()),
        ("ETHEREUM_SLOT_DURATION", network.l1_slot_s.to_string()),
        ("REGISTRY_CONTRACT_ADDRESS", network.registry.clone()),
        ("BLOB_FILE_STORE_URLS", network.blobs_url.clone()),
        ("TX_COLLECTION_NODE_RPC_URLS", network.node_url.clone()),
        ("TEST_ACCOUNTS", "true".to_owned()),
        ("SPONSORED_FPC", "true".to_owned()),
        ("PROVER_BROKER_HOST", broker_url.to_owned()),
        ("PROVER_AGENT_COUNT", "0".to_owned()),
        ("PROVER_REAL_PROOFS", "false".to_owned()),
        ("PROVER_ID", PROVER_ID.to_owned()),
        ("PROVER_PUBLISHER_PRIVATE_KEYS", PUBLISHER_KEY.to_owned()),
        ("PROVER_PUBLISHER_PRIVATE_KEY", PUBLISHER_KEY.to_owned()),
        ("PROVER_NODE_POLLING_INTERVAL_MS", "250".to_owned()),
        ("CHINAMPA_NODE__EPOCHS_AHEAD", EPOCHS_AHEAD.to_owned()),
    ]
}
