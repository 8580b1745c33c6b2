//! The settings of the node, as its parts take them.

use std::path::PathBuf;

use alloy::primitives::Address;
use chinampa_jobs::BrokerAccess;
use chinampa_protocol::Fr;
use serde::Deserialize;
use url::Url;

use super::super::access::access;
use crate::config::Resolved;

#[derive(Debug, Deserialize)]
pub(super) struct L1Section {
    pub(super) rpc_urls: Vec<Url>,
    pub(super) debug_rpc_urls: Vec<Url>,
    pub(super) chain_id: Option<u64>,
    pub(super) consensus_host_urls: Vec<Url>,
    pub(super) consensus_host_api_keys: Vec<String>,
    pub(super) consensus_host_api_key_headers: Vec<String>,
    pub(super) registry_address: Option<Address>,
    pub(super) rollup_version: String,
    pub(super) slot_duration_s: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct NodeSection {
    pub(super) prover_id: Option<String>,
    pub(super) polling_interval_ms: u64,
    pub(super) enqueue_concurrency: usize,
    pub(super) tx_gathering_timeout_ms: u64,
    pub(super) disable_proof_publish: bool,
    pub(super) epochs_ahead: u64,
    pub(super) test_accounts: bool,
    pub(super) sponsored_fpc: bool,
    pub(super) prefund_addresses: Vec<Fr>,
    pub(super) leader_lock: Option<String>,
    pub(super) leader_lease_ms: u64,
    pub(super) aztec_node_url: Option<Url>,
    pub(super) failed_epoch_store: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PublisherSection {
    pub(super) private_keys: Vec<String>,
    pub(super) private_keys_file: Option<PathBuf>,
    pub(super) encrypted_key_files: Vec<PathBuf>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) addresses: Vec<Address>,
    pub(super) web3_signer_url: Option<Url>,
    pub(super) key_store_directory: Option<PathBuf>,
    pub(super) gas_limit_buffer_percent: u64,
    pub(super) gas_price_max_gwei: f64,
    pub(super) priority_fee_bump_percent: u32,
    pub(super) priority_fee_retry_bump_percent: u32,
    pub(super) priority_fee_min_gwei: f64,
    pub(super) tx_check_interval_ms: u64,
    pub(super) tx_stall_time_ms: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct ArchiverSection {
    pub(super) batch_size: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct BlobSection {
    pub(super) file_store_urls: Vec<Url>,
    pub(super) archive_api_url: Option<Url>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TxSection {
    pub(super) sources: Vec<String>,
    pub(super) node_rpc_urls: Vec<Url>,
    pub(super) file_store_urls: Vec<Url>,
    pub(super) node_rpc_max_batch_size: usize,
    pub(super) fast_max_parallel_requests_per_node: usize,
}

#[derive(Debug, Deserialize)]
pub(super) struct AgentSection {
    pub(super) broker_url: Option<Url>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProverSection {
    pub(super) proofs: String,
    pub(super) proof_store: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ServerSection {
    pub(super) port: u16,
    pub(super) admin_port: u16,
    pub(super) admin_api_key_hash: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StorageSection {
    pub(super) data_directory: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ObservabilitySection {
    pub(super) otlp_traces_url: Option<String>,
    pub(super) otel_export_timeout_ms: u64,
}

/// All settings of the node.
pub(super) struct Settings {
    pub(super) l1: L1Section,
    pub(super) node: NodeSection,
    pub(super) publisher: PublisherSection,
    pub(super) archiver: ArchiverSection,
    pub(super) blob: BlobSection,
    pub(super) txs: TxSection,
    pub(super) broker_url: Url,
    pub(super) broker_access: BrokerAccess,
    /// Where the node answers.
    pub(super) port: u16,
    pub(super) admin_key_sha256: Option<String>,
    pub(super) has_real_proofs: bool,
    pub(super) proof_store: Option<String>,
    pub(super) data_directory: Option<String>,
    pub(super) observability: ObservabilitySection,
}

impl Settings {
    pub(super) fn new(config: &Resolved, has_broker: bool) -> Self {
        let server: ServerSection = config.section("server");
        let agent: AgentSection = config.section("agent");
        let prover: ProverSection = config.section("prover");
        let storage: StorageSection = config.section("storage");
        let own_broker = || format!("http://127.0.0.1:{}", server.port).parse().expect("a URL");
        Self {
            l1: config.section("l1"),
            node: config.section("node"),
            publisher: config.section("publisher"),
            archiver: config.section("archiver"),
            blob: config.section("blob"),
            txs: config.section("tx_collection"),
            broker_url: agent.broker_url.unwrap_or_else(own_broker),
            broker_access: access(config),
            port: if has_broker { server.admin_port } else { server.port },
            admin_key_sha256: server.admin_api_key_hash,
            has_real_proofs: prover.proofs != "simulated",
            proof_store: prover.proof_store,
            data_directory: storage.data_directory,
            observability: config.section("observability"),
        }
    }
}
