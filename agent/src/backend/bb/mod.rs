//! Real proofs by Barretenberg's own program.
//!
//! # Sources
//! `bb_prover.ts`, `execute.ts` and `verifier_utils` of `@aztec/bb-prover` 4.1.2: commands, files, and what of them goes
//! into a result.

mod avm;
mod folder;
mod process;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chinampa_circuits::{Circuit, Circuits, Variant};
use chinampa_honk::Flavor;
use chinampa_jobs::{
    CircuitOutputs as JobOutputs, JobInputs, JobResult, Proof, RecursiveProof, RequestType,
    VerificationKeyData,
};
use chinampa_kernels::Fr;

use super::real::{Solved, flavor_of, key_data, recursive_proof, solve, words};
use super::simulated::{circuit, provable, verification_key};
use super::{Backend, Phase, ProveError, Work};
use crate::limits::machine_threads;
use avm::AvmInputs;
use folder::WorkFolder;
use process::Program;

/// How bb is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BbConfig {
    /// The program.
    pub program: PathBuf,
    /// Folder for its files.
    pub working_directory: PathBuf,
    /// Folder of the reference string; none is the program's own place.
    pub crs_path: Option<PathBuf>,
    /// Threads for each run; 0 leaves it to the program, which takes all processors.
    pub threads: usize,
    /// Longest run.
    pub time_limit: Duration,
    /// Whether its files stay.
    pub skip_cleanup: bool,
    /// Whether each proof is verified before it is reported, as Aztec's agent does.
    pub verify: bool,
    /// Whether the reference string is one for development: keys then are not those of the release, and are computed.
    pub is_development: bool,
}

/// Proves with the program.
#[derive(Debug)]
pub struct BbBackend {
    config: BbConfig,
    program: Program,
    circuits: Arc<Circuits>,
    request_types: Vec<RequestType>,
    /// Keys under a development reference string.
    keys: Mutex<HashMap<Circuit, Arc<Vec<u8>>>>,
}

/// The options that choose a flavor.
fn arguments(flavor: Flavor) -> &'static [&'static str] {
    match flavor {
        Flavor::UltraRollup => {
            &["--scheme", "ultra_honk", "--oracle_hash", "poseidon2", "--ipa_accumulation", "--disable_zk"]
        }
        Flavor::UltraKeccak => &["--scheme", "ultra_honk", "--oracle_hash", "keccak", "--disable_zk"],
        _ => &["--scheme", "ultra_honk", "--oracle_hash", "poseidon2", "--disable_zk"],
    }
}

impl BbBackend {
    /// A backend on these circuits. Removes what earlier processes left in the working directory.
    pub fn new(config: BbConfig, circuits: Arc<Circuits>) -> Self {
        let swept = folder::sweep(&config.working_directory);
        if swept > 0 {
            tracing::info!(swept, "removed files of processes that were killed");
        }
        let program = Program {
            path: config.program.clone(),
            crs_path: config.crs_path.clone(),
            threads: config.threads,
            time_limit: config.time_limit,
        };
        let mut request_types = provable(&circuits, Variant::Proven);
        if has_avm(&config.program) {
            request_types.insert(0, RequestType::PublicVm);
        }
        Self { config, program, circuits, request_types, keys: Mutex::default() }
    }

