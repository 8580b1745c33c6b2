//! What proofs cost and earn.

use std::sync::atomic::AtomicU64;

use alloy::primitives::{Address, U256};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::publisher::Cost;

/// Bounds of gas: from a transaction that only transfers to the most that Ethereum accepts.
const BUCKETS_GAS: [f64; 9] = [21e3, 50e3, 100e3, 300e3, 1e6, 2e6, 4e6, 8e6, 16.8e6];
/// Bounds of prices, in gwei.
const BUCKETS_GWEI: [f64; 10] = [0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 200.0, 1000.0];
/// Bounds of calldata, in bytes: a proof has 14 KiB and a little for each checkpoint.
const BUCKETS_BYTES: [f64; 6] = [4096.0, 8192.0, 16384.0, 24576.0, 32768.0, 65536.0];
/// Bounds of fees, in ether.
const BUCKETS_ETHER: [f64; 9] = [1e-6, 1e-5, 1e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1, 1.0];

/// Aztec's attributes of a transaction that was mined.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Mined {
    aztec_l1_tx_type: &'static str,
    aztec_l1_sender: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Sender {
    aztec_l1_sender: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Coinbase {
    aztec_coinbase: String,
}

#[derive(Clone, Debug)]
struct Bounds(&'static [f64]);

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

type Histograms = Family<Mined, Histogram, Bounds>;
type Amount = Gauge<f64, AtomicU64>;

/// Counters of costs and rewards. Amounts are in ether and in whole units of the fee asset.
#[derive(Debug)]
pub(super) struct Money {
    gas: Histograms,
    gas_price: Histograms,
    calldata_size: Histograms,
    calldata_gas: Histograms,
    total_fee: Histograms,
    balance: Family<Sender, Amount>,
    rewards_per_epoch: Family<Coinbase, Amount>,
    rewards_total: Family<Coinbase, Amount>,
}

impl Default for Money {
    fn default() -> Self {
        let histograms = |bounds: &'static [f64]| Family::new_with_constructor(Bounds(bounds));
        Self {
            gas: histograms(&BUCKETS_GAS),
            gas_price: histograms(&BUCKETS_GWEI),
            calldata_size: histograms(&BUCKETS_BYTES),
            calldata_gas: histograms(&BUCKETS_GAS),
            total_fee: histograms(&BUCKETS_ETHER),
            balance: Family::default(),
            rewards_per_epoch: Family::default(),
            rewards_total: Family::default(),
        }
    }
}

impl Money {
    pub(super) fn register_publisher(&self, publisher: &mut Registry) {
        let unit = |name: &str| Unit::Other(name.to_owned());
        publisher.register("tx_gas", "Gas of a transaction", self.gas.clone());
        publisher.register("tx_calldata_gas", "Gas of its calldata", self.calldata_gas.clone());
        let size = self.calldata_size.clone();
        publisher.register_with_unit("tx_calldata_size", "Size of its calldata", Unit::Bytes, size);
        let price = self.gas_price.clone();
        publisher.register_with_unit("gas_price", "Price of its gas", unit("gwei"), price);
        let fee = self.total_fee.clone();
        publisher.register_with_unit("tx_total_fee", "What it cost", unit("eth"), fee);
        let balance = self.balance.clone();
        publisher.register_with_unit("balance", "Balance of an account that submits", unit("eth"), balance);
    }

    pub(super) fn register_node(&self, node: &mut Registry) {
        let (epoch, total) = (self.rewards_per_epoch.clone(), self.rewards_total.clone());
        node.register("rewards_per_epoch", "Rewards of the epoch whose window closed last", epoch);
        node.register("rewards_total", "Rewards of epochs whose windows closed in this run", total);
    }

    pub(super) fn paid(&self, cost: &Cost) {
        let labels = Mined { aztec_l1_tx_type: "submitProof", aztec_l1_sender: cost.sender.to_string() };
        let note = |family: &Histograms, value: f64| family.get_or_create(&labels).observe(value);
        note(&self.gas, cost.gas as f64);
        note(&self.gas_price, cost.gas_price_wei as f64 / 1e9);
        note(&self.calldata_size, cost.calldata_len as f64);
        note(&self.calldata_gas, cost.calldata_gas as f64);
        note(&self.total_fee, cost.fee_wei() as f64 / 1e18);
    }

    pub(super) fn balance(&self, account: Address, wei: U256) {
        let labels = Sender { aztec_l1_sender: account.to_string() };
        self.balance.get_or_create(&labels).set(units(wei));
    }

    pub(super) fn reward(&self, coinbase: Address, amount: U256) {
        let labels = Coinbase { aztec_coinbase: coinbase.to_string() };
        self.rewards_per_epoch.get_or_create(&labels).set(units(amount));
        self.rewards_total.get_or_create(&labels).inc_by(units(amount));
    }
}

/// Ether of wei, and likewise for the fee asset, which has 18 decimals too.
fn units(amount: U256) -> f64 {
    f64::from(amount) / 1e18
}
