//! A live local network: anvil, the rollup contracts as Aztec's own command deploys them, and Aztec's real sequencer,
//! which builds checkpoints by the clock of the machine.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::aztec::Aztec;
use crate::network::{Network, StartError, free_port, start_anvil};
use crate::process::{Command, Process};

/// Anvil's accounts: the first deploys, the second builds blocks.
const DEPLOYER_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const SEQUENCER_KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const SEQUENCER: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// The fifth, which nobody else uses.
const VISITOR_KEY: &str = "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6";
/// `getGenesisTime()`.
const GET_GENESIS_TIME: &str = "0x723d8e96";
const START_TIMEOUT: Duration = Duration::from_secs(180);

/// How fast time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Length of an L1 slot, in seconds.
    pub l1_slot_s: u64,
    /// Length of an L2 slot, in seconds.
    pub slot_s: u64,
    /// Slots of an epoch.
    pub epoch_slots: u64,
    /// Length of a block, in milliseconds.
    pub block_ms: u64,
}

impl Default for Pace {
    /// Epochs of 24 seconds.
    fn default() -> Self {
        Self { l1_slot_s: 4, slot_s: 12, epoch_slots: 2, block_ms: 2000 }
    }
}

/// A running network, used as the [`Network`] that it is. It ends when dropped.
#[derive(Debug)]
pub struct Live {
    sequencer: Process,
    anvil: Process,
    aztec: Aztec,
    genesis_s: u64,
    network: Network,
}

impl Deref for Live {
    type Target = Network;

    fn deref(&self) -> &Network {
        &self.network
    }
}

impl Live {
    /// Boots L1, deploys the contracts and starts the sequencer.
    ///
    /// # Errors
    /// [`StartError`] if a program is missing, fails, or does not come up.
    pub fn start(aztec: &Aztec, pace: Pace) -> Result<Self, StartError> {
        let folder = TempDir::new().map_err(|error| StartError::new("temporary folder", error))?;
        let (l1_port, node_port) = (free_port()?, free_port()?);
        let blobs = folder.path().join("blobs");
        fs::create_dir_all(&blobs).map_err(|error| StartError::new(blobs.display(), error))?;
        let mut network = Network {
            l1_url: format!("http://127.0.0.1:{l1_port}"),
            node_url: format!("http://127.0.0.1:{node_port}"),
            blobs_url: format!("file://{}", blobs.display()),
            registry: String::new(),
            rollup: String::new(),
            l1_slot_s: pace.l1_slot_s,
            slot_s: pace.slot_s,
            epoch_slots: pace.epoch_slots,
            clock_offset_ms: 0,
            folder,
        };
        // The deployment mines a block per transaction, each a slot later; from an hour ago it does not reach now.
        let begin = ["--timestamp".to_owned(), now_s().saturating_sub(3600).to_string()];
        let anvil =
            start_anvil(&aztec.program("anvil"), l1_port, &begin, &network.folder().join("anvil.log"))?;
        (network.registry, network.rollup) = deploy(aztec, &network)?;
        let genesis_s = start_clock(&network)?;
        warm_up(aztec, &network)?;
        let sequencer = start_sequencer(aztec, &network, node_port, pace)?;
        let mut live = Self { sequencer, anvil, aztec: aztec.clone(), genesis_s, network };
        live.wait_for_sequencer()?;
        Ok(live)
    }

