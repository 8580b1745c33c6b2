//! `chinampa write_vk`: the verification key of a program.

use std::path::PathBuf;

use chinampa_circuits::BackendInputs;
use chinampa_honk::VerificationKey;
use clap::Args;

use super::process::Process;
use super::target::TargetFlags;
use super::{G1_FILE, HonkError, read_program, read_srs, write_key};

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct WriteVk {
    /// The program: an artifact (`.json`), or gzip of its bytecode.
    #[arg(short = 'b', long = "bytecode_path", default_value = "./target/program.json")]
    bytecode: PathBuf,
    /// Folder for the files `vk` and `vk_hash`.
    #[arg(short = 'o', long = "output_path", default_value = "./target")]
    output: PathBuf,
    /// Folder of the reference string; without it CRS_PATH, or ~/.bb-crs.
    #[arg(short = 'c', long = "crs_path")]
    crs: Option<PathBuf>,
    #[command(flatten)]
    target: TargetFlags,
    #[command(flatten)]
    process: Process,
}

impl WriteVk {
    /// Builds the circuit and writes its key.
    pub(crate) fn run(&self) -> Result<(), HonkError> {
        self.process.run(|| {
            let flavor = self.target.flavor()?;
            let circuit = read_program(&self.bytecode)?.key_circuit(BackendInputs::of_key(flavor))?;
            let trace = circuit.into_trace();
            let srs = read_srs(self.crs.as_deref(), trace.size())?;
            let key = VerificationKey::from_trace(&trace, srs.points())
                .map_err(|source| HonkError::Srs { path: G1_FILE.into(), source })?;
            write_key(&self.output, flavor, &key)
        })?
    }
}
