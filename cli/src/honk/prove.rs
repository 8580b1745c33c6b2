//! `chinampa prove`: a proof of a program and a witness.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chinampa_agent::{memory_at_hand_bytes, peak_ram_bytes};
use chinampa_circuits::{BackendInputs, UltraProgram, Witness, WitnessFile};
use chinampa_honk::prove::{Phase, Prover, Randomness, peak_memory_bytes};
use chinampa_honk::srs::ProverSrs;
use chinampa_honk::trace::Trace;
use chinampa_honk::transcript::Word;
use chinampa_honk::{Flavor, VerificationKey, ipa};
use clap::Args;
use serde_json::json;

use super::process::Process;
use super::steps::{Shown, Steps};
use super::target::TargetFlags;
use super::{G1_FILE, HonkError, check_srs, read, read_grumpkin, read_program, read_srs, write, write_key};
use crate::output;

/// Points that zero-knowledge proofs of the smallest circuits need.
const MIN_POINTS: usize = 512;
/// Steps before the phases of the proof.
const STEPS: usize = 6;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The program: an artifact (`.json`), or gzip of its bytecode.
    #[arg(short = 'b', long = "bytecode_path", default_value = "./target/program.json")]
    bytecode: PathBuf,
    /// The witness: what `nargo execute` or `chinampa execute` writes.
    #[arg(short = 'w', long = "witness_path", default_value = "./target/witness.gz")]
    witness: PathBuf,
    /// The program's verification key, unless `--write_vk` makes it.
    #[arg(short = 'k', long = "vk_path", default_value = "./target/vk")]
    key: PathBuf,
    /// Folder for the files `proof` and `public_inputs`.
    #[arg(short = 'o', long = "output_path", default_value = "./target")]
    output: PathBuf,
    /// Folder of the reference string; without it CRS_PATH, or ~/.bb-crs.
    #[arg(short = 'c', long = "crs_path")]
    crs: Option<PathBuf>,
    /// Allow a reference string for development, whose secret is public: such a proof proves nothing.
    #[arg(long)]
    dev: bool,
    /// Make the verification key too, and write it beside the proof.
    #[arg(long = "write_vk")]
    write_vk: bool,
    /// Memory to keep within where it can, in MiB; without it, what the machine or its control group has left. The proof is the
    /// same, and takes longer with less than there is need of.
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// Print times and memory as one JSON document.
    #[arg(long)]
    json: bool,
    /// Most MiB of multiples of points to make first, so that commitments to up to 2^18 rows take less time: about 24 for 2^14 rows,
    /// 345 for 2^18. One proof gains nothing; agents, which keep them, have the setting prover.msm_tables_mib.
    #[arg(long = "msm-tables", value_name = "MIB", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=4096))]
    msm_tables: u32,
    #[command(flatten)]
    target: TargetFlags,
    #[command(flatten)]
    process: Process,
}

/// Phases of a proof.
const fn phases(flavor: Flavor) -> usize {
    // The last one is the inner product argument's.
    if flavor.has_ipa() { Phase::ALL.len() } else { Phase::ALL.len() - 1 }
}

impl Prove {
    /// Proves and writes the proof.
    pub(crate) fn run(&self) -> Result<(), HonkError> {
        let start = Instant::now();
        let flavor = self.target.flavor()?;
        let mut steps = Steps::new(STEPS + phases(flavor), self.shown());
        let log_size = self.process.run(|| self.prove(flavor, &mut steps))??;
        steps.finish();
        if self.json {
            output::json(&json!({
                "log_circuit_size": log_size,
                "wall_seconds": start.elapsed().as_secs_f64(),
                "peak_rss_bytes": peak_ram_bytes(Path::new("/proc/self")),
                "phases": steps.into_seconds(),
            }))?;
        }
        Ok(())
    }

