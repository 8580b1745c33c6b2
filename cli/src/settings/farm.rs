//! Settings of the farm itself: which parts run, broker, agents, prover, node.
//!
//! Names, defaults and variables of Aztec: `@aztec/prover-client`, `@aztec/prover-node`, `@aztec/bb-prover` 4.1.2.

use super::{Kind, Section, Setting, shapes};

pub(super) static ROLES: Section = Section {
    name: "roles",
    title: "Which parts this process runs",
    settings: &[
        Setting::new("roles.prover_node", Kind::Bool, "Follow L1, plan epochs and submit proofs.")
            .default("false")
            .flag("--prover-node")
            .aztec(&["--prover-node"], &["ENABLE_PROVER_NODE"]),
        Setting::new("roles.prover_broker", Kind::Bool, "Queue proving jobs and serve them to agents.")
            .default("false")
            .flag("--prover-broker")
            .aztec(&["--prover-broker"], &[]),
        Setting::new("roles.prover_agent", Kind::Bool, "Take proving jobs from a broker and prove them.")
            .default("false")
            .flag("--prover-agent")
            .aztec(&["--prover-agent"], &[]),
    ],
};

pub(super) static SERVER: Section = Section {
    name: "server",
    title: "HTTP servers of this process",
    settings: &[
        Setting::new("server.port", Kind::PORT, "Port of the JSON-RPC server; 0 takes a free one.")
            .default("8080")
            .aztec(&["--port"], &["AZTEC_PORT"]),
        Setting::new(
            "server.admin_port",
            Kind::PORT,
            "Port of the administration server; 0 takes a free one.",
        )
        .default("8880")
        .aztec(&["--admin-port"], &["AZTEC_ADMIN_PORT"]),
        Setting::new(
            "server.admin_api_key_hash",
            Kind::Text(&shapes::SHA256),
            "SHA-256 of the administration API key.",
        )
        .aztec(&["--admin-api-key-hash"], &["AZTEC_ADMIN_API_KEY_HASH"])
        .secret(),
        Setting::new("server.api_prefix", Kind::Text(&shapes::ANY), "Path before every route.")
            .default("")
            .aztec(&["--api-prefix"], &["API_PREFIX"]),
        Setting::new("server.rpc_batch_size", Kind::POSITIVE, "Most requests in one JSON-RPC batch.")
            .default("100")
            .aztec(&["--rpcMaxBatchSize"], &["RPC_MAX_BATCH_SIZE"]),
        Setting::new("server.rpc_body_bytes", Kind::Size, "Largest JSON-RPC request body, decompressed.")
            .default("1048576")
            .aztec(&["--rpcMaxBodySize"], &["RPC_MAX_BODY_SIZE"]),
    ],
};

pub(super) static BROKER: Section = Section {
    name: "broker",
    title: "Proving job broker",
    settings: &[
        Setting::new(
            "broker.job_timeout_ms",
            Kind::Integer(1, 86_400_000),
            "A job goes back to the queue after this long without a sign of life.",
        )
        .default("30000")
        .aztec(&["--proverBroker.proverBrokerJobTimeoutMs"], &["PROVER_BROKER_JOB_TIMEOUT_MS"]),
        Setting::new(
            "broker.poll_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two looks for timed-out and stale jobs.",
        )
        .default("1000")
        .aztec(&["--proverBroker.proverBrokerPollIntervalMs"], &["PROVER_BROKER_POLL_INTERVAL_MS"]),
        Setting::new(
            "broker.job_max_retries",
            Kind::COUNT,
            "How often a job that failed by itself is tried again.",
        )
        .default("3")
        .aztec(&["--proverBroker.proverBrokerJobMaxRetries"], &["PROVER_BROKER_JOB_MAX_RETRIES"]),
        Setting::new(
            "broker.batch_size",
            Kind::POSITIVE,
            "Most changes that are written to the store at once.",
        )
        .default("100")
        .aztec(&["--proverBroker.proverBrokerBatchSize"], &["PROVER_BROKER_BATCH_SIZE"]),
        Setting::new(
            "broker.batch_interval_ms",
            Kind::MILLISECONDS,
            "Longest time that a change waits for others before it is written.",
        )
        .default("50")
        .aztec(&["--proverBroker.proverBrokerBatchIntervalMs"], &["PROVER_BROKER_BATCH_INTERVAL_MS"]),
        Setting::new(
            "broker.max_epochs_to_keep_results_for",
            Kind::COUNT,
            "Results of older epochs are dropped.",
        )
        .default("1")
        .aztec(
            &["--proverBroker.proverBrokerMaxEpochsToKeepResultsFor"],
            &["PROVER_BROKER_MAX_EPOCHS_TO_KEEP_RESULTS_FOR"],
        ),
        Setting::new(
            "broker.debug_replay_enabled",
            Kind::Bool,
            "Serve the methods that replay a job from stored inputs.",
        )
        .default("false")
        .aztec(&["--proverBroker.proverBrokerDebugReplayEnabled"], &["PROVER_BROKER_DEBUG_REPLAY_ENABLED"]),
    ],
};

