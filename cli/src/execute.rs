//! `chinampa execute`: a Noir program and its inputs in, a witness file out.

use std::fs;
use std::io;
use std::path::PathBuf;

use chinampa_circuits::{Artifact, ArtifactError, InputError, Oracle, OracleError, SolveError};
use chinampa_kernels::Fr;
use clap::Args;
use serde_json::{Map, Value};

use crate::output;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct Execute {
    /// The compiled program: the JSON that `nargo compile` of Noir 1.0.0-beta.18 writes.
    artifact: PathBuf,
    /// Its inputs, as `Prover.toml` has them. Without it, the program takes none.
    #[arg(long)]
    inputs: Option<PathBuf>,
    /// Where the witness goes: the file that `bb prove -w` reads.
    #[arg(long, short)]
    output: PathBuf,
}

/// Why there is no witness.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program cannot be read.
    #[error("{path}: {source}")]
    Artifact {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ArtifactError,
    },
    /// The inputs are not TOML.
    #[error("{path}: {source}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Why.
        source: toml::de::Error,
    },
    /// The inputs are not those of the program.
    #[error("inputs: {0}")]
    Inputs(#[from] InputError),
    /// The inputs break an assertion, or the program asks for what is not there.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The result cannot be shown.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

/// Answers `print`, and nothing else.
struct Printer;

impl Oracle for Printer {
    fn call(&mut self, name: &str, arguments: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, OracleError> {
        if name != "print" {
            return Err(OracleError::Unknown);
        }
        let fields: Vec<String> = arguments.iter().flatten().map(ToString::to_string).collect();
        tracing::info!("the program prints {}", fields.join(" "));
        Ok(Vec::new())
    }
}

/// Solves and writes; prints what the program returned, one field a line.
pub(crate) fn run(arguments: &Execute) -> Result<(), ExecuteError> {
    let read =
        |path: &PathBuf| fs::read(path).map_err(|source| ExecuteError::File { path: path.clone(), source });
    let path = &arguments.artifact;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let artifact = Artifact::from_json(&name, &read(path)?)
        .map_err(|source| ExecuteError::Artifact { path: path.clone(), source })?;
    let mut values = match &arguments.inputs {
        None => Map::new(),
        Some(path) => {
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            toml::from_str::<Map<String, Value>>(&text)
                .map_err(|source| ExecuteError::Toml { path: path.clone(), source })?
        }
    };
    // What the program is expected to return may be noted beside its inputs.
    values.remove("return");
    let witness = artifact.solve(&artifact.abi().encode(&values)?, &mut Printer)?;
    let path = &arguments.output;
    fs::write(path, witness.to_file()).map_err(|source| ExecuteError::File { path: path.clone(), source })?;
    let returned = artifact.outputs(&witness)?;
    output::text(&returned.iter().map(|field| format!("{field}\n")).collect::<String>())?;
    Ok(())
}
