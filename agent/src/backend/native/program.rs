//! Programs of Noir developers.

use chinampa_circuits::{UltraProgram, Witness};
use chinampa_honk::{Flavor, VerificationKey};
use chinampa_jobs::{CircuitOutputs, JobInputs, JobResult, ProgramInputs, Proof, RecursiveProof};

use super::super::real::key_data;
use super::super::{Phase, ProveError, Work};
use super::{NativeBackend, check, program_ram_bytes};

/// Points that zero-knowledge needs of the smallest circuit.
const MIN_POINTS: usize = 1 << 9;
/// Bytes of a public input.
const FIELD_LEN: usize = 32;

impl NativeBackend {
    /// Proves a program with its witness; the key is part of the result.
    pub(super) fn prove_program(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError> {
        let request_type = inputs.request_type();
        let ProgramInputs { target, bytecode, witness } =
            ProgramInputs::decode(inputs.buffer()).map_err(ProveError::job)?;
        let flavor = Flavor::ALL.into_iter().find(|flavor| flavor.target() == target);
        let flavor = flavor.ok_or_else(|| ProveError::job(format!("no proofs are made for {target:?}")))?;
        work.enter(Phase::Witness);
        let program = UltraProgram::from_gzip(&bytecode).map_err(ProveError::job)?;
        let witness = Witness::from_file(&witness, program.witness_count()).map_err(ProveError::job)?;
        drop(bytecode);
        work.enter(Phase::Prove);
        let (backend, ipa_proof) = self.backend_inputs(flavor);
        let built = program.proof_circuit(&witness, backend).map_err(ProveError::job)?;
        drop((witness, program));
        let log_size = built.log_size();
        let limit = self.config.program_log2.unwrap_or(0);
        if log_size > limit {
            let (needed, given) = (program_ram_bytes(log_size) >> 20, program_ram_bytes(limit) >> 20);
            let message = format!(
                "2^{log_size} rows need {needed} MiB, programs get {given} MiB here (prover.program_log2 {limit})"
            );
            return Err(ProveError::OutOfMemory { message });
        }
        check(work)?;
        let trace = built.into_trace();
        let srs = self.points(trace.size().max(MIN_POINTS))?;
        let key = VerificationKey::from_trace(&trace, &*srs).map_err(ProveError::machine)?;
        let proof = self.prove_trace(flavor, trace, &key, ipa_proof, &srs, work)?;

        let public_inputs = proof.public_inputs_bytes();
        let count = u32::try_from(public_inputs.len() / FIELD_LEN).map_err(ProveError::job)?;
        let binary = Proof::new([&public_inputs[..], &proof.proof_bytes()].concat(), count);
        let proof = RecursiveProof::new(Vec::new(), binary.map_err(ProveError::job)?, false);
        let verification_key = key_data(&key.to_bytes(flavor.oracle_hash()))?;
        let outputs = CircuitOutputs { public_inputs, verification_key };
        JobResult::circuit(request_type, proof.map_err(ProveError::job)?, outputs).map_err(ProveError::job)
    }
}