pub(super) static AGENT: Section = Section {
    name: "agent",
    title: "Proving agents",
    settings: &[
        Setting::new(
            "agent.broker_url",
            Kind::Text(&shapes::URL),
            "Broker to take jobs from and, for a node, to give them to. Unset: the broker in this process.",
        )
        .aztec(&["--proverAgent.proverBrokerUrl"], &["PROVER_BROKER_HOST"])
        .url_secret(),
        Setting::new(
            "agent.count",
            Kind::Integer(0, 4096),
            "Agents in this process; each proves one job at a time.",
        )
        .default("1")
        .aztec(&["--proverAgent.proverAgentCount"], &["PROVER_AGENT_COUNT"]),
        Setting::new(
            "agent.poll_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two questions for a job.",
        )
        .default("1000")
        .aztec(&["--proverAgent.proverAgentPollIntervalMs"], &["PROVER_AGENT_POLL_INTERVAL_MS"]),
        Setting::new(
            "agent.proof_types",
            Kind::List(&shapes::PROOF_TYPE),
            "Job types that the agents take; empty takes all that they can prove.",
        )
        .default("")
        .aztec(&["--proverAgent.proverAgentProofTypes"], &["PROVER_AGENT_PROOF_TYPES"]),
        Setting::new(
            "agent.threads",
            Kind::Integer(0, 4096),
            "CPU threads that the agents share; 0 takes all cores.",
        )
        .default("0")
        .aztec(&[], &["HARDWARE_CONCURRENCY"]),
    ],
};

pub(super) static PROVER: Section = Section {
    name: "prover",
    title: "Proofs, for agents and for the node",
    settings: &[
        Setting::new(
            "prover.proofs",
            Kind::Choice(&["real", "simulated"]),
            "Make real proofs, or only solve and check witnesses; simulated epochs are labelled everywhere.",
        )
        .default("real")
        .flag("--proofs")
        .aztec(&["--proverAgent.realProofs"], &["PROVER_REAL_PROOFS"])
        .aztec_boolean("real", "simulated"),
        Setting::new(
            "prover.proof_store",
            Kind::Text(&shapes::STORE_URL),
            "Where inputs and results of jobs are kept. Unset: inside the messages.",
        )
        .aztec(&["--proverAgent.proofStore"], &["PROVER_PROOF_STORE"])
        .url_secret(),
        Setting::new(
            "prover.failed_proof_store",
            Kind::Text(&shapes::STORE_URL),
            "Where inputs of failed jobs are kept for inspection.",
        )
        .aztec(&["--proverNode.failedProofStore"], &["PROVER_FAILED_PROOF_STORE"])
        .url_secret(),
        Setting::new(
            "prover.cancel_jobs_on_stop",
            Kind::Bool,
            "Cancel queued jobs when the node stops, instead of finding them again after a restart.",
        )
        .default("false")
        .aztec(&["--proverAgent.cancelJobsOnStop"], &["PROVER_CANCEL_JOBS_ON_STOP"]),
        Setting::new(
            "prover.test_delay_type",
            Kind::Choice(&["fixed", "realistic"]),
            "Delay of simulated proofs: the same for all jobs, or by job type.",
        )
        .default("fixed")
        .aztec(&["--proverAgent.proverTestDelayType"], &["PROVER_TEST_DELAY_TYPE"]),
        Setting::new("prover.test_delay_ms", Kind::MILLISECONDS, "The fixed delay of simulated proofs.")
            .default("0")
            .aztec(&["--proverAgent.proverTestDelayMs"], &["PROVER_TEST_DELAY_MS"]),
        Setting::new(
            "prover.test_delay_factor",
            Kind::Decimal,
            "Multiplies the realistic delays of simulated proofs.",
        )
        .default("1.0")
        .aztec(&["--proverAgent.proverTestDelayFactor"], &["PROVER_TEST_DELAY_FACTOR"]),
        Setting::new(
            "prover.test_verification_delay_ms",
            Kind::MILLISECONDS,
            "Delay of each simulated verification.",
        )
        .default("10")
        .aztec(&["--proverAgent.proverTestVerificationDelayMs"], &["PROVER_TEST_VERIFICATION_DELAY_MS"]),
    ],
};

pub(super) static BB: Section = Section {
    name: "bb",
    title: "The external bb program, for job types that are not proved natively",
    settings: &[
        Setting::new(
            "bb.binary_path",
            Kind::Text(&shapes::PATH),
            "The bb program of the protocol release. Unset: bb in PATH.",
        )
        .aztec(&["--proverNode.bbBinaryPath"], &["BB_BINARY_PATH"]),
        Setting::new(
            "bb.working_directory",
            Kind::Text(&shapes::PATH),
            "Folder for its inputs and outputs. Unset: the system's temporary folder.",
        )
        .aztec(&["--proverNode.bbWorkingDirectory"], &["BB_WORKING_DIRECTORY"]),
        Setting::new("bb.skip_cleanup", Kind::Bool, "Keep its inputs and outputs.")
            .default("false")
            .aztec(&["--proverNode.bbSkipCleanup"], &["BB_SKIP_CLEANUP"]),
        Setting::new(
            "bb.crs_path",
            Kind::Text(&shapes::PATH),
            "Folder of the structured reference string. Unset: bb's own place.",
        )
        .aztec(&[], &["CRS_PATH"]),
        Setting::new("bb.ivc_verifiers", Kind::POSITIVE, "Client proofs that are verified at the same time.")
            .default("8")
            .aztec(&["--proverNode.numConcurrentIVCVerifiers"], &["BB_NUM_IVC_VERIFIERS"]),
        Setting::new("bb.ivc_concurrency", Kind::POSITIVE, "Threads of each verification of a client proof.")
            .default("1")
            .aztec(&["--proverNode.bbIVCConcurrency"], &["BB_IVC_CONCURRENCY"]),
    ],
};

