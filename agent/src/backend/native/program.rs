//! Programs of Noir developers.

use std::sync::PoisonError;

use chinampa_circuits::{UltraProgram, Witness};
use chinampa_honk::srs::ProverSrs;
use chinampa_honk::trace::Trace;
use chinampa_honk::{Flavor, VerificationKey};
use chinampa_jobs::{CircuitOutputs, JobInputs, JobResult, ProgramInputs, Proof, RecursiveProof};
use sha2::{Digest as _, Sha256};

use super::super::real::key_data;
use super::super::{Phase, ProveError, Work};
use super::{NativeBackend, check, program_ram_bytes};

/// Points that zero-knowledge needs of the smallest circuit.
const MIN_POINTS: usize = 1 << 9;
/// Bytes of a public input.
const FIELD_LEN: usize = 32;
/// Keys that are kept, those used last: two kilobytes each.
const MAX_KEYS: usize = 256;

/// Which circuit a key is of: the digest of a program's bytecode, and whether rollup circuits' public inputs are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CircuitName {
    bytecode: [u8; 32],
    has_ipa: bool,
}

/// Keys of the programs that were proven lately. A key takes about a sixth of the time of a proof.
#[derive(Debug, Default)]
pub(super) struct ProgramKeys(Vec<(CircuitName, VerificationKey)>);

impl ProgramKeys {
    fn take(&mut self, name: CircuitName) -> Option<VerificationKey> {
        let at = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Keeps a key as the one that was used last.
    fn keep(&mut self, name: CircuitName, key: VerificationKey) {
        self.take(name);
        if self.0.len() == MAX_KEYS {
            self.0.remove(0);
        }
        self.0.push((name, key));
    }
}

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
        let name = CircuitName { bytecode: Sha256::digest(&bytecode).into(), has_ipa: flavor.has_ipa() };
        drop(bytecode);
        work.enter(Phase::Prove);
        let (backend, ipa_proof) = self.backend_inputs(flavor);
        let built = program.proof_circuit(witness, backend).map_err(ProveError::job)?;
        drop(program);
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
        let key = self.program_key(name, &trace, &srs)?;
        let proof = self.prove_trace(flavor, trace, &key, ipa_proof, &srs, work)?;

        let public_inputs = proof.public_inputs_bytes();
        let count = u32::try_from(public_inputs.len() / FIELD_LEN).map_err(ProveError::job)?;
        let binary = Proof::new([&public_inputs[..], &proof.proof_bytes()].concat(), count);
        let proof = RecursiveProof::new(Vec::new(), binary.map_err(ProveError::job)?, false);
        let verification_key = key_data(&key.to_bytes(flavor.oracle_hash()))?;
        let outputs = CircuitOutputs { public_inputs, verification_key };
        JobResult::circuit(request_type, proof.map_err(ProveError::job)?, outputs).map_err(ProveError::job)
    }

    /// The key of a program's circuit, which is the same for every witness.
    fn program_key(
        &self,
        name: CircuitName,
        trace: &Trace,
        srs: &ProverSrs,
    ) -> Result<VerificationKey, ProveError> {
        let keys = || self.program_keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys().take(name);
        let key = match known {
            Some(key) => key,
            None => VerificationKey::from_trace(trace, srs).map_err(ProveError::machine)?,
        };
        keys().keep(name, key.clone());
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(index: usize, has_ipa: bool) -> CircuitName {
        let mut bytecode = [0; 32];
        bytecode[..8].copy_from_slice(&index.to_be_bytes());
        CircuitName { bytecode, has_ipa }
    }

    #[test]
    fn the_keys_used_last_are_kept() {
        let bytes = chinampa_testkit::vectors::bytes("honk/t1.noir-recursive-no-zk/vk");
        let key = VerificationKey::from_bytes(Flavor::Ultra.oracle_hash(), &bytes).expect("a key");
        let mut keys = ProgramKeys::default();
        for index in 0..MAX_KEYS {
            keys.keep(name(index, false), key.clone());
        }
        // The first one is used again, so that the second one goes.
        assert_eq!(keys.take(name(0, false)), Some(key.clone()));
        keys.keep(name(0, false), key.clone());
        keys.keep(name(0, true), key.clone());
        assert_eq!(keys.0.len(), MAX_KEYS);
        assert_eq!(keys.take(name(1, false)), None);
        for (index, has_ipa) in [(0, false), (0, true), (2, false), (MAX_KEYS - 1, false)] {
            assert_eq!(keys.take(name(index, has_ipa)), Some(key.clone()), "{index} {has_ipa}");
        }
    }
}
