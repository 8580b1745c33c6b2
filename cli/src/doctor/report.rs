//! The lines of the report and how they look.

use std::fmt;

use serde::Serialize;

/// Judgement of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Good.
    Pass,
    /// It runs, but less well, or something optional is missing.
    Warn,
    /// The configured parts cannot run.
    Fail,
}

/// One examined thing.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    /// What was examined.
    pub(super) name: &'static str,
    /// The judgement.
    pub(super) status: Status,
    /// What was found.
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl Line {
    /// A good line.
    pub(super) fn pass(name: &'static str, found: String) -> Self {
        Self { name, status: Status::Pass, found, next: None }
    }

    /// A line with a next step.
    pub(super) fn advise(name: &'static str, status: Status, found: String, next: &str) -> Self {
        Self { name, status, found, next: Some(next.to_owned()) }
    }
}

/// All lines.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// In the order of the examination.
    pub(super) lines: Vec<Line>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            let status = match line.status {
                Status::Pass => "pass",
                Status::Warn => "warn",
                Status::Fail => "FAIL",
            };
            writeln!(f, "{status}  {:<15} {}", line.name, line.found)?;
            if let Some(next) = &line.next {
                writeln!(f, "{:22}{next}", "")?;
            }
        }
        Ok(())
    }
}
