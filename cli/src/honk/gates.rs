//! `chinampa gates`: the size of a program's circuit.

use std::path::PathBuf;

use chinampa_circuits::BackendInputs;
use clap::Args;
use serde_json::json;

use super::process::Process;
use super::target::TargetFlags;
use super::{HonkError, read_program};
use crate::output;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct Gates {
    /// The program: an artifact (`.json`), or gzip of its bytecode.
    #[arg(short = 'b', long = "bytecode_path", default_value = "./target/program.json")]
    bytecode: PathBuf,
    #[command(flatten)]
    target: TargetFlags,
    #[command(flatten)]
    process: Process,
}

impl Gates {
    /// Builds the circuit and prints its numbers.
    pub(crate) fn run(&self) -> Result<(), HonkError> {
        let program = read_program(&self.bytecode)?;
        let backend = BackendInputs::of_key(self.target.flavor()?);
        let circuit = self.process.run(|| program.key_circuit(backend))??;
        let trace = circuit.into_trace();
        let size = trace.tables_len.max(trace.last_active_row);
        let function = json!({ "acir_opcodes": program.opcode_count(), "circuit_size": size });
        Ok(output::json(&json!({ "functions": [function] }))?)
    }
}
