//! Settings of a running process: its data, logs and telemetry.
//!
//! Names, defaults and variables of Aztec: `@aztec/kv-store`, `@aztec/foundation`, `@aztec/telemetry-client` 4.1.2.

use super::{Kind, Section, Setting, shapes};

pub(super) static STORAGE: Section = Section {
    name: "storage",
    title: "Data on disk",
    settings: &[Setting::new(
        "storage.data_directory",
        Kind::Text(&shapes::PATH),
        "Folder of everything that outlives a restart. Unset: nothing does.",
    )
    .aztec(&["--data-directory"], &["DATA_DIRECTORY"])],
};

pub(super) static OBSERVABILITY: Section = Section {
    name: "observability",
    title: "Logs and telemetry",
    settings: &[
        Setting::new(
            "observability.log_level",
            Kind::Text(&shapes::LOG_LEVEL),
            "As Aztec writes it (verbose;debug:prover-node) or tracing does (info,chinampa_node=debug).",
        )
        .default("info")
        .flag("--log-level")
        .aztec(&[], &["LOG_LEVEL", "RUST_LOG"]),
        Setting::new("observability.log_format", Kind::Choice(&["human", "json"]), "How a log line looks.")
            .default("human")
            .flag("--log-format")
            .aztec(&[], &["LOG_JSON"])
            .aztec_boolean("json", "human"),
        Setting::new(
            "observability.otlp_metrics_url",
            Kind::Text(&shapes::URL),
            "OTLP/HTTP collector of metrics. Unset: none are sent.",
        )
        .aztec(&["--tel.metricsCollectorUrl"], &["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"])
        .url_secret(),
        Setting::new(
            "observability.otlp_traces_url",
            Kind::Text(&shapes::URL),
            "OTLP/HTTP collector of traces. Unset: none are sent.",
        )
        .aztec(&["--tel.tracesCollectorUrl"], &["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
        .url_secret(),
        Setting::new(
            "observability.otlp_logs_url",
            Kind::Text(&shapes::URL),
            "OTLP/HTTP collector of logs. Unset: none are sent.",
        )
        .aztec(&["--tel.logsCollectorUrl"], &["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"])
        .url_secret(),
        Setting::new(
            "observability.otel_collect_interval_ms",
            Kind::Integer(1, 86_400_000),
            "Time between two exports of metrics.",
        )
        .default("60000")
        .aztec(&["--tel.otelCollectIntervalMs"], &["OTEL_COLLECT_INTERVAL_MS"]),
        Setting::new(
            "observability.otel_export_timeout_ms",
            Kind::Integer(1, 86_400_000),
            "An export is given up after this long.",
        )
        .default("30000")
        .aztec(&["--tel.otelExportTimeoutMs"], &["OTEL_EXPORT_TIMEOUT_MS"]),
        Setting::new(
            "observability.otel_include_metrics",
            Kind::List(&shapes::ANY),
            "Prefixes of the metrics that are exported; empty exports all.",
        )
        .default("")
        .aztec(&["--tel.otelIncludeMetrics"], &["OTEL_INCLUDE_METRICS"]),
        Setting::new(
            "observability.otel_exclude_metrics",
            Kind::List(&shapes::ANY),
            "Prefixes of metrics that are not exported.",
        )
        .default("")
        .aztec(&["--tel.otelExcludeMetrics"], &["OTEL_EXCLUDE_METRICS"]),
    ],
};
