//! `chinampa write_solidity_verifier`: a contract that verifies proofs of one circuit.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chinampa_agent::srs::G2_FILE;
use chinampa_honk::{VerificationKey, VerifierSrs, solidity_verifier};
use chinampa_kernels::pairing::{G2_BYTES, G2Affine, G2Error};
use clap::Args;

use super::target::TargetFlags;
use super::{HonkError, read, reference_file};

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
        let tau = if self.dev { self.read_tau()? } else { VerifierSrs::ignition_tau() };
        let contract = solidity_verifier(flavor, &key, &tau)?;
        if self.output == Path::new("-") {
            return Ok(std::io::stdout().lock().write_all(contract.as_bytes())?);
        }
        fs::write(&self.output, contract)
            .map_err(|source| HonkError::File { path: self.output.clone(), source })
    }

    fn read_tau(&self) -> Result<G2Affine, HonkError> {
        let path = reference_file(self.crs.as_deref(), G2_FILE);
        let bytes = read(&path)?;
        let tau = match <&[u8; G2_BYTES]>::try_from(bytes.as_slice()) {
            Ok(bytes) => G2Affine::from_be_bytes(bytes).map_err(PointError::Point),
            Err(_) => Err(PointError::Length { actual: bytes.len() }),
        };
        tau.map_err(|source| HonkError::Point { path, source })
    }
}

/// Why a file is not the point of a reference string.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PointError {
    /// The file has another length.
    #[error("{actual} bytes, expected {G2_BYTES}")]
    Length {
        /// Its length in bytes.
        actual: usize,
    },
    /// The coordinates are not those of a point.
    #[error(transparent)]
    Point(G2Error),
}