    /// Returns the logarithm of the circuit's rows.
    fn prove(&self, flavor: Flavor, steps: &mut Steps) -> Result<u32, HonkError> {
        check_srs(self.crs.as_deref(), self.dev)?;
        let (program, witness) = steps.run("read", || self.read_inputs())?;
        let (backend, ipa_proof) = steps.run("ipa", || self.backend_inputs(flavor));
        let given = if self.write_vk { None } else { Some(self.read_key(flavor)?) };
        // A key tells how many points will be needed, which are read while the circuit is built if there is room for both.
        let has_room =
            |key: &&VerificationKey| self.memory_bytes() >= peak_memory_bytes(key.log_circuit_size);
        let points = given.as_ref().filter(has_room).map(|key| MIN_POINTS.max(1 << key.log_circuit_size));
        let (traced, ahead) = rayon::join(
            || -> Result<_, HonkError> {
                let circuit = steps.run("circuit", || program.proof_circuit(witness, backend))?;
                drop(program);
                Ok((steps.run("trace", || circuit.into_trace()), Instant::now()))
            },
            || points.and_then(|points| read_srs(self.crs.as_deref(), points).ok()),
        );
        let (trace, laid_out) = traced?;
        let points = trace.size().max(MIN_POINTS);
        let ahead = ahead.filter(|srs| srs.points().len() >= points);
        steps.enter("srs");
        let srs = ahead.map_or_else(|| read_srs(self.crs.as_deref(), points), Ok)?;
        steps.note("srs", laid_out.elapsed());
        let srs = match self.msm_tables {
            0 => srs,
            mib => steps.run("msm_tables", || srs.with_tables((mib as usize) << 20)),
        };
        let key = steps.run("key", || given.map_or_else(|| self.make_key(flavor, &trace, &srs), Ok))?;

        let progress = |phase: Phase| {
            steps.enter(phase.name());
            ControlFlow::Continue(())
        };
        let mut prover = Prover::new(&srs)
            .with_ipa_proof(&ipa_proof)
            .with_progress(&progress)
            .with_memory(self.memory_bytes());
        if flavor.has_zk() {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(HonkError::Randomness)?;
            prover = prover.with_randomness(Randomness::from_seed(seed));
        }
        let log_size = trace.log_size;
        let proved = prover.prove(flavor, trace, &key)?;
        for time in &proved.phases {
            steps.note(time.phase.name(), time.duration);
        }
        write(&self.output, "public_inputs", &proved.proof.public_inputs_bytes())?;
        write(&self.output, "proof", &proved.proof.proof_bytes())?;
        Ok(log_size)
    }

    fn memory_bytes(&self) -> u64 {
        let given = self.memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        given.or_else(memory_at_hand_bytes).unwrap_or(u64::MAX)
    }

    const fn shown(&self) -> Shown {
        match (self.json, self.process.is_verbose()) {
            (true, _) => Shown::No,
            (false, false) => Shown::Bar,
            (false, true) => Shown::BarOrLines,
        }
    }

    /// What the backend appends to the public inputs, and the IPA proof that goes with it.
    fn backend_inputs(&self, flavor: Flavor) -> (BackendInputs, Vec<Word>) {
        if !flavor.has_ipa() {
            return (BackendInputs::PairingPoints, Vec::new());
        }
        let (claim, proof) = ipa::filler(&read_grumpkin(self.crs.as_deref()));
        (BackendInputs::PairingPointsAndIpaClaim(claim), proof)
    }

    fn read_inputs(&self) -> Result<(UltraProgram, Witness), HonkError> {
        let witness_error = |source| HonkError::Witness { path: self.witness.clone(), source };
        let unpack = || WitnessFile::unpack(&read(&self.witness)?).map_err(witness_error);
        let (program, witness) = rayon::join(|| read_program(&self.bytecode), unpack);
        let program = program?;
        let witness = witness?.read(program.witness_count()).map_err(witness_error)?;
        Ok((program, witness))
    }

    fn make_key(&self, flavor: Flavor, trace: &Trace, srs: &ProverSrs) -> Result<VerificationKey, HonkError> {
        let key = VerificationKey::from_trace(trace, srs)
            .map_err(|source| HonkError::Srs { path: G1_FILE.into(), source })?;
        write_key(&self.output, flavor, &key)?;
        Ok(key)
    }

    fn read_key(&self, flavor: Flavor) -> Result<VerificationKey, HonkError> {
        VerificationKey::from_bytes(flavor.oracle_hash(), &read(&self.key)?)
            .map_err(|source| HonkError::Key { path: self.key.clone(), source })
    }
}
