//! `chinampa doctor`: what this machine is good for. Each line passes, warns or fails, and says the next step. Only
//! what the configured parts cannot run without fails.

mod backends;
mod machine;
mod memory;
mod programs;
mod report;

use std::path::PathBuf;

use serde::Deserialize;

use crate::config::Resolved;
use crate::exit::{Error, Exit};
use crate::output;
use report::{Report, Status};

#[derive(Debug, Deserialize)]
struct Roles {
    prover_agent: bool,
}

#[derive(Debug, Deserialize)]
struct Prover {
    proofs: String,
}

#[derive(Debug, Deserialize)]
struct Bb {
    binary_path: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Storage {
    data_directory: Option<PathBuf>,
}

/// Examines the machine for the configuration and prints a line for each part of it.
pub(crate) fn run(config: &Resolved, json: bool) -> Result<Exit, Error> {
    let (roles, prover): (Roles, Prover) = (config.section("roles"), config.section("prover"));
    let (bb, storage): (Bb, Storage) = (config.section("bb"), config.section("storage"));
    let bb_is_needed = roles.prover_agent && prover.proofs == "real";
    let mut lines = vec![
        machine::cores(),
        memory::check(std::path::Path::new("/")),
        machine::cpu_features(),
        machine::c_library(),
        machine::data_directory(storage.data_directory.as_deref()),
    ];
    lines.extend(programs::check(bb.binary_path, bb_is_needed));
    lines.extend(backends::check(config, roles.prover_agent, bb_is_needed));
    let report = Report { lines };
    tracing::debug!(lines = report.lines.len(), bb_is_needed, "the machine is examined");
    if json {
        output::json(&report)?;
    } else {
        output::text(&report.to_string())?;
    }
    let failed = report.lines.iter().any(|line| line.status == Status::Fail);
    Ok(if failed { Exit::MissingDependency } else { Exit::Success })
}
