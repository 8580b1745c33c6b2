//! What can be wrong with a configuration. Values of secret settings never enter an error.

use std::fmt;
use std::path::PathBuf;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The table of settings.
    Default,
    /// A line of the file, from 1.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// A variable.
    Env(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// One mistake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{place}: not TOML: {message}")]
    Syntax {
        /// The line.
        place: Place,
        /// What the parser expected there.
        message: String,
    },
    /// No setting has this name.
    #[error("{place}: there is no setting {name}{}", suggestion(nearest.as_deref()))]
    Unknown {
        /// Where it is set.
        place: Place,
        /// The name.
        name: String,
        /// A setting with a similar name.
        nearest: Option<String>,
    },
    /// The value is not one that the setting accepts.
    #[error("{place}: {key}: expected {expected}, found {found}")]
    Value {
        /// Where it is set.
        place: Place,
        /// The setting.
        key: &'static str,
        /// What the setting accepts.
        expected: String,
        /// The value, or what kind of value it is if it must not be shown.
        found: String,
    },
    /// The command line sets it more than once.
    #[error("{key} is set by {first} and again by {second}")]
    Twice {
        /// The setting.
        key: &'static str,
        /// A flag.
        first: String,
        /// The same flag, or another one with the same meaning.
        second: String,
    },
    /// Two values do not fit together, or one is missing.
    #[error("{key}: {message}")]
    Unusable {
        /// The setting to change.
        key: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

impl ConfigError {
    /// The line of the file that the mistake is in; 0 where it is not in the file.
    pub(super) fn line(&self) -> usize {
        let (Self::Syntax { place, .. } | Self::Unknown { place, .. } | Self::Value { place, .. }) = self
        else {
            return 0;
        };
        if let Place::File { line, .. } = place { *line } else { 0 }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// Every mistake that was found, at least one.
#[derive(Debug)]
pub(crate) struct ConfigErrors(pub(crate) Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().map(ToString::to_string).collect::<Vec<_>>();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigErrors {}
