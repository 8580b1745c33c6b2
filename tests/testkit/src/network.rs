//! Where a local network is reached, whoever runs it.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Command, Process};

/// Selector of the rollup's `getTips()`.
const GET_TIPS: &str = "0x88e4a073";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a part of a network does not come up.
#[derive(Debug)]
pub struct StartError(pub String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl StartError {
    pub(crate) fn new(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// How far the chain on L1 is, by checkpoint numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainTips {
    /// The newest one.
    pub pending: u64,
    /// The newest one with a proof.
    pub proven: u64,
}

/// The addresses of a local network, and a folder for whatever runs on it, which goes away with this.
#[derive(Debug)]
pub struct Network {
    pub(crate) folder: TempDir,
    pub(crate) l1_url: String,
    pub(crate) node_url: String,
    pub(crate) blobs_url: String,
    pub(crate) registry: String,
    pub(crate) rollup: String,
    pub(crate) l1_slot_s: u64,
    pub(crate) slot_s: u64,
    pub(crate) epoch_slots: u64,
    /// Clock of L1 minus clock of the machine, in milliseconds.
    pub(crate) clock_offset_ms: i64,
}

impl Network {
    /// Asks L1.
    ///
    /// # Errors
    /// [`StartError`] if it does not answer or answers with an error.
    pub fn rpc(&self, method: &str, params: &Value) -> Result<Value, StartError> {
        rpc(&self.l1_url, method, params)
    }

    /// Calls the rollup contract; `data` is the selector. Returns the 32-byte words of the answer, in hex.
    ///
    /// # Errors
    /// As [`Self::rpc`].
    pub fn call_rollup(&self, data: &str) -> Result<Vec<String>, StartError> {
        let answer = self.rpc("eth_call", &json!([{"to": self.rollup, "data": data}, "latest"]))?;
        let digits = answer.as_str().unwrap_or_default().trim_start_matches("0x");
        let words = digits.as_bytes().chunks_exact(64);
        Ok(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    /// Numbers of the pending and of the proven checkpoint, from the rollup contract.
    ///
    /// # Errors
    /// [`StartError`] if the contract does not answer as it should.
    pub fn tips(&self) -> Result<ChainTips, StartError> {
        let words = self.call_rollup(GET_TIPS)?;
        let number = |index: usize| {
            let digits = words.get(index)?.get(48..)?;
            u64::from_str_radix(digits, 16).ok()
        };
        match (number(0), number(1)) {
            (Some(pending), Some(proven)) => Ok(ChainTips { pending, proven }),
            _ => Err(StartError(format!("getTips returned {words:?}"))),
        }
    }

    /// Where L1 listens.
    pub fn l1_url(&self) -> String {
        self.l1_url.clone()
    }

    /// Where a node of the network answers.
    pub fn node_url(&self) -> String {
        self.node_url.clone()
    }

    /// The file store of blobs, as a URL.
    pub fn blobs_url(&self) -> String {
        self.blobs_url.clone()
    }

    /// The folder that goes away with this.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// The registry contract.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Length of an L1 slot, in seconds.
    pub fn l1_slot_s(&self) -> u64 {
        self.l1_slot_s
    }

    /// Length of an epoch, in seconds.
    pub fn epoch_s(&self) -> u64 {
        self.slot_s * self.epoch_slots
    }
}

/// A JSON-RPC call.
pub(crate) fn rpc(url: &str, method: &str, params: &Value) -> Result<Value, StartError> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(ANSWER_TIMEOUT)).build().into();
    let answer = agent.post(url).send_json(&request).map_err(|error| StartError::new(method, error))?;
    let mut answer: Value = answer.into_body().read_json().map_err(|error| StartError::new(method, error))?;
    match answer.get("error") {
        Some(error) => Err(StartError::new(method, error)),
        None => Ok(answer["result"].take()),
    }
}

/// Starts anvil and waits until it answers.
pub(crate) fn start_anvil(
    program: &Path,
    port: u16,
    arguments: &[String],
    log: &Path,
) -> Result<Process, StartError> {
    const TIMEOUT: Duration = Duration::from_secs(60);
    let mut command = Command::new(program);
    command.add(&["--host", "127.0.0.1", "--port", &port.to_string()]);
    command.add(&["--slots-in-an-epoch", "1", "--silent", "--accounts", "20"]);
    command.arguments.extend(arguments.iter().cloned());
    let mut anvil = command.start(log)?;
    let begun = Instant::now();
    while let Err(error) = rpc(&format!("http://127.0.0.1:{port}"), "eth_chainId", &json!([])) {
        anvil.check("anvil")?;
        if begun.elapsed() > TIMEOUT {
            return Err(StartError::new("anvil does not answer", error));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(anvil)
}

/// A port that nobody listens on.
///
/// # Errors
/// [`StartError`] if there is none.
pub fn free_port() -> Result<u16, StartError> {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|error: io::Error| StartError::new("free port", error))
}
