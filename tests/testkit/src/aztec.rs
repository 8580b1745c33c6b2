//! Aztec's own programs on a local network.

use std::path::{Path, PathBuf};

use crate::network::{Network, StartError};
use crate::process::Command;

/// Moves the clock of a Node.js process, by `FAKE_DATE_OFFSET_MS`.
const SHIFTED_CLOCK: &str = "
const offset = Number(process.env.FAKE_DATE_OFFSET_MS), Real = Date;
global.Date = class extends Real {
  constructor(...a) { a.length ? super(...a) : super(Real.now() + offset); }
  static now() { return Real.now() + offset; }
};
";

/// The installed release: what `scripts/peers` leaves in `.peers`.
#[derive(Clone, Debug)]
pub struct Aztec {
    peers: PathBuf,
}

impl Aztec {
    /// The release in `peers`.
    ///
    /// # Errors
    /// [`StartError`] if it is not there.
    pub fn new(peers: &Path) -> Result<Self, StartError> {
        let peers = peers.canonicalize().map_err(|error| StartError::new(peers.display(), error))?;
        let entry = peers.join("aztec/node_modules/@aztec/aztec/dest/bin/index.js");
        if !entry.exists() {
            return Err(StartError(format!("{} is missing; run scripts/peers", entry.display())));
        }
        Ok(Self { peers })
    }

    /// A program that was installed with it: `anvil`, `cast`, `node`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.peers.join("bin").join(name)
    }

    pub(crate) fn modules(&self) -> PathBuf {
        self.peers.join("aztec/node_modules")
    }

    /// A script of ours that uses its packages.
    pub(crate) fn script(&self, script: &Path, network: &Network) -> Result<Command, StartError> {
        let mut command = self.node(network)?;
        command.add(&[&script.display().to_string()]);
        Ok(command)
    }

    /// Its command line.
    pub(crate) fn command(&self, network: &Network) -> Result<Command, StartError> {
        let entry = self.peers.join("aztec/node_modules/@aztec/aztec/dest/bin/index.js");
        self.script(&entry, network)
    }

    fn node(&self, network: &Network) -> Result<Command, StartError> {
        let mut command = Command::new(&self.program("node"));
        command.folder = Some(self.peers.join("aztec"));
        command.add(&["--no-warnings"]);
        if network.clock_offset_ms.unsigned_abs() > 60_000 {
            let path = network.folder().join("clock.cjs");
            std::fs::write(&path, SHIFTED_CLOCK).map_err(|error| StartError::new(path.display(), error))?;
            command.add(&["--require", &path.display().to_string()]);
            command.set("FAKE_DATE_OFFSET_MS", &network.clock_offset_ms);
        }
        let path = std::env::var("PATH").unwrap_or_default();
        command.set("PATH", &format!("{}:{path}", self.peers.join("bin").display()));
        // The compiler that forge looks for lies there.
        command.set("HOME", &self.peers.join("home").display());
        command.set("AZTEC_SHELL_WRAPPER", &1).set("NODE_BACKEND", &"js").set("LOG_LEVEL", &"info");
        command
            .set("L1_CHAIN_ID", &crate::farm::CHAIN_ID)
            .set("TEST_ACCOUNTS", &true)
            .set("SPONSORED_FPC", &true);
        command.set("ETHEREUM_HOSTS", &network.l1_url);
        if !network.registry.is_empty() {
            command.set("REGISTRY_CONTRACT_ADDRESS", &network.registry);
        }
        command.set("ETHEREUM_SLOT_DURATION", &network.l1_slot_s).set("AZTEC_SLOT_DURATION", &network.slot_s);
        command
            .set("AZTEC_EPOCH_DURATION", &network.epoch_slots)
            .set("AZTEC_PROOF_SUBMISSION_EPOCHS", &10_000);
        command.set("AZTEC_TARGET_COMMITTEE_SIZE", &0).set("AZTEC_SLASHER_FLAVOR", &"none");
        command.set("ETHEREUM_ALLOW_NO_DEBUG_HOSTS", &true).set("AZTEC_DISABLE_ADMIN_API_KEY", &true);
        command
            .set("ENABLE_VERSION_CHECK", &false)
            .set("P2P_ENABLED", &false)
            .set("P2P_ARCHIVED_TX_LIMIT", &100_000);
        command.set("PROVER_REAL_PROOFS", &false).set("DATA_STORE_MAP_SIZE_KB", &8_388_608);
        // Its own limits are too low for its own batches of jobs.
        command.set("RPC_MAX_BODY_SIZE", &"200mb").set("RPC_MAX_BATCH_SIZE", &500);
        command.set("ARCHIVER_POLLING_INTERVAL_MS", &500).set("ARCHIVER_VIEM_POLLING_INTERVAL_MS", &500);
        command.set("L1_READER_VIEM_POLLING_INTERVAL_MS", &500).set("WS_BLOCK_CHECK_INTERVAL_MS", &200);
        command.set("P2P_BLOCK_CHECK_INTERVAL_MS", &500);
        Ok(command)
    }
}
