//! `chinampa write_solidity_verifier`: a contract that verifies proofs of one circuit.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chinampa_honk::{VerificationKey, VerifierSrs, solidity_verifier};
use clap::Args;

use super::target::TargetFlags;
use super::tau::read_tau;
use super::{HonkError, read};

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct WriteSolidityVerifier {
    /// The circuit's verification key, over Keccak.
    #[arg(short = 'k', long = "vk_path", default_value = "./target/vk")]
    key: PathBuf,
    /// The file to write; `-` is standard output.
    #[arg(short = 'o', long = "output_path", default_value = "./target/Verifier.sol")]
    output: PathBuf,
    /// Taken as bb takes it. There is one contract, with it and without.
    #[arg(long)]
    optimized: bool,
    /// Folder of the reference strings, for `--dev`; without it CRS_PATH, or ~/.bb-crs.
    #[arg(short = 'c', long = "crs_path")]
    crs: Option<PathBuf>,
    /// For proofs on a reference string for development: the folder's bn254_g2.dat counts, not the ceremony's point.
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    target: TargetFlags,
}

impl WriteSolidityVerifier {
    /// Reads the key and writes the contract.
    pub(crate) fn run(&self) -> Result<(), HonkError> {
        let flavor = self.target.contract_flavor()?;
        let key = VerificationKey::from_bytes(flavor.oracle_hash(), &read(&self.key)?)
            .map_err(|source| HonkError::Key { path: self.key.clone(), source })?;
        let tau = if self.dev { read_tau(self.crs.as_deref())? } else { VerifierSrs::ignition_tau() };
        let contract = solidity_verifier(flavor, &key, &tau)?;
        if self.output == Path::new("-") {
            return Ok(std::io::stdout().lock().write_all(contract.as_bytes())?);
        }
        fs::write(&self.output, contract)
            .map_err(|source| HonkError::File { path: self.output.clone(), source })
    }
}
