//! Settings of the chain side: L1, submission, archiver, blobs, world state, txs.
//!
//! Names, defaults and variables of Aztec: `@aztec/ethereum`, `@aztec/archiver`, `@aztec/blob-client`,
//! `@aztec/world-state`, `@aztec/p2p`, `@aztec/sequencer-client` 4.1.2.

use super::{Kind, Section, Setting, shapes};

pub(super) static L1: Section = Section {
    name: "l1",
    title: "L1 and the rollup contracts",
    settings: &[
        Setting::new("l1.rpc_urls", Kind::List(&shapes::URL), "Execution nodes, in order of preference.")
            .default("")
            .aztec(&["--l1-rpc-urls"], &["ETHEREUM_HOSTS"])
            .url_secret(),
        Setting::new(
            "l1.debug_rpc_urls",
            Kind::List(&shapes::URL),
            "Execution nodes that serve trace and debug methods.",
        )
        .default("")
        .aztec(&[], &["ETHEREUM_DEBUG_HOSTS"])
        .url_secret(),
        Setting::new(
            "l1.chain_id",
            Kind::Integer(1, u64::MAX),
            "Chain id that the execution nodes must report.",
        )
        .aztec(&["--l1-chain-id"], &["L1_CHAIN_ID"]),
        Setting::new("l1.consensus_host_urls", Kind::List(&shapes::URL), "Consensus nodes, for blobs.")
            .default("")
            .aztec(&["--l1-consensus-host-urls"], &["L1_CONSENSUS_HOST_URLS"])
            .url_secret(),
        Setting::new(
            "l1.consensus_host_api_keys",
            Kind::List(&shapes::ANY),
            "API keys of the consensus nodes, in their order.",
        )
        .default("")
        .aztec(&["--l1-consensus-host-api-keys"], &["L1_CONSENSUS_HOST_API_KEYS"])
        .secret(),
        Setting::new(
            "l1.consensus_host_api_key_headers",
            Kind::List(&shapes::HEADER_NAME),
            "Headers for the API keys, in their order; without one the key goes into the URL.",
        )
        .default("")
        .aztec(&["--l1-consensus-host-api-key-headers"], &["L1_CONSENSUS_HOST_API_KEY_HEADERS"]),
        Setting::new(
            "l1.polling_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two looks for a new L1 block.",
        )
        .default("1000")
        .aztec(&[], &["L1_READER_VIEM_POLLING_INTERVAL_MS"]),
        Setting::new(
            "l1.registry_address",
            Kind::Text(&shapes::ADDRESS),
            "The registry contract; every other address follows from it.",
        )
        .aztec(&["--registry-address"], &["REGISTRY_CONTRACT_ADDRESS"]),
        Setting::new(
            "l1.rollup_version",
            Kind::Text(&shapes::ROLLUP_VERSION),
            "Which rollup of the registry to prove for.",
        )
        .default("canonical")
        .aztec(&["--rollup-version"], &["ROLLUP_VERSION"]),
        Setting::new("l1.slot_duration_s", Kind::POSITIVE, "Length of an L1 slot.")
            .default("12")
            .aztec(&[], &["ETHEREUM_SLOT_DURATION"]),
    ],
};