    fn prove_circuit(
        &self,
        circuit: Circuit,
        inputs: &JobInputs,
        work: &Work,
    ) -> Result<JobResult, ProveError> {
        let request_type = inputs.request_type();
        let artifact = self.circuits.get(circuit, Variant::Proven).map_err(ProveError::machine)?;
        let Solved { witness, fields, outputs } = solve(&artifact, inputs, self.threads(request_type), work)?;
        work.enter(Phase::Prove);
        let folder = WorkFolder::new(&self.config.working_directory, self.config.skip_cleanup)
            .map_err(ProveError::machine)?;
        let written = folder
            .write("bytecode", artifact.bytecode_gzip())
            .and_then(|()| folder.write("witness.gz", &witness.to_scratch_file()));
        written.map_err(ProveError::machine)?;
        // The witness is as large as the circuit, and bb is about to need the memory.
        drop(witness);
        let flavor = flavor_of(circuit);
        let key = self.key(circuit, request_type, flavor, &folder, work)?;
        folder.write("vk", key.bytes()).map_err(ProveError::machine)?;
        let files = ["prove", "-b", "bytecode", "-w", "witness.gz", "-k", "vk", "-o", "."];
        self.program.run("prove", &[&files, arguments(flavor)].concat(), folder.path(), work)?;
        let proof = self.read_proof(request_type, flavor, &fields, &folder)?;
        if self.config.verify {
            work.enter(Phase::Verify);
            let files = ["verify", "-p", "proof", "-k", "vk", "-i", "public_inputs"];
            self.program.run("verify", &[&files, arguments(flavor)].concat(), folder.path(), work)?;
        }
        let outputs = JobOutputs { public_inputs: outputs, verification_key: key };
        JobResult::circuit(request_type, proof, outputs).map_err(ProveError::job)
    }

    /// Proves the execution of a tx's public calls.
    fn prove_avm(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError> {
        work.enter(Phase::Witness);
        let AvmInputs { all, public } =
            avm::encode(inputs.buffer()).map_err(|error| ProveError::job(format!("PUBLIC_VM: {error}")))?;
        work.enter(Phase::Prove);
        let folder = WorkFolder::new(&self.config.working_directory, self.config.skip_cleanup)
            .map_err(ProveError::machine)?;
        let written = folder
            .write("avm_inputs.bin", &all)
            .and_then(|()| folder.write("avm_public_inputs.bin", &public));
        written.map_err(ProveError::machine)?;
        drop((all, public));
        let files = ["avm_prove", "--avm-inputs", "avm_inputs.bin", "-o", "."];
        self.program.run("avm_prove", &files, folder.path(), work)?;
        let proof = padded(folder.read("proof").map_err(ProveError::machine)?)?;
        if self.config.verify {
            work.enter(Phase::Verify);
            let files = ["avm_verify", "-p", "proof", "--avm-public-inputs", "avm_public_inputs.bin"];
            self.program.run("avm_verify", &files, folder.path(), work)?;
        }
        JobResult::public_vm(proof).map_err(ProveError::job)
    }

    /// The key of a circuit: that of the release, or under a development reference string one that bb computes once.
    fn key(
        &self,
        circuit: Circuit,
        request_type: RequestType,
        flavor: Flavor,
        folder: &WorkFolder,
        work: &Work,
    ) -> Result<VerificationKeyData, ProveError> {
        if !self.config.is_development {
            return verification_key(request_type);
        }
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&circuit).cloned();
        let bytes = match known {
            Some(bytes) => bytes,
            None => {
                let files = ["write_vk", "-b", "bytecode", "-o", "."];
                self.program.run("write_vk", &[&files, arguments(flavor)].concat(), folder.path(), work)?;
                let bytes = Arc::new(folder.read("vk").map_err(ProveError::machine)?);
                self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(circuit, Arc::clone(&bytes));
                bytes
            }
        };
        key_data(&bytes)
    }

    /// What bb wrote, as a result carries it.
    fn read_proof(
        &self,
        request_type: RequestType,
        flavor: Flavor,
        outputs: &[Fr],
        folder: &WorkFolder,
    ) -> Result<RecursiveProof, ProveError> {
        let proof = folder.read("proof").map_err(ProveError::machine)?;
        let public_inputs = folder.read("public_inputs").map_err(ProveError::machine)?;
        recursive_proof(request_type, flavor, outputs, public_inputs, &proof)
    }
}

