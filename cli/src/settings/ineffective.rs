//! Names of Aztec that are accepted, so that a command line or environment made for `aztec start` keeps working,
//! but that change nothing here.

/// Names that share a reason.
#[derive(Debug)]
pub(crate) struct Ineffective {
    /// Flags of `aztec start`.
    pub(crate) flags: &'static [&'static str],
    /// Variables.
    pub(crate) env: &'static [&'static str],
    /// Why they change nothing.
    pub(crate) reason: &'static str,
}

/// All of them.
pub(crate) static INEFFECTIVE: [Ineffective; 9] = [
    Ineffective {
        flags: &["--node", "--archiver"],
        env: &[],
        reason: "the prover node always reads the chain itself",
    },
    Ineffective {
        flags: &[
            "--data-store-map-size-kb",
            "--world-state-db-map-size-kb",
            "--archiver.archiverStoreMapSizeKb",
            "--archiver.blobSinkMapSizeKb",
            "--proverNode.blobSinkMapSizeKb",
            "--proverBroker.proverBrokerStoreMapSizeKb",
        ],
        env: &[
            "DATA_STORE_MAP_SIZE_KB",
            "WS_DB_MAP_SIZE_KB",
            "ARCHIVE_TREE_MAP_SIZE_KB",
            "NULLIFIER_TREE_MAP_SIZE_KB",
            "NOTE_HASH_TREE_MAP_SIZE_KB",
            "MESSAGE_TREE_MAP_SIZE_KB",
            "PUBLIC_DATA_TREE_MAP_SIZE_KB",
            "ARCHIVER_STORE_MAP_SIZE_KB",
            "BLOB_SINK_MAP_SIZE_KB",
            "PROVER_BROKER_STORE_MAP_SIZE_KB",
        ],
        reason: "the stores grow as needed and have no map size",
    },
    Ineffective {
        flags: &["--proverBroker.proverBrokerBatchSize", "--proverBroker.proverBrokerBatchIntervalMs"],
        env: &["PROVER_BROKER_BATCH_SIZE", "PROVER_BROKER_BATCH_INTERVAL_MS"],
        reason: "changes are stored at once, with all others that wait at that moment",
    },
    Ineffective {
        flags: &["--proverNode.acvmBinaryPath", "--proverNode.acvmWorkingDirectory"],
        env: &["ACVM_BINARY_PATH", "ACVM_WORKING_DIRECTORY"],
        reason: "witnesses are solved inside the agent",
    },
    Ineffective {
        flags: &[
            "--proverNode.txGatheringIntervalMs",
            "--proverNode.txGatheringBatchSize",
            "--proverNode.txGatheringMaxParallelRequestsPerNode",
        ],
        env: &[
            "PROVER_NODE_TX_GATHERING_INTERVAL_MS",
            "PROVER_NODE_TX_GATHERING_BATCH_SIZE",
            "PROVER_NODE_TX_GATHERING_MAX_PARALLEL_REQUESTS_PER_NODE",
        ],
        reason: "Aztec 4.1.2 does not read it either; see the tx_collection section",
    },
    Ineffective {
        flags: &["--archiver.maxLogs"],
        env: &["ARCHIVER_MAX_LOGS", "ARCHIVER_VIEM_POLLING_INTERVAL_MS", "WS_BLOCK_REQUEST_BATCH_SIZE"],
        reason: "it tunes a part of the Aztec node that does not exist here",
    },
    Ineffective {
        flags: &["--enable-version-check"],
        env: &["ENABLE_VERSION_CHECK"],
        reason: "nothing is asked for newer versions",
    },
    Ineffective {
        flags: &["--disable-admin-api-key", "--reset-admin-api-key"],
        env: &["AZTEC_DISABLE_ADMIN_API_KEY", "AZTEC_RESET_ADMIN_API_KEY"],
        reason: "no administration key is made up; server.admin_api_key_hash gives one",
    },
    Ineffective {
        flags: &[
            "--tel.publicMetricsCollectorUrl",
            "--tel.publicMetricsCollectFrom",
            "--tel.publicIncludeMetrics",
            "--tel.publicMetricsOptOut",
        ],
        env: &[
            "PUBLIC_OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "PUBLIC_OTEL_COLLECT_FROM",
            "PUBLIC_OTEL_INCLUDE_METRICS",
            "PUBLIC_OTEL_OPT_OUT",
        ],
        reason: "no metrics are sent to Aztec's public collector",
    },
];
