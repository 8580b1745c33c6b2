//! Settings of L1 and of the submission of proofs.
//!
//! Names, defaults and variables of Aztec: `@aztec/ethereum`, `@aztec/sequencer-client` 4.1.2.

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
