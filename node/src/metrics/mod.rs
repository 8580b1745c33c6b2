//! Counters of the node as OpenMetrics text: Aztec's names where Aztec's prover node has the same number, our own
//! otherwise.
//!
//! # Source
//! Aztec 4.1.2 `telemetry-client/src/metrics.ts`, the names of OpenTelemetry with dots as underscores.

mod money;

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, U256};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::archiver::Tips;
use crate::publisher::Cost;
use crate::service::{EpochState, EpochStatus};
use money::Money;

/// The content type of [`Metrics::to_text`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of times in milliseconds: from an empty checkpoint to a full one on a slow machine.
const BUCKETS_MS: [f64; 10] =
    [10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 15_000.0, 60_000.0, 180_000.0, 600_000.0];
/// Bounds of times in seconds: from a test chain's epoch to the end of a proof window.
const BUCKETS_S: [f64; 10] = [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1_200.0, 2_400.0, 3_600.0, 7_200.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

/// Aztec's attributes of a transaction to L1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transaction {
    aztec_l1_tx_type: &'static str,
    aztec_ok: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tip {
    tip: &'static str,
}

/// The counters. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    registry: Registry,
    job_duration: Histogram,
    job_checkpoints: Gauge,
    job_blocks: Gauge,
    job_transactions: Gauge,
    checkpoint_processing: Histogram,
    tx_count: Family<Transaction, Counter>,
    tx_duration: Histogram,
    epochs: Family<State, Gauge>,
    epoch_failures: Family<Code, Counter>,
    sync_failures: Family<Code, Counter>,
    checkpoints: Family<Tip, Gauge>,
    l1_block: Gauge,
    is_paused: Gauge,
    is_leader: Gauge,
    money: Money,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut counters = Counters {
            registry: Registry::default(),
            job_duration: Histogram::new(BUCKETS_S),
            job_checkpoints: Gauge::default(),
            job_blocks: Gauge::default(),
            job_transactions: Gauge::default(),
            checkpoint_processing: Histogram::new(BUCKETS_MS),
            tx_count: Family::default(),
            tx_duration: Histogram::new(BUCKETS_MS),
            epochs: Family::default(),
            epoch_failures: Family::default(),
            sync_failures: Family::default(),
            checkpoints: Family::default(),
            l1_block: Gauge::default(),
            is_paused: Gauge::default(),
            is_leader: Gauge::default(),
            money: Money::default(),
        };
        counters.register_aztec();
        counters.register_own();
        Self(Arc::new(counters))
    }
}

impl Counters {
    fn register_aztec(&mut self) {
        let ms = || Unit::Other("milliseconds".to_owned());
        let node = self.registry.sub_registry_with_prefix("aztec_prover_node");
        let duration = self.job_duration.clone();
        node.register_with_unit("job_duration", "Opening of an epoch to its end", Unit::Seconds, duration);
        node.register(
            "job_checkpoints",
            "Checkpoints of the epoch that ended last",
            self.job_checkpoints.clone(),
        );
        node.register("job_blocks", "Blocks of the epoch that ended last", self.job_blocks.clone());
        node.register("job_transactions", "Txs of the epoch that ended last", self.job_transactions.clone());
        let processing = self.checkpoint_processing.clone();
        node.register_with_unit(
            "checkpoint_processing_duration",
            "Execution of a checkpoint",
            ms(),
            processing,
        );
        self.money.register_node(node);
        let publisher = self.registry.sub_registry_with_prefix("aztec_l1_publisher");
        publisher.register("tx_count", "Submissions that ended", self.tx_count.clone());
        let duration = self.tx_duration.clone();
        publisher.register_with_unit("tx_duration", "First attempt to mined", ms(), duration);
        self.money.register_publisher(publisher);
    }

    fn register_own(&mut self) {
        let own = self.registry.sub_registry_with_prefix("chinampa_node");
        own.register("epochs", "Listed epochs by state", self.epochs.clone());
        own.register("epoch_failures", "Times that an epoch came to a stop", self.epoch_failures.clone());
        own.register("sync_failures", "Rounds in which L1 could not be followed", self.sync_failures.clone());
        own.register("checkpoint_number", "How far the chain is known", self.checkpoints.clone());
        own.register("l1_block_number", "L1 block at which that holds", self.l1_block.clone());
        own.register("submission_paused", "1 while an operator keeps proofs back", self.is_paused.clone());
        own.register("leader", "1 while this node proves, 0 while it stands by", self.is_leader.clone());
    }
}

impl Metrics {
    /// All counters in the OpenMetrics text format.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry).expect("writing to a string cannot fail");
        text
    }

    pub(crate) fn sync_failed(&self, code: &'static str) {
        self.0.sync_failures.get_or_create(&Code { code }).inc();
    }

    /// An epoch is in another state, or has another error, than before.
    pub(crate) fn epoch_changed(&self, before: EpochState, status: &EpochStatus) {
        if let Some(code) = status.error_code {
            self.0.epoch_failures.get_or_create(&Code { code }).inc();
        }
        if before.is_final() || !status.state.is_final() {
            return;
        }
        if let Some(seconds) = status.seconds {
            self.0.job_duration.observe(seconds);
        }
        self.0.job_checkpoints.set(status.checkpoints.into());
        self.0.job_blocks.set(status.blocks.into());
        self.0.job_transactions.set(status.txs.into());
    }

    pub(crate) fn executed(&self, time: Duration) {
        self.0.checkpoint_processing.observe(time.as_secs_f64() * 1e3);
    }

    pub(crate) fn submitted(&self, is_mined: bool, time: Duration) {
        let aztec_ok = if is_mined { "true" } else { "false" };
        self.0.tx_count.get_or_create(&Transaction { aztec_l1_tx_type: "submitProof", aztec_ok }).inc();
        if is_mined {
            self.0.tx_duration.observe(time.as_secs_f64() * 1e3);
        }
    }

    /// A proof's transaction was mined.
    pub(crate) fn paid(&self, cost: &Cost) {
        self.0.money.paid(cost);
    }

    pub(crate) fn balance(&self, account: Address, wei: U256) {
        self.0.money.balance(account, wei);
    }

    /// The window of an epoch has closed; this is what the prover gets for it.
    pub(crate) fn reward(&self, prover: Address, amount: U256) {
        self.0.money.reward(prover, amount);
    }

    /// What is looked up when somebody asks.
    pub(crate) fn look(&self, epochs: &[EpochStatus], tips: Tips, is_paused: bool, is_leader: bool) {
        for state in EpochState::ALL {
            let count = epochs.iter().filter(|epoch| epoch.state == state).count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.0.epochs.get_or_create(&State { state: state.name() }).set(count);
        }
        for (tip, number) in
            [("pending", tips.pending), ("proven", tips.proven), ("finalized", tips.finalized)]
        {
            self.0.checkpoints.get_or_create(&Tip { tip }).set(number.into());
        }
        self.0.l1_block.set(i64::try_from(tips.l1.number).unwrap_or(i64::MAX));
        self.0.is_paused.set(is_paused.into());
        self.0.is_leader.set(is_leader.into());
    }
}
