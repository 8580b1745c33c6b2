//! Real proofs by our own prover, of the circuits that it has so far, those that verify no other proof, and of programs of
//! Noir developers.

mod program;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chinampa_circuits::{BackendInputs, Circuit, Circuits, UltraProgram, Variant};
use chinampa_honk::ipa::{self, IpaClaim};
use chinampa_honk::prove::{
    ProveError as HonkError, Prover, Randomness, any_peak_memory_bytes, least_memory_bytes, peak_memory_bytes,
};
use chinampa_honk::srs::{MAX_TABLE_POINTS, ProverSrs, SrsError, SrsTables};
use chinampa_honk::trace::Trace;
use chinampa_honk::transcript::Word;
use chinampa_honk::{Flavor, Proof as HonkProof, VerificationKey, VerifierSrs, verify_proof};
use chinampa_jobs::{CircuitOutputs as JobOutputs, JobInputs, JobResult, RequestType, VerificationKeyData};
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::program::ProgramKeys;
use super::real::{Solved, flavor_of, key_data, recursive_proof, solve};
use super::simulated::{circuit, verification_key};
use super::{Backend, Phase, ProveError, Work};
use crate::limits::machine_threads;
use crate::srs::{G1_FILE, verifier_srs};

/// Most memory of artifact, program and witness, in bytes.
const PROGRAM_BYTES: u64 = 300 << 20;

/// How our prover is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeConfig {
    /// Folder of the reference string.
    pub srs_path: PathBuf,
    /// Whether it is one for development: keys then are not those of the release, and are computed.
    pub is_development: bool,
    /// Threads of a proof; 0 takes all processors.
    pub threads: usize,
    /// Whether each proof is verified before it is reported.
    pub verify: bool,
    /// Logarithm of the rows of the largest program that is proven; none takes no programs.
    pub program_log2: Option<u32>,
    /// Memory that jobs may take together, in bytes. A circuit that would take more is proven with less where it can be, which
    /// takes longer.
    pub memory_bytes: u64,
    /// Most bytes of tables of multiples of the reference string's points, which are made once; 0 makes none.
    pub msm_table_bytes: usize,
}

/// Proves with our own UltraHonk.
#[derive(Debug)]
pub struct NativeBackend {
    config: NativeConfig,
    circuits: Arc<Circuits>,
    request_types: Vec<RequestType>,
    pool: ThreadPool,
    verifier: VerifierSrs,
    /// The claim that circuits carry which verify none, and its proof.
    filler: OnceLock<(IpaClaim, Vec<Word>)>,
    /// The longest run of points that was needed so far.
    points: Mutex<Option<Arc<ProverSrs>>>,
    /// Keys under a development reference string.
    keys: Mutex<Vec<(Circuit, VerificationKey)>>,
    /// Keys of programs of Noir developers.
    program_keys: Mutex<ProgramKeys>,
}

impl NativeBackend {
    /// A backend on these circuits.
    ///
    /// # Errors
    /// [`ProveError::Machine`] if threads cannot be started
    pub fn new(config: NativeConfig, circuits: Arc<Circuits>) -> Result<Self, ProveError> {
        let threads = if config.threads == 0 { machine_threads() } else { config.threads };
        let pool =
            ThreadPoolBuilder::new().num_threads(threads).thread_name(|index| format!("prove-{index}"));
        let mut request_types: Vec<_> =
            RequestType::ALL.into_iter().filter(|kind| has_circuit(&circuits, *kind)).collect();
        request_types.extend(config.program_log2.map(|_| RequestType::NoirProgram));
        let verifier = verifier_srs(config.is_development);
        Ok(Self {
            config,
            circuits,
            request_types,
            pool: pool.build().map_err(ProveError::machine)?,
            verifier,
            filler: OnceLock::new(),
            points: Mutex::default(),
            keys: Mutex::default(),
            program_keys: Mutex::default(),
        })
    }

