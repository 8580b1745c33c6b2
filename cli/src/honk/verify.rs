//! `chinampa verify`: a key, public inputs and a proof in, exit code 0 or 1 out.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chinampa_honk::{Flavor, KeyError, Proof, ProofError, VerificationKey, VerifierSrs, verify_proof};
use clap::Args;

use super::process::{Process, ProcessError};
use super::read_grumpkin;
use super::target::{TargetError, TargetFlags};
use super::tau::{TauError, read_tau};

/// Longest file that is read: public inputs of the largest circuit are shorter.
const MAX_FILE_LEN: u64 = 1 << 28;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The proof.
    #[arg(short, long = "proof_path", value_name = "FILE", default_value = "./target/proof")]
    proof_path: PathBuf,
    /// The circuit's verification key.
    #[arg(short = 'k', long = "vk_path", value_name = "FILE", default_value = "./target/vk")]
    vk_path: PathBuf,
    /// The program's public inputs.
    #[arg(
        short = 'i',
        long = "public_inputs_path",
        value_name = "FILE",
        default_value = "./target/public_inputs"
    )]
    public_inputs_path: PathBuf,
    #[command(flatten)]
    target: TargetFlags,
    /// Folder of the reference strings; without it CRS_PATH, or ~/.bb-crs.
    #[arg(short = 'c', long = "crs_path")]
    crs: Option<PathBuf>,
    /// The reference string is one for development, whose secret is public: the folder's bn254_g2.dat counts, not the
    /// ceremony's point.
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    process: Process,
}

/// Why a proof is not taken. The texts that start with `Proof verification failed` are bb's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    /// The flags name no flavor.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A file cannot be read.
    #[error("Unable to open file: {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key is none of the flavor.
    #[error("Proof verification failed: invalid verification key: {0}")]
    Key(KeyError),
    /// The files have the wrong lengths for the key.
    #[error("Proof verification failed: {0}")]
    Proof(ProofError),
    /// The proof does not verify.
    #[error("Proof verification failed: {0}")]
    Verify(chinampa_honk::VerifyError),
    /// The command cannot run as it is asked to.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The point of a development string cannot be read.
    #[error(transparent)]
    Tau(#[from] TauError),
}

impl Verify {
    /// Verifies; says so on standard error, as bb does.
    pub(crate) fn run(&self) -> Result<(), VerifyError> {
        let flavor = self.target.flavor()?;
        let [public_inputs, proof, key] =
            [&self.public_inputs_path, &self.proof_path, &self.vk_path].map(|path| read(path));
        let (public_inputs, proof, key) = (public_inputs?, proof?, key?);
        let key = VerificationKey::from_bytes(flavor.oracle_hash(), &key).map_err(VerifyError::Key)?;
        let proof = Proof::from_files(flavor, &key, &public_inputs, &proof).map_err(VerifyError::Proof)?;
        let srs = self.reference_string(flavor)?;
        if self.process.is_verbose() {
            eprintln!(
                "{}, 2^{} rows, {} public inputs",
                flavor.target(),
                key.log_circuit_size,
                key.num_public_inputs
            );
        }
        self.process.run(|| verify_proof(&key, &proof, &srs))?.map_err(VerifyError::Verify)?;
        eprintln!("Proof verified successfully");
        Ok(())
    }

    fn reference_string(&self, flavor: Flavor) -> Result<VerifierSrs, VerifyError> {
        let folder = self.crs.as_deref();
        let srs = if self.dev { VerifierSrs::new(&read_tau(folder)?) } else { VerifierSrs::ignition() };
        Ok(if flavor.has_ipa() { srs.with_grumpkin(read_grumpkin(folder)) } else { srs })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    let error = |source| VerifyError::File { path: path.into(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(error)?.take(MAX_FILE_LEN).read_to_end(&mut bytes).map_err(error)?;
    Ok(bytes)
}