impl Backend for BbBackend {
    fn name(&self) -> &'static str {
        "bb"
    }

    /// All circuits that are there, and public txs if this bb is built with the AVM, which the npm package's is not.
    fn request_types(&self) -> Vec<RequestType> {
        self.request_types.clone()
    }

    fn threads(&self, _: RequestType) -> usize {
        if self.config.threads == 0 { machine_threads() } else { self.config.threads }
    }

    /// Largest memory that bb 4.1.2 was seen to take for the circuit, and half as much again for the witness and for
    /// more threads than were measured.
    fn ram_bytes(&self, request_type: RequestType) -> u64 {
        let measured_mb = match request_type {
            RequestType::CheckpointPaddingRollup => 100,
            RequestType::BlockRootSingleTxRollup | RequestType::BlockRootEmptyTxFirstRollup => 400,
            RequestType::TxMergeRollup
            | RequestType::BlockRootRollup
            | RequestType::BlockRootSingleTxFirstRollup
            | RequestType::BlockMergeRollup
            | RequestType::CheckpointMergeRollup => 700,
            RequestType::BlockRootFirstRollup | RequestType::PublicChonkVerifier => 1_100,
            RequestType::ParityBase | RequestType::ParityRoot => 1_300,
            RequestType::PrivateTxBaseRollup => 1_900,
            RequestType::CheckpointRootRollup
            | RequestType::CheckpointRootSingleBlockRollup
            | RequestType::PublicTxBaseRollup => 3_600,
            RequestType::RootRollup | RequestType::PublicVm => 6_200,
            // Never claimed: programs are proven natively.
            RequestType::NoirProgram => 0,
        };
        measured_mb * 1_500_000
    }

    fn prove(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError> {
        let request_type = inputs.request_type();
        if request_type == RequestType::PublicVm && self.request_types.contains(&request_type) {
            return self.prove_avm(inputs, work);
        }
        let Some(circuit) = circuit(request_type) else {
            return Err(ProveError::machine(format!("this bb proves no {request_type}")));
        };
        self.prove_circuit(circuit, inputs, work)
    }
}

/// Whether this bb is built with the AVM. The one of the npm package has its commands too, but they only say this.
fn has_avm(program: &Path) -> bool {
    let Ok(image) = std::fs::read(program) else { return false };
    contains(&image, b"--avm-inputs") && !contains(&image, b"AVM is not supported in this build")
}

fn contains(image: &[u8], text: &[u8]) -> bool {
    let mut places = image.iter().enumerate().filter(|(_, byte)| **byte == text[0]);
    places.any(|(at, _)| image[at..].starts_with(text))
}

/// A proof of the AVM as a result carries it: circuits verify one of the greatest length, filled up with zeros.
fn padded(proof: Vec<u8>) -> Result<RecursiveProof, ProveError> {
    let (mut fields, limit) = (words("proof", &proof)?, RequestType::PublicVm.proof_field_count());
    if fields.len() > limit {
        return Err(ProveError::machine(format!("a proof of {} fields, at most {limit} fit", fields.len())));
    }
    fields.resize(limit, [0; 32]);
    let binary = Proof::new(proof, 0).map_err(ProveError::machine)?;
    RecursiveProof::new(fields, binary, true).map_err(ProveError::machine)
}

/// Copies bb and replaces the one constant that ties its verifier to the real ceremony with that of the development
/// reference string, so that `verify` accepts proofs made with it. For tests.
///
/// # Errors
/// [`ProveError::Machine`] if the program cannot be read or is not bb 4.1.2
pub fn write_development_bb(program: &Path, copy: &Path) -> Result<(), ProveError> {
    let mut image = std::fs::read(program).map_err(ProveError::machine)?;
    let real = crate::srs::real_g2();
    let places: Vec<_> = image
        .windows(real.len())
        .enumerate()
        .filter(|(_, window)| *window == real)
        .map(|(at, _)| at)
        .collect();
    let [place] = places[..] else {
        return Err(ProveError::machine(format!("{} is not bb 4.1.2", program.display())));
    };
    image[place..place + real.len()].copy_from_slice(&crate::srs::development_g2());
    std::fs::write(copy, image).map_err(ProveError::machine)?;
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(copy, permissions).map_err(ProveError::machine)
}