    fn prove_circuit(
        &self,
        circuit: Circuit,
        inputs: &JobInputs,
        work: &Work,
    ) -> Result<JobResult, ProveError> {
        let request_type = inputs.request_type();
        let flavor = flavor_of(circuit);
        let artifact = self.circuits.get(circuit, Variant::Proven).map_err(ProveError::machine)?;
        let Solved { witness, fields, outputs } =
            solve(&artifact, inputs, self.pool.current_num_threads(), work)?;
        work.enter(Phase::Prove);
        let program = UltraProgram::of_artifact(&artifact);
        let (backend, ipa_proof) = self.backend_inputs(flavor);
        let built = program.proof_circuit(witness, backend).map_err(ProveError::job)?;
        drop(program);
        check(work)?;
        let trace = built.into_trace();
        let srs = self.points(trace.size())?;
        let (key, data) = self.key(circuit, request_type, &trace, &srs)?;
        let proof = self.prove_trace(flavor, trace, &key, ipa_proof, &srs, work)?;
        let proof = recursive_proof(
            request_type,
            flavor,
            &fields,
            proof.public_inputs_bytes(),
            &proof.proof_bytes(),
        )?;
        let outputs = JobOutputs { public_inputs: outputs, verification_key: data };
        JobResult::circuit(request_type, proof, outputs).map_err(ProveError::job)
    }

    /// A proof of a trace, verified if that is wanted.
    fn prove_trace(
        &self,
        flavor: Flavor,
        trace: Trace,
        key: &VerificationKey,
        ipa_proof: &[Word],
        srs: &ProverSrs,
        work: &Work,
    ) -> Result<HonkProof, ProveError> {
        check(work)?;
        let go_on = |_| if work.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let memory_bytes = self.circuit_ram_bytes(trace.log_size) - self.bytes_beside();
        let mut prover =
            Prover::new(srs).with_ipa_proof(ipa_proof).with_progress(&go_on).with_memory(memory_bytes);
        if flavor.has_zk() {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(ProveError::machine)?;
            prover = prover.with_randomness(Randomness::from_seed(seed));
        }
        let proved = prover.prove(flavor, trace, key).map_err(not_proven)?;
        let phases = proved.phases.iter();
        let phases: Vec<_> =
            phases.map(|time| format!("{}={}ms", time.phase.name(), time.duration.as_millis())).collect();
        tracing::debug!(flavor = flavor.target(), phases = phases.join(" "), "proved");
        if self.config.verify {
            work.enter(Phase::Verify);
            verify_proof(key, &proved.proof, &self.verifier).map_err(ProveError::machine)?;
        }
        Ok(proved.proof)
    }

    /// What is appended to the public inputs, and the IPA proof that goes with it.
    fn backend_inputs(&self, flavor: Flavor) -> (BackendInputs, &[Word]) {
        if !flavor.has_ipa() {
            return (BackendInputs::PairingPoints, &[]);
        }
        let (claim, proof) = self.filler.get_or_init(|| ipa::filler(self.verifier.grumpkin()));
        (BackendInputs::PairingPointsAndIpaClaim(*claim), proof)
    }

    /// Most memory that a circuit of the release of `2^log_size` rows takes, in bytes: what makes it fastest, or where there is not as
    /// much, the least that it can do with.
    fn circuit_ram_bytes(&self, log_size: u32) -> u64 {
        let fastest = self.bytes_beside() + peak_memory_bytes(log_size);
        if fastest <= self.config.memory_bytes {
            return fastest;
        }
        self.bytes_beside() + least_memory_bytes(log_size)
    }

    /// Most memory beside that of a proof, in bytes: artifact, program, witness and tables.
    fn bytes_beside(&self) -> u64 {
        PROGRAM_BYTES + ProverSrs::tables_bytes(MAX_TABLE_POINTS, self.config.msm_table_bytes) as u64
    }

    /// At least `count` points. They are read once, and again when a larger circuit comes.
    fn points(&self, count: usize) -> Result<Arc<ProverSrs>, ProveError> {
        let mut points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        match &*points {
            Some(srs) if srs.points().len() >= count => Ok(Arc::clone(srs)),
            _ => {
                // The old points go before the new ones come, which start with them; tables stay.
                let tables = points.take().map(|srs| srs.tables().clone());
                let srs = self.read_points(count, tables).map_err(ProveError::machine)?;
                let srs = Arc::new(srs);
                *points = Some(Arc::clone(&srs));
                Ok(srs)
            }
        }
    }