    fn wait_for_sequencer(&mut self) -> Result<(), StartError> {
        let begun = Instant::now();
        while ureq::get(format!("{}/status", self.node_url)).call().is_err() {
            self.check()?;
            if begun.elapsed() > START_TIMEOUT {
                return Err(StartError("the sequencer does not answer".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Looks after the processes.
    ///
    /// # Errors
    /// [`StartError`] if one has ended by itself.
    pub fn check(&mut self) -> Result<(), StartError> {
        self.anvil.check("anvil")?;
        self.sequencer.check("sequencer")
    }

    /// The epoch that the clock is in.
    pub fn epoch(&self) -> u64 {
        now_s().saturating_sub(self.genesis_s) / self.epoch_s()
    }

    /// Starts a script that sends txs, until it ends by itself or [`TxSender`] is dropped.
    ///
    /// # Errors
    /// [`StartError`] if it cannot be started.
    pub fn send_txs(&self, script: &Path, arguments: &[&str]) -> Result<TxSender, StartError> {
        // Modules are looked up beside the script.
        let name = script.file_name().ok_or_else(|| StartError("the script has no name".to_owned()))?;
        let copy = self.folder().join(name);
        fs::copy(script, &copy).map_err(|error| StartError::new(script.display(), error))?;
        let modules = self.folder().join("node_modules");
        if !modules.exists() {
            std::os::unix::fs::symlink(self.aztec.modules(), &modules)
                .map_err(|error| StartError::new(modules.display(), error))?;
        }
        let mut command = self.aztec.script(&copy, self)?;
        command.add(&[&self.node_url]).add(arguments);
        let log = self.folder().join("txs.log");
        Ok(TxSender { process: command.start(&log)?, log })
    }
}

/// A running script that sends txs.
#[derive(Debug)]
pub struct TxSender {
    process: Process,
    log: std::path::PathBuf,
}

impl TxSender {
    /// Txs that are mined so far: the lines of its output that say so.
    pub fn mined(&self) -> usize {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().filter(|line| line.starts_with("mined ")).count()
    }

    /// The end of its output.
    pub fn last_lines(&self) -> String {
        self.process.last_lines(12)
    }
}

/// Runs Aztec's deployment. Returns registry and rollup.
fn deploy(aztec: &Aztec, network: &Network) -> Result<(String, String), StartError> {
    let mut command = aztec.command(network)?;
    command.add(&["deploy-l1-contracts", "--l1-rpc-urls", &network.l1_url]);
    command.add(&["--l1-chain-id", crate::farm::CHAIN_ID, "--private-key", DEPLOYER_KEY]);
    command.add(&["--test-accounts", "--sponsored-fpc", "--json"]);
    let log = network.folder().join("deploy.log");
    command.run(&log)?;
    let text = fs::read_to_string(&log).map_err(|error| StartError::new(log.display(), error))?;
    // Its logs and the addresses share the output; the addresses are the object that begins on a line of its own.
    let begin = text.lines().position(|line| line.trim_end() == "{");
    let lines = text.lines().skip(begin.unwrap_or_default());
    let object = lines.scan(false, |is_over, line| {
        let was_over = *is_over;
        *is_over = line.trim_end() == "}";
        (!was_over).then_some(line)
    });
    let object: String = object.collect();
    let contracts: Value =
        serde_json::from_str(&object).map_err(|error| StartError::new("deployment", error))?;
    let address = |name: &str| {
        let address = contracts[name].as_str().map(str::to_owned);
        address.ok_or_else(|| StartError(format!("the deployment names no {name}")))
    };
    Ok((address("registryAddress")?, address("rollupAddress")?))
}

/// Brings L1 to the clock of the machine, on the grid of its slots, and lets it mine every slot from there. Returns the
/// rollup's genesis time in seconds.
fn start_clock(network: &Network) -> Result<u64, StartError> {
    let slot = network.l1_slot_s;
    let genesis = network.call_rollup(GET_GENESIS_TIME)?;
    let genesis = genesis.first().and_then(|word| u64::from_str_radix(word.get(48..)?, 16).ok());
    let genesis = genesis.ok_or_else(|| StartError("the rollup has no genesis time".to_owned()))?;
    let time = genesis + (now_s() + 1 - genesis).div_ceil(slot) * slot;
    while now_s() < time {
        std::thread::sleep(Duration::from_millis(20));
    }
    network.rpc("evm_setAutomine", &json!([false]))?;
    network.rpc("anvil_setBlockTimestampInterval", &json!([slot]))?;
    network.rpc("evm_setNextBlockTimestamp", &json!([time]))?;
    network.rpc("evm_mine", &json!([]))?;
    network.rpc("evm_setIntervalMining", &json!([slot]))?;
    Ok(genesis)
}

/// The first blob makes anvil load its trusted setup, which takes seconds: too long for the sequencer's first slot.
fn warm_up(aztec: &Aztec, network: &Network) -> Result<(), StartError> {
    let data = network.folder().join("blob");
    fs::write(&data, [0; 1000]).map_err(|error| StartError::new(data.display(), error))?;
    let mut command = Command::new(&aztec.program("cast"));
    command.add(&["send", "--async", "--blob", "--path", &data.display().to_string()]);
    command.add(&["--rpc-url", &network.l1_url, "--private-key", VISITOR_KEY]);
    command.add(&["0x000000000000000000000000000000000000dEaD"]);
    command.run(&network.folder().join("warm-up.log"))
}

fn start_sequencer(aztec: &Aztec, network: &Network, port: u16, pace: Pace) -> Result<Process, StartError> {
    let mut command = aztec.command(network)?;
    command.add(&["start", "--node", "--archiver", "--sequencer", "--port", &port.to_string()]);
    command.add(&["--admin-port", &free_port()?.to_string()]);
    command
        .set("DATA_DIRECTORY", &network.folder().join("sequencer").display())
        .set("VALIDATOR_PRIVATE_KEYS", &SEQUENCER_KEY)
        .set("SEQ_PUBLISHER_PRIVATE_KEYS", &SEQUENCER_KEY)
        .set("COINBASE", &SEQUENCER)
        .set("BLOB_FILE_STORE_URLS", &network.blobs_url)
        .set("BLOB_FILE_STORE_UPLOAD_URL", &network.blobs_url)
        .set("SEQ_MIN_TX_PER_BLOCK", &1)
        .set("SEQ_BUILD_CHECKPOINT_IF_EMPTY", &true)
        .set("SEQ_BLOCK_DURATION_MS", &pace.block_ms)
        // With its own value a block has too little room for any wallet's tx when a slot has several blocks.
        .set("SEQ_PER_BLOCK_ALLOCATION_MULTIPLIER", &6)
        .set("SEQ_POLLING_INTERVAL_MS", &200);
    command.start(&network.folder().join("sequencer.log"))
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
