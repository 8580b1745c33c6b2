//! Settings of the farm itself: which parts run, servers, broker, agents.
//!
//! Names, defaults and variables of Aztec: `@aztec/prover-client`, `@aztec/bb-prover` 4.1.2.

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
            "server.admin_listen",
            Kind::Text(&shapes::IP_ADDRESS),
            "Address on which agents show their counters. Unset: this machine only.",
        ),
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
            .default("67108864")
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
            "broker.program_days",
            Kind::COUNT,
            "Programs that were submitted more days ago, and their proofs, are dropped unless they are still to be proven.",
        )
        .default("7"),
        Setting::new(
            "broker.store",
            Kind::Text(&shapes::JOB_STORE),
            "Where jobs are kept. Unset: in broker.redb in storage.data_directory, or in memory without one.",
        )
        .flag("--broker.store")
        .url_secret(),
        Setting::new(
            "broker.payloads",
            Kind::Text(&shapes::PAYLOADS),
            "Where inputs and results go that are too long for the queue: inline (nowhere, they stay in it), \
             file:///folder, s3://bucket/prefix?endpoint=URL, gs://bucket/prefix, az://container/prefix, or a redis:// URL. \
             Unset: a folder beside a redb file, else inline.",
        )
        .flag("--broker.payloads")
        .url_secret(),
        Setting::new(
            "broker.payload_inline_bytes",
            Kind::Size,
            "Inputs and results of up to this length stay in the queue.",
        )
        .default("65536"),
        Setting::new(
            "broker.payload_quota_bytes",
            Kind::Size,
            "Jobs are refused when this much is kept, and an alarm is given at four fifths of it; 0 is no limit.",
        )
        .default("68719476736"),
        Setting::new(
            "broker.payload_scrub_ms",
            Kind::Integer(1000, 86_400_000),
            "Time between two counts of what is kept.",
        )
        .default("600000"),
        Setting::new(
            "broker.open",
            Kind::Bool,
            "Ask no caller who it is, as Aztec's broker does. Without it, callers need tokens.",
        )
        .default("false")
        .flag("--broker.open"),
        Setting::new(
            "broker.listen",
            Kind::Text(&shapes::IP_ADDRESS),
            "Address to listen on. Unset: all, with broker.open or server.admin_api_key_hash; else this machine only.",
        )
        .flag("--broker.listen"),
        Setting::new(
            "broker.audit_file",
            Kind::Text(&shapes::PATH),
            "Where changes by people and programs are written down. Unset: audit.jsonl in storage.data_directory.",
        ),
        Setting::new(
            "broker.tls_certificate_file",
            Kind::Text(&shapes::PATH),
            "Certificate of the broker, PEM, with those that signed it. Set: only TLS is spoken.",
        ),
        Setting::new("broker.tls_key_file", Kind::Text(&shapes::PATH), "Key of the certificate, PEM."),
        Setting::new(
            "broker.tls_client_authorities_file",
            Kind::Text(&shapes::PATH),
            "Authorities whose client certificates may take the place of tokens, PEM.",
        ),
        Setting::new(
            "broker.verifier",
            Kind::Text(&shapes::PATH),
            "What verifies results before they settle jobs: native (our own verifier) or a program; docs/broker.md says how it is called. Unset: nothing.",
        ),
        Setting::new(
            "broker.verify",
            Kind::Choice(&["all", "aztec"]),
            "Whose results it verifies: everybody's, or only those of agents that speak as Aztec's do.",
        )
        .default("all"),
        Setting::new(
            "broker.verify_timeout_ms",
            Kind::Integer(1, 86_400_000),
            "Time that a program has for a verdict.",
        )
        .default("60000"),
        Setting::new(
            "broker.policy",
            Kind::Choice(&["aztec", "slack"]),
            "Order of hand-outs: Aztec's fixed one, or by the time that is left until an epoch's deadline.",
        )
        .default("aztec"),
        Setting::new(
            "broker.amqp",
            Kind::Text(&shapes::AMQP_URL),
            "RabbitMQ server that is told which jobs wait and what happens to them.",
        )
        .flag("--broker.amqp")
        .url_secret(),
        Setting::new("broker.amqp_prefix", Kind::Text(&shapes::ANY), "Start of the names on that server.")
            .default("chinampa"),
        Setting::new(
            "broker.amqp_sweep_ms",
            Kind::Integer(100, 86_400_000),
            "Time between two looks for jobs that wait without a message.",
        )
        .default("10000"),
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
        .flag("--agents")
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
            "agent.protocol",
            Kind::Choice(&["auto", "chinampa", "aztec"]),
            "How agents speak with the broker: with fenced leases, or as Aztec's agents do; auto asks the broker.",
        )
        .default("auto"),
        Setting::new(
            "agent.amqp",
            Kind::Text(&shapes::AMQP_URL),
            "RabbitMQ server of broker.amqp, whose messages wake agents without a job. Unset: they wait at the broker.",
        )
        .flag("--agent.amqp")
        .url_secret(),
        Setting::new("agent.amqp_prefix", Kind::Text(&shapes::ANY), "Start of the names on that server.")
            .default("chinampa"),
        Setting::new(
            "agent.broker_token",
            Kind::Text(&shapes::ANY),
            "Token of agents and node, for a broker of ours that asks for one.",
        )
        .secret(),
        Setting::new(
            "agent.broker_ca_file",
            Kind::Text(&shapes::PATH),
            "Authorities that sign the broker's certificate, PEM. Unset: the public ones.",
        ),
        Setting::new(
            "agent.broker_certificate_file",
            Kind::Text(&shapes::PATH),
            "Certificate that agents and node show the broker in place of a token, PEM.",
        ),
        Setting::new(
            "agent.broker_key_file",
            Kind::Text(&shapes::PATH),
            "Key of the certificate, PEM.",
        ),
        Setting::new(
            "agent.name",
            Kind::Text(&shapes::AGENT_NAME),
            "Name of the agents of this process, to which each adds its number. Unset: names of machine and process.",
        ),
        Setting::new(
            "agent.circuits",
            Kind::Text(&shapes::PATH),
            "Folder with the circuits of the release: the npm package @aztec/noir-protocol-circuits-types or its \
             files. Unset: circuits in storage.data_directory, else what scripts/peers installed.",
        ),
        Setting::new(
            "agent.memory_bytes",
            Kind::Size,
            "Memory for the jobs of all agents together; 0 is nine tenths of what machine and control group give.",
        )
        .default("0"),
        Setting::new(
            "agent.failure_folder",
            Kind::Text(&shapes::PATH),
            "Folder in which each failed job leaves a bundle for `chinampa replay`. Unset: nothing is left.",
        ),
        Setting::new(
            "agent.drain_ms",
            Kind::MILLISECONDS,
            "Time that agents have when a signal or the broker ends them; what does not fit is handed back.",
        )
        .default("25000"),
        Setting::new(
            "agent.spot",
            Kind::Choice(&["auto", "off", "aws", "gcp", "azure"]),
            "Cloud whose metadata service says when this machine is reclaimed; auto goes by the machine's firmware.",
        )
        .default("auto"),
        Setting::new(
            "agent.spot_url",
            Kind::Text(&shapes::URL),
            "Address of the metadata service. Unset: the cloud's own.",
        ),
        Setting::new(
            "agent.spot_file",
            Kind::Text(&shapes::PATH),
            "File that somebody makes when this machine is reclaimed; it may hold the seconds that are left.",
        ),
        Setting::new(
            "agent.spot_interval_ms",
            Kind::Integer(100, 60_000),
            "Time between two looks for a notice that the machine is reclaimed.",
        )
        .default("1000"),
        Setting::new(
            "agent.threads",
            Kind::Integer(0, 4096),
            "CPU threads that the agents share; 0 takes all cores.",
        )
        .default("0")
        .aztec(&[], &["HARDWARE_CONCURRENCY"]),
    ],
};
