//! Logs: to stderr, through `tracing`, as human text or JSON lines. Results of commands go to stdout and are no logs.

use std::io::{self, IsTerminal as _};

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The part of the observability section that concerns logs.
#[derive(Debug, Deserialize)]
pub(crate) struct LogConfig {
    log_level: String,
    log_format: Format,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Human,
    Json,
}

/// Why a log level is not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum LevelError {
    /// No level has this name.
    #[error("there is no log level {0:?}")]
    Level(String),
    /// A part after a semicolon is not `level:module,module`.
    #[error("{0:?} is not level:module")]
    Statement(String),
    /// Not a tracing directive.
    #[error("{0:?} is not a tracing directive")]
    Directive(String),
}

/// Parts of Aztec's module names, and the crate that does this work here. The first that occurs in a name counts.
const MODULES: [(&str, &str); 12] = [
    ("proving-broker", "chinampa_broker"),
    ("prover-broker", "chinampa_broker"),
    ("proving-agent", "chinampa_agent"),
    ("prover-agent", "chinampa_agent"),
    ("bb-prover", "chinampa_agent"),
    ("prover-node", "chinampa_node"),
    ("prover-client", "chinampa_node"),
    ("orchestrator", "chinampa_node"),
    ("archiver", "chinampa_node"),
    ("world-state", "chinampa_node"),
    ("ethereum", "chinampa_node"),
    ("json-rpc", "chinampa_jobs"),
];

/// Translates Aztec's `LOG_LEVEL` (`level;level:module,module;...`) to tracing directives; text with `=` is taken
/// for directives already. As in Aztec, a later statement counts before an earlier one. Modules that have no
/// counterpart here are left out.
pub(crate) fn filter(text: &str) -> Result<String, LevelError> {
    if text.contains('=') {
        return match EnvFilter::try_new(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(LevelError::Directive(text.to_owned())),
        };
    }
    let mut statements = text.split(';');
    let mut directives = vec![level(statements.next().unwrap_or_default())?.to_owned()];
    for statement in statements.filter(|statement| !statement.is_empty()) {
        let (name, modules) = statement
            .split_once(':')
            .filter(|(_, modules)| !modules.is_empty())
            .ok_or_else(|| LevelError::Statement(statement.to_owned()))?;
        let level = level(name)?;
        for module in modules.split(',') {
            let module = module.trim().to_lowercase();
            let target = MODULES.iter().find(|(part, _)| module.contains(part)).map(|(_, target)| *target);
            let target = target.or_else(|| module.starts_with("chinampa").then_some(module.as_str()));
            directives.extend(target.map(|target| format!("{target}={level}")));
        }
    }
    Ok(directives.join(","))
}

/// The tracing level of one of Aztec's.
fn level(name: &str) -> Result<&'static str, LevelError> {
    match name.trim().to_lowercase().as_str() {
        "silent" | "off" => Ok("off"),
        "fatal" | "error" => Ok("error"),
        "warn" => Ok("warn"),
        "info" => Ok("info"),
        "verbose" | "debug" => Ok("debug"),
        "trace" => Ok("trace"),
        _ => Err(LevelError::Level(name.to_owned())),
    }
}

/// Starts logging. Called once.
pub(crate) fn start(config: &LogConfig) {
    let filter = filter(&config.log_level).expect("the setting is checked when it is read");
    let registry = tracing_subscriber::registry().with(EnvFilter::new(filter));
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    match config.log_format {
        Format::Human => registry.with(lines.with_ansi(io::stderr().is_terminal())).init(),
        Format::Json => registry.with(lines.json().flatten_event(true)).init(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_aztec_become_directives() {
        let cases = [
            ("info", "info"),
            ("verbose", "debug"),
            ("silent", "off"),
            ("verbose;debug:bb-prover", "debug,chinampa_agent=debug"),
            (
                "info;trace:prover-client:proving-broker,aztec:archiver",
                "info,chinampa_broker=trace,chinampa_node=trace",
            ),
            ("info;debug:p2p", "info"),
            ("warn;debug:chinampa_cli", "warn,chinampa_cli=debug"),
        ];
        for (text, directives) in cases {
            assert_eq!(filter(text).as_deref(), Ok(directives), "{text}");
        }
    }

    #[test]
    fn tracing_directives_pass() {
        assert_eq!(filter("info,chinampa_broker=trace").as_deref(), Ok("info,chinampa_broker=trace"));
    }

    #[test]
    fn what_is_neither_is_refused() {
        assert_eq!(filter("loud"), Err(LevelError::Level("loud".to_owned())));
        assert_eq!(filter(""), Err(LevelError::Level(String::new())));
        assert_eq!(filter("info;debug"), Err(LevelError::Statement("debug".to_owned())));
        assert_eq!(filter("info;loud:bb-prover"), Err(LevelError::Level("loud".to_owned())));
        assert!(matches!(filter("a=b=c"), Err(LevelError::Directive(_))));
    }
}
