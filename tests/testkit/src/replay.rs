//! A recorded chain on a local L1: anvil with the real rollup contracts and everything that was proposed to them, the
//! blobs as files, and the recorded answers of an Aztec node.
//!
//! A recording is a folder as `tests/vectors/private/fixture`: `anvil-state.json.xz`, `blobs.tar.xz`,
//! `node-rpc.json.xz`, `contracts.json`, `l1-head.json`, `net.env`, `fixture.env`. The clock of L1 goes on from the recording, so the
//! proof window of its epochs is still open.

mod node_rpc;
mod unpack;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

pub use node_rpc::NodeRpc;

/// Longest time for anvil to load the recorded state.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Why a recording does not come up.
#[derive(Debug)]
pub struct ReplayError(pub String);

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReplayError {}

impl ReplayError {
    pub(crate) fn new(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// Selector of the rollup's `getTips()`.
const GET_TIPS: &str = "0x88e4a073";

/// How far the chain on L1 is, by checkpoint numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainTips {
    /// The newest one.
    pub pending: u64,
    /// The newest one with a proof.
    pub proven: u64,
}

/// A running L1 with a recorded chain. It ends when dropped.
#[derive(Debug)]
pub struct Replay {
    anvil: Child,
    folder: TempDir,
    port: u16,
    environment: BTreeMap<String, String>,
    rollup: String,
    node: NodeRpc,
}

impl Replay {
    /// Starts the recording in `fixture` with the program `anvil`.
    ///
    /// # Errors
    /// [`ReplayError`] if a file is missing or unreadable, or anvil does not come up.
    pub fn start(fixture: &Path, anvil: &Path) -> Result<Self, ReplayError> {
        let folder = TempDir::new().map_err(|error| ReplayError::new("temporary folder", error))?;
        let state = folder.path().join("anvil-state.json");
        unpack::file(fixture, "anvil-state.json", &state)?;
        unpack::archive(fixture, "blobs.tar", &folder.path().join("blobs"))?;
        let node = NodeRpc::start(&unpack::bytes(fixture, "node-rpc.json")?)?;
        let mut environment = variables(fixture, "net.env")?;
        environment.append(&mut variables(fixture, "fixture.env")?);
        let head = read_json(fixture, "l1-head.json")?;
        let rollup = read_json(fixture, "contracts.json")?["rollupAddress"].as_str().map(str::to_owned);
        let rollup = rollup.ok_or_else(|| ReplayError("contracts.json names no rollup".to_owned()))?;
        let port = free_port()?;
        let anvil = Command::new(anvil)
            .args([
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--slots-in-an-epoch",
                "1",
                "--silent",
            ])
            .args(["--accounts", "20", "--load-state"])
            .arg(&state)
            .args(["--timestamp", &head["timestamp"].to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| ReplayError::new(anvil.display(), error))?;
        let mut replay = Self { anvil, folder, port, environment, rollup, node };
        replay.wait_until_up()?;
        replay.start_clock()?;
        Ok(replay)
    }

    fn wait_until_up(&mut self) -> Result<(), ReplayError> {
        let begun = Instant::now();
        while let Err(error) = self.rpc("eth_chainId", &json!([])) {
            if let Ok(Some(status)) = self.anvil.try_wait() {
                return Err(ReplayError::new("anvil ended", status));
            }
            if begun.elapsed() > START_TIMEOUT {
                return Err(ReplayError::new("anvil does not answer", error));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Mines on from the recorded head at the recorded pace: one slot of L1 later, and then every slot.
    fn start_clock(&self) -> Result<(), ReplayError> {
        let slot = self.number("ETH_SLOT")?;
        let latest = self.rpc("eth_getBlockByNumber", &json!(["latest", false]))?;
        let time = latest["timestamp"]
            .as_str()
            .and_then(|hex| u64::from_str_radix(hex.trim_start_matches("0x"), 16).ok());
        let time = time.ok_or_else(|| ReplayError("the newest block has no time".to_owned()))?;
        self.rpc("evm_setAutomine", &json!([false]))?;
        self.rpc("anvil_setBlockTimestampInterval", &json!([slot]))?;
        self.rpc("evm_setNextBlockTimestamp", &json!([time + slot]))?;
        self.rpc("evm_mine", &json!([]))?;
        self.rpc("evm_setIntervalMining", &json!([slot]))?;
        Ok(())
    }

    /// Asks anvil.
    ///
    /// # Errors
    /// [`ReplayError`] if it does not answer or answers with an error.
    pub fn rpc(&self, method: &str, params: &Value) -> Result<Value, ReplayError> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer =
            ureq::post(self.l1_url()).send_json(&request).map_err(|error| ReplayError::new(method, error))?;
        let mut answer: Value =
            answer.into_body().read_json().map_err(|error| ReplayError::new(method, error))?;
        match answer.get("error") {
            Some(error) => Err(ReplayError::new(method, error)),
            None => Ok(answer["result"].take()),
        }
    }

    /// Numbers of the pending and of the proven checkpoint, from the rollup contract.
    ///
    /// # Errors
    /// [`ReplayError`] if the contract does not answer as it should.
    pub fn tips(&self) -> Result<ChainTips, ReplayError> {
        let call = json!([{"to": self.rollup, "data": GET_TIPS}, "latest"]);
        let words = self.rpc("eth_call", &call)?;
        let words = words.as_str().unwrap_or_default().trim_start_matches("0x");
        let word = |index: usize| {
            let digits = words.get(64 * index + 48..64 * (index + 1));
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok())
        };
        match (word(0), word(1)) {
            (Some(pending), Some(proven)) => Ok(ChainTips { pending, proven }),
            _ => Err(ReplayError(format!("getTips returned {words}"))),
        }
    }

    /// Where L1 listens.
    pub fn l1_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the recorded node answers.
    pub fn node_url(&self) -> String {
        self.node.url()
    }

    /// The file store of blobs, as a URL.
    pub fn blobs_url(&self) -> String {
        format!("file://{}", self.folder.path().join("blobs").display())
    }

    /// The folder that goes away with this.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// The registry contract.
    ///
    /// # Errors
    /// [`ReplayError`] if the recording does not name it.
    pub fn registry(&self) -> Result<&str, ReplayError> {
        self.variable("REGISTRY_CONTRACT_ADDRESS")
    }

    /// A number among the recording's variables.
    ///
    /// # Errors
    /// [`ReplayError`] if it is not there or not a number.
    pub fn number(&self, name: &str) -> Result<u64, ReplayError> {
        self.variable(name)?.parse().map_err(|error| ReplayError::new(name, error))
    }

    fn variable(&self, name: &str) -> Result<&str, ReplayError> {
        let value = self.environment.get(name);
        value.map(String::as_str).ok_or_else(|| ReplayError(format!("the recording does not set {name}")))
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        // It is already gone, or it goes now.
        let _ = self.anvil.kill();
        let _ = self.anvil.wait();
    }
}

fn read(fixture: &Path, name: &str) -> Result<String, ReplayError> {
    let path = fixture.join(name);
    fs::read_to_string(&path).map_err(|error| ReplayError::new(path.display(), error))
}

fn read_json(fixture: &Path, name: &str) -> Result<Value, ReplayError> {
    serde_json::from_str(&read(fixture, name)?).map_err(|error| ReplayError::new(name, error))
}

/// The `NAME=value` lines of a file.
fn variables(fixture: &Path, name: &str) -> Result<BTreeMap<String, String>, ReplayError> {
    let text = read(fixture, name)?;
    let lines = text.lines().map(|line| line.trim_start_matches("export ").trim());
    let pairs = lines.filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// A port that nobody listens on.
fn free_port() -> Result<u16, ReplayError> {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|error: io::Error| ReplayError::new("free port", error))
}