pub(super) static NODE: Section = Section {
    name: "node",
    title: "Prover node",
    settings: &[
        Setting::new("node.network", Kind::Text(&shapes::ANY), "Network whose published addresses and settings are used: testnet, mainnet. Unset: a network that is described by the other settings.")
            .aztec(&["--network"], &["NETWORK"]),
        Setting::new("node.prover_id", Kind::Text(&shapes::FIELD), "Identity that proofs are submitted under. Unset: the publisher's address.")
            .aztec(&["--proverNode.proverId"], &["PROVER_ID"]),
        Setting::new("node.max_pending_jobs", Kind::COUNT, "Most epochs that are proved at the same time; 0 sets no limit.")
            .default("10")
            .aztec(&["--proverNode.proverNodeMaxPendingJobs"], &["PROVER_NODE_MAX_PENDING_JOBS"]),
        Setting::new("node.polling_interval_ms", Kind::Integer(1, 86_400_000), "Time between two looks for an epoch to prove.")
            .default("1000")
            .aztec(&["--proverNode.proverNodePollingIntervalMs"], &["PROVER_NODE_POLLING_INTERVAL_MS"]),
        Setting::new("node.max_parallel_blocks_per_epoch", Kind::COUNT, "Blocks of an epoch that are executed at the same time; 0 chooses.")
            .default("0")
            .aztec(
                &["--proverNode.proverNodeMaxParallelBlocksPerEpoch"],
                &["PROVER_NODE_MAX_PARALLEL_BLOCKS_PER_EPOCH"],
            ),
        Setting::new("node.enqueue_concurrency", Kind::POSITIVE, "Jobs that are encoded and handed to the broker at the same time.")
            .default("50")
            .aztec(&["--proverNode.enqueueConcurrency"], &["PROVER_ENQUEUE_CONCURRENCY"]),
        Setting::new("node.epoch_proving_delay_ms", Kind::MILLISECONDS, "Wait before an epoch is proved, for tests.")
            .default("0")
            .aztec(&["--proverNode.proverNodeEpochProvingDelayMs"], &[]),
        Setting::new("node.tx_gathering_timeout_ms", Kind::MILLISECONDS, "How long to look for the txs of an epoch.")
            .default("120000")
            .aztec(&["--proverNode.txGatheringTimeoutMs"], &["PROVER_NODE_TX_GATHERING_TIMEOUT_MS"]),
        Setting::new("node.failed_epoch_store", Kind::Text(&shapes::STORE_URL), "Where the state of the node is uploaded when an epoch fails.")
            .aztec(&["--proverNode.proverNodeFailedEpochStore"], &["PROVER_NODE_FAILED_EPOCH_STORE"])
            .url_secret(),
        Setting::new("node.disable_proof_publish", Kind::Bool, "Prove, but do not submit.")
            .default("false")
            .aztec(&["--proverNode.proverNodeDisableProofPublish"], &["PROVER_NODE_DISABLE_PROOF_PUBLISH"]),
        Setting::new("node.aztec_node_url", Kind::Text(&shapes::URL), "An Aztec node to ask for what is missing locally.")
            .aztec(&["--proverNode.nodeUrl"], &["AZTEC_NODE_URL"])
            .url_secret(),
        Setting::new("node.sync_mode", Kind::Choice(&["full", "snapshot", "force-snapshot"]), "Start from L1, from a snapshot when there is no local data, or always from a snapshot.")
            .default("snapshot")
            .aztec(&["--sync-mode"], &["SYNC_MODE"]),
        Setting::new("node.snapshots_urls", Kind::List(&shapes::STORE_URL), "Where snapshots are looked for.")
            .default("")
            .aztec(&["--snapshots-urls"], &["SYNC_SNAPSHOTS_URLS", "SYNC_SNAPSHOTS_URL"])
            .url_secret(),
        Setting::new("node.test_accounts", Kind::Bool, "The genesis state holds funded test accounts.")
            .default("false")
            .aztec(&[], &["TEST_ACCOUNTS"]),
        Setting::new("node.sponsored_fpc", Kind::Bool, "The genesis state holds the sponsored fee payment contract.")
            .default("false")
            .aztec(&[], &["SPONSORED_FPC"]),
        Setting::new("node.prefund_addresses", Kind::List(&shapes::FIELD), "Further addresses that the genesis state funds.")
            .default("")
            .aztec(&[], &["PREFUND_ADDRESSES"]),
    ],
};
