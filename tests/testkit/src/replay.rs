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
use std::ops::Deref;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::network::{Network, StartError, free_port, start_anvil};
use crate::process::Process;

pub use node_rpc::NodeRpc;

/// A running L1 with a recorded chain, which is used as the [`Network`] that it is. It ends when dropped.
#[derive(Debug)]
pub struct Replay {
    _anvil: Process,
    _node: NodeRpc,
    network: Network,
}

impl Deref for Replay {
    type Target = Network;

    fn deref(&self) -> &Network {
        &self.network
    }
}

impl Replay {
    /// Starts the recording in `fixture` with the program `anvil`.
    ///
    /// # Errors
    /// [`StartError`] if a file is missing or unreadable, or anvil does not come up.
    pub fn start(fixture: &Path, anvil: &Path) -> Result<Self, StartError> {
        let folder = TempDir::new().map_err(|error| StartError::new("temporary folder", error))?;
        let state = folder.path().join("anvil-state.json");
        unpack::file(fixture, "anvil-state.json", &state)?;
        unpack::archive(fixture, "blobs.tar", &folder.path().join("blobs"))?;
        let node = NodeRpc::start(&unpack::bytes(fixture, "node-rpc.json")?)?;
        let mut environment = variables(fixture, "net.env")?;
        environment.append(&mut variables(fixture, "fixture.env")?);
        let variable = |name: &str| {
            let value = environment.get(name).cloned();
            value.ok_or_else(|| StartError(format!("the recording does not set {name}")))
        };
        let number = |name: &str| variable(name)?.parse().map_err(|error| StartError::new(name, error));
        let head = read_json(fixture, "l1-head.json")?["timestamp"].to_string();
        let rollup = read_json(fixture, "contracts.json")?["rollupAddress"].as_str().map(str::to_owned);
        let port = free_port()?;
        let mut network = Network {
            l1_url: format!("http://127.0.0.1:{port}"),
            node_url: node.url(),
            blobs_url: format!("file://{}", folder.path().join("blobs").display()),
            registry: variable("REGISTRY_CONTRACT_ADDRESS")?,
            rollup: rollup.ok_or_else(|| StartError("contracts.json names no rollup".to_owned()))?,
            l1_slot_s: number("ETH_SLOT")?,
            slot_s: number("L2_SLOT")?,
            epoch_slots: number("EPOCH_SLOTS")?,
            clock_offset_ms: 0,
            folder,
        };
        let loaded = ["--load-state", &state.display().to_string(), "--timestamp", &head].map(str::to_owned);
        let anvil = start_anvil(anvil, port, &loaded, &network.folder().join("anvil.log"))?;
        network.clock_offset_ms = start_clock(&network)?;
        Ok(Self { network, _anvil: anvil, _node: node })
    }
}

/// Mines on from the recorded head at the recorded pace: one slot of L1 later, and then every slot. Returns how far
/// the clock of L1 is ahead of the machine's, in milliseconds.
fn start_clock(network: &Network) -> Result<i64, StartError> {
    let slot = network.l1_slot_s();
    let latest = network.rpc("eth_getBlockByNumber", &json!(["latest", false]))?;
    let time = latest["timestamp"]
        .as_str()
        .and_then(|hex| u64::from_str_radix(hex.trim_start_matches("0x"), 16).ok());
    let time = time.ok_or_else(|| StartError("the newest block has no time".to_owned()))? + slot;
    network.rpc("evm_setAutomine", &json!([false]))?;
    network.rpc("anvil_setBlockTimestampInterval", &json!([slot]))?;
    network.rpc("evm_setNextBlockTimestamp", &json!([time]))?;
    network.rpc("evm_mine", &json!([]))?;
    network.rpc("evm_setIntervalMining", &json!([slot]))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Ok(i64::try_from(time).unwrap_or(i64::MAX).saturating_mul(1000) - i64::try_from(now).unwrap_or(i64::MAX))
}

fn read(fixture: &Path, name: &str) -> Result<String, StartError> {
    let path = fixture.join(name);
    fs::read_to_string(&path).map_err(|error| StartError::new(path.display(), error))
}

fn read_json(fixture: &Path, name: &str) -> Result<Value, StartError> {
    serde_json::from_str(&read(fixture, name)?).map_err(|error| StartError::new(name, error))
}

/// The `NAME=value` lines of a file.
fn variables(fixture: &Path, name: &str) -> Result<BTreeMap<String, String>, StartError> {
    let text = read(fixture, name)?;
    let lines = text.lines().map(|line| line.trim_start_matches("export ").trim());
    let pairs = lines.filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
