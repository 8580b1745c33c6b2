//! The table of settings against the configuration of the real Aztec packages (`env_config.txt`), so that a typing
//! error in a variable or a default fails. The table is read from `docs/flags.md`, which is itself compared with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chinampa_testkit::vectors;

/// Variables that the recorded configuration mappings do not list, and where they are real all the same.
const EXCEPTIONS: [(&str, &[&str]); 5] = [
    (
        "options of `aztec start` itself",
        &[
            "API_PREFIX",
            "AZTEC_ADMIN_API_KEY_HASH",
            "AZTEC_ADMIN_PORT",
            "AZTEC_DISABLE_ADMIN_API_KEY",
            "AZTEC_PORT",
            "AZTEC_RESET_ADMIN_API_KEY",
            "NETWORK",
        ],
    ),
    (
        "the telemetry mapping, which was not recorded",
        &[
            "OTEL_COLLECT_INTERVAL_MS",
            "OTEL_EXCLUDE_METRICS",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORT_TIMEOUT_MS",
            "OTEL_INCLUDE_METRICS",
            "PUBLIC_OTEL_COLLECT_FROM",
            "PUBLIC_OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "PUBLIC_OTEL_INCLUDE_METRICS",
            "PUBLIC_OTEL_OPT_OUT",
        ],
    ),
    ("the mapping of contract addresses, nested in others", &["REGISTRY_CONTRACT_ADDRESS"]),
    (
        "read by the logger or by bb, not by a mapping",
        &["CRS_PATH", "HARDWARE_CONCURRENCY", "LOG_JSON", "LOG_LEVEL"],
    ),
    ("not Aztec's: the usual variable of tracing", &["RUST_LOG"]),
];

/// Settings whose default is not Aztec's, and why.
const OTHER_DEFAULTS: [(&str, &str); 3] = [
    ("RPC_MAX_BODY_SIZE", "1mb, in which a checkpoint root does not fit"),
    ("L1_CHAIN_ID", "Aztec falls back to the chain of a local network; here it must be named"),
    ("PROVER_REAL_PROOFS", "a choice of words here; true is real"),
];

/// A row of a table in `docs/flags.md`.
struct Row {
    variables: Vec<String>,
    default: String,
}

/// The words in backquotes in a cell.
fn code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/flags.md");
    let text = fs::read_to_string(path).unwrap();
    let cells =
        text.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').collect::<Vec<_>>());
    let rows = cells.map(|cells| match cells.len() {
        // key, flags, environment, value, default, meaning; or flags, environment, why: with an empty cell on both sides.
        8 => Row { variables: code(cells[3]), default: code(cells[5]).concat() },
        5 => Row { variables: code(cells[2]), default: String::new() },
        count => panic!("a row of {count} cells: {cells:?}"),
    });
    let rows = rows.map(|row| {
        let aztec = row.variables.into_iter().filter(|name| !name.starts_with("CHINAMPA_"));
        Row { variables: aztec.collect(), default: row.default }
    });
    rows.collect()
}

/// Every recorded variable with the defaults that mappings give it.
fn recorded() -> BTreeMap<String, Vec<String>> {
    let mut recorded: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in vectors::text("env_config.txt").lines() {
        let cells = line.split('|').map(str::trim).collect::<Vec<_>>();
        let [_, names, default, ..] = cells[..] else { continue };
        for name in names.replace("fb:", "").split([' ', ',']).filter(|name| !name.is_empty() && *name != "-")
        {
            recorded.entry(name.to_owned()).or_default().push(default.to_owned());
        }
    }
    recorded
}

#[test]
fn every_variable_is_one_of_aztec() {
    let recorded = recorded();
    let is_exception = |name: &str| EXCEPTIONS.iter().any(|(_, names)| names.contains(&name));
    let mut seen = 0;
    for name in rows().iter().flat_map(|row| &row.variables) {
        seen += 1;
        assert!(
            recorded.contains_key(name) != is_exception(name),
            "{name} is recorded or an exception, not both"
        );
    }
    assert!(seen > 100, "the documentation lists only {seen} variables");
    for name in EXCEPTIONS.iter().flat_map(|(_, names)| *names) {
        assert!(
            rows().iter().any(|row| row.variables.iter().any(|known| known == name)),
            "{name} is not needed"
        );
    }
}

#[test]
fn defaults_are_those_of_aztec() {
    let recorded = recorded();
    let mut compared = 0;
    for row in rows() {
        let Some(name) = row.variables.first() else { continue };
        let theirs = recorded.get(name).and_then(|defaults| defaults.iter().find(|text| !text.is_empty()));
        let Some(theirs) = theirs.filter(|_| !row.default.is_empty()) else { continue };
        if OTHER_DEFAULTS.iter().any(|(other, _)| other == name) {
            continue;
        }
        let ours = row.default.strip_suffix(".0").unwrap_or(&row.default);
        assert_eq!(ours, theirs, "{name}");
        compared += 1;
    }
    assert!(compared > 50, "only {compared} defaults are compared");
}
