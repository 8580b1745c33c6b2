//! `chinampa prove`, `write_vk`, `gates`, `verify` and `write_solidity_verifier`: native UltraHonk with the flags and files of
//! `bb` 4.1.2, so that scripts and Aztec's agents can call either.

mod gates;
mod process;
mod prove;
mod steps;
mod target;
mod tau;
mod verify;
mod write_solidity_verifier;
mod write_vk;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chinampa_agent::srs::{G1_FILE, GRUMPKIN_FILE, SrsFolder};
use chinampa_circuits::{Artifact, ArtifactError, CircuitError, UltraProgram, WitnessFileError};
use chinampa_honk::ipa::GrumpkinSrs;
use chinampa_honk::prove::ProveError;
use chinampa_honk::srs::{ProverSrs, SrsError};
use chinampa_honk::{Flavor, KeyError, SolidityError, VerificationKey};

pub(crate) use gates::Gates;
pub(crate) use prove::Prove;
pub(crate) use target::TargetFlags;
pub(crate) use verify::{Verify, VerifyError};
pub(crate) use write_solidity_verifier::WriteSolidityVerifier;
pub(crate) use write_vk::WriteVk;

/// Why a command of native proofs failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HonkError {
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
    Program {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ArtifactError,
    },
    /// The witness cannot be read.
    #[error("{path}: {source}")]
    Witness {
        /// The file.
        path: PathBuf,
        /// Why.
        source: WitnessFileError,
    },
    /// The verification key cannot be read.
    #[error("{path}: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// The program has no circuit, or the witness does not satisfy it.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The reference string cannot be used.
    #[error("{path}: {source}")]
    Srs {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SrsError,
    },
    /// The folder of the reference string is not fit for proofs.
    #[error(transparent)]
    SrsFolder(#[from] chinampa_agent::srs::SrsError),
    /// The proof cannot be made.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The point of a development string cannot be read.
    #[error(transparent)]
    Tau(#[from] tau::TauError),
    /// There is no contract.
    #[error(transparent)]
    Solidity(#[from] SolidityError),
    /// The flags name no flavor.
    #[error(transparent)]
    Flags(#[from] target::TargetError),
    /// The operating system gives no random numbers.
    #[error("random numbers: {0}")]
    Randomness(getrandom::Error),
    /// The command cannot run as it is asked to.
    #[error(transparent)]
    Process(#[from] process::ProcessError),
    /// The result cannot be shown.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, HonkError> {
    fs::read(path).map_err(|source| HonkError::File { path: path.into(), source })
}

pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), HonkError> {
    fs::create_dir_all(folder).map_err(|source| HonkError::File { path: folder.into(), source })?;
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(|source| HonkError::File { path, source })
}

/// The files of a key: `vk` and `vk_hash`.
fn write_key(folder: &Path, flavor: Flavor, key: &VerificationKey) -> Result<(), HonkError> {
    let hash = flavor.oracle_hash();
    write(folder, "vk", &key.to_bytes(hash))?;
    write(folder, "vk_hash", &key.hash(hash).to_be_bytes())
}

/// Whether a program is the JSON of an artifact, or else gzip of its bytecode.
fn is_artifact(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn read_artifact(path: &Path) -> Result<Artifact, HonkError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let artifact = Artifact::from_json(&name, &read(path)?);
    artifact.map_err(|source| HonkError::Program { path: path.into(), source })
}

/// Reads the bytecode of a program, which is behind gzip.
pub(crate) fn read_bytecode(path: &Path) -> Result<Vec<u8>, HonkError> {
    if is_artifact(path) { Ok(read_artifact(path)?.bytecode_gzip().to_vec()) } else { read(path) }
}

/// Reads a program.
fn read_program(path: &Path) -> Result<UltraProgram, HonkError> {
    if is_artifact(path) {
        return Ok(UltraProgram::of_artifact(&read_artifact(path)?));
    }
    let program = UltraProgram::from_gzip(&read(path)?);
    program.map_err(|source| HonkError::Program { path: path.into(), source })
}

/// The folder of reference strings: the one given, CRS_PATH, or `~/.bb-crs`.
fn reference_folder(folder: Option<&Path>) -> PathBuf {
    let default = || {
        let home = std::env::home_dir().unwrap_or_default();
        std::env::var_os("CRS_PATH").map_or_else(|| home.join(".bb-crs"), PathBuf::from)
    };
    folder.map_or_else(default, Path::to_owned)
}

/// A file of that folder.
fn reference_file(folder: Option<&Path>, name: &str) -> PathBuf {
    reference_folder(folder).join(name)
}

/// Refuses a reference string whose secret is public, unless `dev` allows one.
fn check_srs(folder: Option<&Path>, dev: bool) -> Result<(), HonkError> {
    SrsFolder::open(&reference_folder(folder))?.allow(dev)?;
    Ok(())
}

/// Reads as many points as a circuit needs, from where `bb` looks for them.
fn read_srs(folder: Option<&Path>, count: usize) -> Result<ProverSrs, HonkError> {
    let path = reference_file(folder, G1_FILE);
    ProverSrs::read(&path, count).map_err(|source| HonkError::Srs { path, source })
}

/// The generators of Grumpkin. A file that is not there or not right only costs time: they are derived then.
fn read_grumpkin(folder: Option<&Path>) -> GrumpkinSrs {
    let cached = fs::read(reference_file(folder, GRUMPKIN_FILE)).ok();
    let cached = cached.and_then(|bytes| GrumpkinSrs::from_bytes(&bytes).ok());
    cached.unwrap_or_else(GrumpkinSrs::derive)
}
