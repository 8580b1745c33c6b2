//! Settings of the prover node.
//!
//! Names, defaults and variables of Aztec: `@aztec/prover-node`, `@aztec/node-lib` 4.1.2.

use super::{Kind, Section, Setting, shapes};

pub(super) static NODE: Section = Section {
    name: "node",
    title: "Prover node",
    settings: &[
        Setting::new(
            "node.network",
            Kind::Text(&shapes::ANY),
            "Network whose published addresses count (testnet, mainnet). Unset: only the settings.",
        )
        .aztec(&["--network"], &["NETWORK"]),
        Setting::new(
            "node.prover_id",
            Kind::Text(&shapes::FIELD),
            "Identity that proofs are submitted under. Unset: the publisher's address.",
        )
        .aztec(&["--proverNode.proverId"], &["PROVER_ID"]),
        Setting::new(
            "node.max_pending_jobs",
            Kind::COUNT,
            "Most epochs that are proved at the same time; 0 sets no limit.",
        )
        .default("10")
        .aztec(&["--proverNode.proverNodeMaxPendingJobs"], &["PROVER_NODE_MAX_PENDING_JOBS"]),
        Setting::new(
            "node.epochs_ahead",
            Kind::COUNT,
            "Epochs after the first unproven one that are proved at the same time. The broker must keep as many \
             (broker.max_epochs_to_keep_results_for).",
        )
        .default("1"),
        Setting::new(
            "node.polling_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two looks for an epoch to prove.",
        )
        .default("1000")
        .aztec(&["--proverNode.proverNodePollingIntervalMs"], &["PROVER_NODE_POLLING_INTERVAL_MS"]),
        Setting::new(
            "node.max_parallel_blocks_per_epoch",
            Kind::COUNT,
            "Blocks of an epoch that are executed at the same time; 0 chooses.",
        )
        .default("0")
        .aztec(
            &["--proverNode.proverNodeMaxParallelBlocksPerEpoch"],
            &["PROVER_NODE_MAX_PARALLEL_BLOCKS_PER_EPOCH"],
        ),
        Setting::new(
            "node.enqueue_concurrency",
            Kind::POSITIVE,
            "Jobs that are encoded and handed to the broker at the same time.",
        )
        .default("50")
        .aztec(&["--proverNode.enqueueConcurrency"], &["PROVER_ENQUEUE_CONCURRENCY"]),
        Setting::new(
            "node.epoch_proving_delay_ms",
            Kind::MILLISECONDS,
            "Wait before an epoch is proved, for tests.",
        )
        .default("0")
        .aztec(&["--proverNode.proverNodeEpochProvingDelayMs"], &[]),
        Setting::new(
            "node.tx_gathering_timeout_ms",
            Kind::MILLISECONDS,
            "How long to look for the txs of an epoch.",
        )
        .default("120000")
        .aztec(&["--proverNode.txGatheringTimeoutMs"], &["PROVER_NODE_TX_GATHERING_TIMEOUT_MS"]),
        Setting::new(
            "node.failed_epoch_store",
            Kind::Text(&shapes::STORE_URL),
            "Where the state of the node is uploaded when an epoch fails.",
        )
        .aztec(&["--proverNode.proverNodeFailedEpochStore"], &["PROVER_NODE_FAILED_EPOCH_STORE"])
        .url_secret(),
        Setting::new(
            "node.leader_lock",
            Kind::Text(&shapes::LOCK),
            "Which of several nodes proves; the others follow L1 and take over: whoever locks this file, or has the lease \
             in this Redis server. Unset: this one.",
        )
        .url_secret(),
        Setting::new(
            "node.leader_lease_ms",
            Kind::Integer(1_000, 3_600_000),
            "A node that Redis has not heard of for this long is no leader any more.",
        )
        .default("15000"),
        Setting::new("node.disable_proof_publish", Kind::Bool, "Prove, but do not submit.")
            .default("false")
            .aztec(&["--proverNode.proverNodeDisableProofPublish"], &["PROVER_NODE_DISABLE_PROOF_PUBLISH"]),
        Setting::new(
            "node.aztec_node_url",
            Kind::Text(&shapes::URL),
            "An Aztec node to ask for what is missing locally.",
        )
        .aztec(&["--proverNode.nodeUrl"], &["AZTEC_NODE_URL"])
        .url_secret(),
        Setting::new(
            "node.sync_mode",
            Kind::Choice(&["full", "snapshot", "force-snapshot"]),
            "Start from L1, from a snapshot if there is no data, or always from one.",
        )
        .default("snapshot")
        .aztec(&["--sync-mode"], &["SYNC_MODE"]),
        Setting::new(
            "node.snapshots_urls",
            Kind::List(&shapes::STORE_URL),
            "Where snapshots are looked for.",
        )
        .default("")
        .aztec(&["--snapshots-urls"], &["SYNC_SNAPSHOTS_URLS", "SYNC_SNAPSHOTS_URL"])
        .url_secret(),
        Setting::new("node.test_accounts", Kind::Bool, "The genesis state holds funded test accounts.")
            .default("false")
            .aztec(&[], &["TEST_ACCOUNTS"]),
        Setting::new(
            "node.sponsored_fpc",
            Kind::Bool,
            "The genesis state holds the sponsored fee payment contract.",
        )
        .default("false")
        .aztec(&[], &["SPONSORED_FPC"]),
        Setting::new(
            "node.prefund_addresses",
            Kind::List(&shapes::FIELD),
            "Further addresses that the genesis state funds.",
        )
        .default("")
        .aztec(&[], &["PREFUND_ADDRESSES"]),
    ],
};