    /// As many points as are needed, and with tables at least as many as those take, if they are there.
    fn read_points(&self, count: usize, tables: Option<SrsTables>) -> Result<ProverSrs, SrsError> {
        let path = self.config.srs_path.join(G1_FILE);
        let budget_bytes = self.config.msm_table_bytes;
        if budget_bytes == 0 {
            return ProverSrs::read(&path, count);
        }
        let srs = ProverSrs::read_up_to(&path, count, count.max(MAX_TABLE_POINTS))?;
        let known = tables.filter(|tables| tables.points() == srs.points().len().min(MAX_TABLE_POINTS));
        Ok(match known {
            Some(tables) => srs.with_known_tables(tables),
            None => srs.with_tables(budget_bytes),
        })
    }

    /// The key of a circuit: that of the release, or under a development reference string the trace's own.
    fn key(
        &self,
        circuit: Circuit,
        request_type: RequestType,
        trace: &Trace,
        srs: &ProverSrs,
    ) -> Result<(VerificationKey, VerificationKeyData), ProveError> {
        let hash = flavor_of(circuit).oracle_hash();
        if !self.config.is_development {
            let data = verification_key(request_type)?;
            let key = VerificationKey::from_bytes(hash, data.bytes()).map_err(ProveError::machine)?;
            return Ok((key, data));
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys.iter().find(|(known, _)| *known == circuit).map(|(_, key)| key.clone());
        let key = match known {
            Some(key) => key,
            None => {
                let key = VerificationKey::from_trace(trace, srs).map_err(ProveError::machine)?;
                keys.push((circuit, key.clone()));
                key
            }
        };
        let data = key_data(&key.to_bytes(hash))?;
        Ok((key, data))
    }
}

/// Whether our prover has all that the circuit of a request needs: only these two of the release verify no other proof.
fn has_circuit(circuits: &Circuits, request_type: RequestType) -> bool {
    let native = [Circuit::ParityBase, Circuit::CheckpointPadding];
    let Some(circuit) = circuit(request_type).filter(|circuit| native.contains(circuit)) else {
        return false;
    };
    let artifact = circuits.get(circuit, Variant::Proven);
    artifact.is_ok_and(|artifact| UltraProgram::of_artifact(&artifact).check().is_ok())
}

/// Most memory that a program of `2^log_size` rows takes, in bytes.
fn program_ram_bytes(log_size: u32) -> u64 {
    PROGRAM_BYTES + any_peak_memory_bytes(log_size)
}

fn check(work: &Work) -> Result<(), ProveError> {
    if work.is_cancelled() { Err(ProveError::Cancelled) } else { Ok(()) }
}

fn not_proven(error: HonkError) -> ProveError {
    match error {
        HonkError::Stopped { .. } => ProveError::Cancelled,
        error @ (HonkError::TooFewPoints { .. } | HonkError::Key { .. }) => ProveError::machine(error),
        error => ProveError::job(error),
    }
}

impl Backend for NativeBackend {
    fn name(&self) -> &'static str {
        "native"
    }

    fn request_types(&self) -> Vec<RequestType> {
        self.request_types.clone()
    }

    fn threads(&self, _: RequestType) -> usize {
        self.pool.current_num_threads()
    }

    fn ram_bytes(&self, request_type: RequestType) -> u64 {
        if request_type == RequestType::NoirProgram {
            return self.bytes_beside() - PROGRAM_BYTES
                + program_ram_bytes(self.config.program_log2.unwrap_or(0));
        }
        // Every circuit of the release has a key, which knows its size.
        let key = verification_key(request_type).ok();
        let log_size = key.and_then(|key| key.fields().first().map(|word| u32::from(word[31])));
        self.circuit_ram_bytes(log_size.unwrap_or(24))
    }

    fn prove(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError> {
        if inputs.request_type() == RequestType::NoirProgram {
            return self.pool.install(|| self.prove_program(inputs, work));
        }
        let Some(circuit) = circuit(inputs.request_type()) else {
            return Err(ProveError::machine("the AVM is not proven by this program"));
        };
        self.pool.install(|| self.prove_circuit(circuit, inputs, work))
    }
}
