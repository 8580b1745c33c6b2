//! Settings of the chain's data: reading it from L1, blobs, trees, txs.
//!
//! Names, defaults and variables of Aztec: `@aztec/archiver`, `@aztec/blob-client`, `@aztec/world-state`, `@aztec/p2p` 4.1.2.

use super::{Kind, Section, Setting, shapes};

pub(super) static ARCHIVER: Section = Section {
    name: "archiver",
    title: "Reading the chain from L1",
    settings: &[
        Setting::new(
            "archiver.polling_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two looks at L1.",
        )
        .default("500")
        .aztec(&["--archiver.archiverPollingIntervalMS"], &["ARCHIVER_POLLING_INTERVAL_MS"]),
        Setting::new(
            "archiver.batch_size",
            Kind::POSITIVE,
            "L2 slots that are read at once while catching up.",
        )
        .default("100")
        .aztec(&["--archiver.archiverBatchSize"], &["ARCHIVER_BATCH_SIZE"]),
        Setting::new(
            "archiver.max_eth_client_drift_s",
            Kind::COUNT,
            "Largest difference between the time of the newest L1 block and the clock; 0 does not look.",
        )
        .default("300")
        .aztec(&["--archiver.maxAllowedEthClientDriftSeconds"], &["MAX_ALLOWED_ETH_CLIENT_DRIFT_SECONDS"]),
        Setting::new(
            "archiver.allow_no_debug_hosts",
            Kind::Bool,
            "Start without an execution node that serves trace methods.",
        )
        .default("true")
        .aztec(&["--archiver.ethereumAllowNoDebugHosts"], &["ETHEREUM_ALLOW_NO_DEBUG_HOSTS"]),
        Setting::new(
            "archiver.skip_validate_checkpoint_attestations",
            Kind::Bool,
            "Accept checkpoints without checking the committee's signatures, for tests.",
        )
        .default("false")
        .aztec(&["--archiver.skipValidateCheckpointAttestations"], &[]),
    ],
};

pub(super) static BLOB: Section = Section {
    name: "blob",
    title: "Sources of blobs besides the consensus nodes",
    settings: &[
        Setting::new(
            "blob.file_store_urls",
            Kind::List(&shapes::STORE_URL),
            "Stores that are asked for blobs, in order.",
        )
        .default("")
        .aztec(&["--archiver.blobFileStoreUrls", "--proverNode.blobFileStoreUrls"], &["BLOB_FILE_STORE_URLS"])
        .url_secret(),
        Setting::new(
            "blob.file_store_upload_url",
            Kind::Text(&shapes::STORE_URL),
            "Store that blobs are written to.",
        )
        .aztec(
            &["--archiver.blobFileStoreUploadUrl", "--proverNode.blobFileStoreUploadUrl"],
            &["BLOB_FILE_STORE_UPLOAD_URL"],
        )
        .url_secret(),
        Setting::new(
            "blob.healthcheck_upload_interval_minutes",
            Kind::POSITIVE,
            "Time between two test uploads.",
        )
        .default("60")
        .aztec(
            &[
                "--archiver.blobHealthcheckUploadIntervalMinutes",
                "--proverNode.blobHealthcheckUploadIntervalMinutes",
            ],
            &["BLOB_HEALTHCHECK_UPLOAD_INTERVAL_MINUTES"],
        ),
        Setting::new("blob.archive_api_url", Kind::Text(&shapes::URL), "A blob archive such as Blobscan.")
            .aztec(&["--archiver.archiveApiUrl", "--proverNode.archiveApiUrl"], &["BLOB_ARCHIVE_API_URL"])
            .url_secret(),
        Setting::new("blob.allow_empty_sources", Kind::Bool, "Start without any source of blobs.")
            .default("false")
            .aztec(
                &["--archiver.blobAllowEmptySources", "--proverNode.blobAllowEmptySources"],
                &["BLOB_ALLOW_EMPTY_SOURCES"],
            ),
    ],
};

pub(super) static WORLD_STATE: Section = Section {
    name: "world_state",
    title: "World state trees",
    settings: &[
        Setting::new(
            "world_state.data_directory",
            Kind::Text(&shapes::PATH),
            "Folder of the trees. Unset: below storage.data_directory.",
        )
        .aztec(&["--world-state-data-directory"], &["WS_DATA_DIRECTORY"]),
        Setting::new(
            "world_state.checkpoint_history",
            Kind::COUNT,
            "Checkpoints whose state stays readable; 0 keeps all.",
        )
        .default("64")
        .aztec(
            &["--world-state-checkpoint-history"],
            &["WS_NUM_HISTORIC_CHECKPOINTS", "WS_NUM_HISTORIC_BLOCKS"],
        ),
        Setting::new(
            "world_state.block_check_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two looks for blocks to apply.",
        )
        .default("100")
        .aztec(&[], &["WS_BLOCK_CHECK_INTERVAL_MS"]),
    ],
};

pub(super) static TX_COLLECTION: Section = Section {
    name: "tx_collection",
    title: "Where the txs of proposed blocks come from",
    settings: &[
        Setting::new(
            "tx_collection.sources",
            Kind::List(&shapes::TX_SOURCE),
            "All sources in the order in which they are asked: node+URL, store+URL or folder:PATH, each with limits \
             behind a # (#batch=20&parallel=2&timeout_ms=5000). Unset: the two lists below.",
        )
        .default("")
        .flag("--txs")
        .url_secret(),
        Setting::new(
            "tx_collection.node_rpc_urls",
            Kind::List(&shapes::URL),
            "Aztec nodes that are asked for txs.",
        )
        .default("")
        .aztec(
            &["--p2p.txCollectionNodeRpcUrls"],
            &["TX_COLLECTION_NODE_RPC_URLS", "PROVER_COORDINATION_NODE_URLS"],
        )
        .url_secret(),
        Setting::new(
            "tx_collection.file_store_urls",
            Kind::List(&shapes::STORE_URL),
            "Stores that are asked for txs.",
        )
        .default("")
        .aztec(&["--p2p.txCollectionFileStoreUrls"], &["TX_COLLECTION_FILE_STORE_URLS"])
        .url_secret(),
        Setting::new(
            "tx_collection.node_rpc_max_batch_size",
            Kind::POSITIVE,
            "Most txs in one question to a node.",
        )
        .default("50")
        .aztec(&["--p2p.txCollectionNodeRpcMaxBatchSize"], &["TX_COLLECTION_NODE_RPC_MAX_BATCH_SIZE"]),
        Setting::new(
            "tx_collection.fast_max_parallel_requests_per_node",
            Kind::POSITIVE,
            "Questions that a node gets at the same time when txs are urgent.",
        )
        .default("4")
        .aztec(
            &["--p2p.txCollectionFastMaxParallelRequestsPerNode"],
            &["TX_COLLECTION_FAST_MAX_PARALLEL_REQUESTS_PER_NODE"],
        ),
        Setting::new(
            "tx_collection.fast_node_interval_ms",
            Kind::MILLISECONDS,
            "Time between two questions to a node when txs are urgent.",
        )
        .default("500")
        .aztec(&["--p2p.txCollectionFastNodeIntervalMs"], &["TX_COLLECTION_FAST_NODE_INTERVAL_MS"]),
        Setting::new(
            "tx_collection.slow_nodes_interval_ms",
            Kind::MILLISECONDS,
            "Time between two rounds of questions otherwise.",
        )
        .default("12000")
        .aztec(&["--p2p.txCollectionSlowNodesIntervalMs"], &["TX_COLLECTION_SLOW_NODES_INTERVAL_MS"]),
    ],
};
