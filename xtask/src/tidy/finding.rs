//! What a rule reports.

use std::fmt;

/// Whether a finding fails the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Printed.
    Warning,
    /// Printed, and the command fails.
    Error,
}

/// One thing that a rule does not accept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// File, relative to the workspace root.
    pub(crate) path: String,
    /// Line, from 1; absent where the finding is about the whole file.
    pub(crate) line: Option<usize>,
    /// Whether it fails the command.
    pub(crate) severity: Severity,
    /// What is wrong, and what to do.
    pub(crate) message: String,
}

impl Finding {
    /// An error in `path`.
    pub(crate) fn error(path: &str, line: impl Into<Option<usize>>, message: String) -> Self {
        Self { path: path.to_owned(), line: line.into(), severity: Severity::Error, message }
    }

    /// A warning about the whole of `path`.
    pub(crate) fn warning(path: &str, message: String) -> Self {
        Self { path: path.to_owned(), line: None, severity: Severity::Warning, message }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        match self.line {
            Some(line) => write!(f, "{severity}: {}:{line}: {}", self.path, self.message),
            None => write!(f, "{severity}: {}: {}", self.path, self.message),
        }
    }
}