pub(super) static PUBLISHER: Section = Section {
    name: "publisher",
    title: "Submission of proofs to L1",
    settings: &[
        Setting::new(
            "publisher.private_keys",
            Kind::List(&shapes::PRIVATE_KEY),
            "Keys of the accounts that submit proofs. A key store keeps them out of files and environments.",
        )
        .default("")
        .aztec(
            &["--proverNode.proverPublisherPrivateKeys"],
            &["PROVER_PUBLISHER_PRIVATE_KEYS", "PROVER_PUBLISHER_PRIVATE_KEY"],
        )
        .secret(),
        Setting::new(
            "publisher.private_keys_file",
            Kind::Text(&shapes::PATH),
            "File with one private key on each line.",
        ),
        Setting::new(
            "publisher.encrypted_key_files",
            Kind::List(&shapes::PATH),
            "Encrypted key files of version 3, as Ethereum's clients write them.",
        )
        .default(""),
        Setting::new(
            "publisher.password_file",
            Kind::Text(&shapes::PATH),
            "File with the password of publisher.encrypted_key_files.",
        ),
        Setting::new(
            "publisher.addresses",
            Kind::List(&shapes::ADDRESS),
            "Accounts of a remote signer that submit proofs.",
        )
        .default("")
        .aztec(&["--proverNode.proverPublisherAddresses"], &["PROVER_PUBLISHER_ADDRESSES"]),
        Setting::new("publisher.web3_signer_url", Kind::Text(&shapes::URL), "The remote signer.")
            .aztec(&["--proverNode.web3SignerUrl"], &["WEB3_SIGNER_URL"])
            .url_secret(),
        Setting::new(
            "publisher.key_store_directory",
            Kind::Text(&shapes::PATH),
            "Folder of key store files.",
        )
        .aztec(&["--proverNode.keyStoreDirectory"], &["KEY_STORE_DIRECTORY"]),
        Setting::new(
            "publisher.allow_invalid_states",
            Kind::Bool,
            "Use an account whose last transaction is stuck when no other is free.",
        )
        .default("true")
        .aztec(
            &["--proverNode.proverPublisherAllowInvalidStates"],
            &["PROVER_PUBLISHER_ALLOW_INVALID_STATES"],
        ),
        Setting::new(
            "publisher.forwarder_address",
            Kind::Text(&shapes::ADDRESS),
            "Contract that forwards every transaction, for tests.",
        )
        .aztec(&["--proverNode.proverPublisherForwarderAddress"], &["PROVER_PUBLISHER_FORWARDER_ADDRESS"]),
        Setting::new(
            "publisher.gas_limit_buffer_percent",
            Kind::Integer(0, 1000),
            "Added to the estimated gas limit.",
        )
        .default("20")
        .aztec(&[], &["L1_GAS_LIMIT_BUFFER_PERCENTAGE"]),
        Setting::new("publisher.gas_price_max_gwei", Kind::Decimal, "Highest price of gas.")
            .default("2000.0")
            .aztec(&[], &["L1_GAS_PRICE_MAX", "L1_FEE_PER_GAS_GWEI_MAX"]),
        Setting::new("publisher.blob_fee_max_gwei", Kind::Decimal, "Highest price of blob gas.")
            .default("3000.0")
            .aztec(&[], &["L1_BLOB_FEE_PER_GAS_MAX", "L1_BLOB_FEE_PER_GAS_GWEI_MAX"]),
        Setting::new(
            "publisher.priority_fee_bump_percent",
            Kind::Integer(0, 1000),
            "Added to the priority fee of the first attempt.",
        )
        .default("20")
        .aztec(&[], &["L1_PRIORITY_FEE_BUMP_PERCENTAGE"]),
        Setting::new(
            "publisher.priority_fee_retry_bump_percent",
            Kind::Integer(0, 1000),
            "Added to the priority fee of each replacement.",
        )
        .default("50")
        .aztec(&[], &["L1_PRIORITY_FEE_RETRY_BUMP_PERCENTAGE"]),
        Setting::new("publisher.priority_fee_min_gwei", Kind::Decimal, "Lowest priority fee.")
            .default("0.0")
            .aztec(
                &[],
                &[
                    "L1_MINIMUM_PRIORITY_FEE_PER_GAS_GWEI",
                    "L1_FIXED_PRIORITY_FEE_PER_GAS",
                    "L1_FIXED_PRIORITY_FEE_PER_GAS_GWEI",
                ],
            ),
        Setting::new(
            "publisher.tx_max_attempts",
            Kind::COUNT,
            "Replacements of a transaction that is not mined.",
        )
        .default("3")
        .aztec(&[], &["L1_TX_MONITOR_MAX_ATTEMPTS"]),
        Setting::new(
            "publisher.tx_check_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two looks at a transaction.",
        )
        .default("1000")
        .aztec(&[], &["L1_TX_MONITOR_CHECK_INTERVAL_MS"]),
        Setting::new(
            "publisher.tx_stall_time_ms",
            Kind::MILLISECONDS,
            "A transaction is replaced after this long.",
        )
        .default("12000")
        .aztec(&[], &["L1_TX_MONITOR_STALL_TIME_MS"]),
        Setting::new(
            "publisher.tx_timeout_ms",
            Kind::MILLISECONDS,
            "A transaction is given up after this long; 0 never.",
        )
        .default("120000")
        .aztec(&[], &["L1_TX_MONITOR_TX_TIMEOUT_MS"]),
        Setting::new("publisher.cancel_tx_on_timeout", Kind::Bool, "Cancel a transaction that is given up.")
            .default("true")
            .aztec(&[], &["L1_TX_MONITOR_CANCEL_TX_ON_TIMEOUT"]),
        Setting::new(
            "publisher.tx_cancellation_timeout_ms",
            Kind::MILLISECONDS,
            "A cancellation is given up after this long.",
        )
        .default("288000")
        .aztec(&[], &["L1_TX_MONITOR_TX_CANCELLATION_TIMEOUT_MS"]),
        Setting::new(
            "publisher.tx_unseen_considered_dropped_ms",
            Kind::MILLISECONDS,
            "A transaction that no node knows counts as dropped after this long.",
        )
        .default("72000")
        .aztec(&[], &["L1_TX_MONITOR_TX_UNSEEN_CONSIDERED_DROPPED_MS"]),
    ],
};

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
