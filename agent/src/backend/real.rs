//! What real proofs have in common, whoever makes them.
//!
//! # Sources
//! `bb_prover.ts` and `verifier_utils` of `@aztec/bb-prover` 4.1.2: which flavor a circuit is proven with, and what of a proof
//! goes into a result.

use chinampa_circuits::{Artifact, Circuit, NoOracle, Oracle, OracleError, Witness};
use chinampa_honk::{Flavor, PAIRING_POINTS_SIZE};
use chinampa_jobs::{JobInputs, Proof, RecursiveProof, RequestType, VerificationKeyData};
use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2;
use chinampa_protocol::circuits::{CircuitInputs, CircuitOutputs};

use super::simulated::unsolved;
use super::{Phase, ProveError, Work};

/// Bytes of a field element in files of proofs and keys.
const FIELD_LEN: usize = 32;

/// The flavor that a circuit's proofs have.
pub(crate) fn flavor_of(circuit: Circuit) -> Flavor {
    match circuit {
        Circuit::ParityBase | Circuit::ParityRoot => Flavor::Ultra,
        Circuit::Root => Flavor::UltraKeccak,
        _ => Flavor::UltraRollup,
    }
}

/// A job's circuit with all its values.
pub(super) struct Solved {
    pub(super) witness: Witness,
    /// The circuit's public outputs as fields.
    pub(super) fields: Vec<Fr>,
    /// The same as a result carries them.
    pub(super) outputs: Vec<u8>,
}

/// Asks nothing, and ends solving when the work is called off.
struct Stop<'a>(&'a Work);

impl Oracle for Stop<'_> {
    fn call(&mut self, name: &str, arguments: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, OracleError> {
        NoOracle.call(name, arguments)
    }

    fn should_stop(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Solves the witness of a job, on so many threads at most.
pub(super) fn solve(
    artifact: &Artifact,
    inputs: &JobInputs,
    threads: usize,
    work: &Work,
) -> Result<Solved, ProveError> {
    let number = u32::from(inputs.request_type().number());
    let decoded = CircuitInputs::decode(number, inputs.buffer()).map_err(ProveError::job)?;
    work.enter(Phase::Witness);
    let witness = artifact.solve_on(threads, &decoded.fields(), &mut Stop(work)).map_err(unsolved)?;
    let fields = artifact.outputs(&witness).map_err(ProveError::job)?;
    let outputs = CircuitOutputs::from_fields(number, &fields).map_err(ProveError::job)?.to_bytes();
    Ok(Solved { witness, fields, outputs })
}

/// A key as a result carries it, of what `write_vk` writes.
pub(crate) fn key_data(bytes: &[u8]) -> Result<VerificationKeyData, ProveError> {
    let fields = words("vk", bytes)?;
    let parsed = fields.iter().map(Fr::from_be_bytes).collect::<Result<Vec<_>, _>>();
    let hash = poseidon2::hash(&parsed.map_err(ProveError::machine)?).to_be_bytes();
    VerificationKeyData::new(fields, hash, bytes.to_vec()).map_err(ProveError::machine)
}

/// A proof as a result carries it, of the files `public_inputs` and `proof`. `outputs` are what the witness has for the
/// public inputs.
pub(super) fn recursive_proof(
    request_type: RequestType,
    flavor: Flavor,
    outputs: &[Fr],
    public_inputs: Vec<u8>,
    proof: &[u8],
) -> Result<RecursiveProof, ProveError> {
    let expected: Vec<u8> = outputs.iter().flat_map(Fr::to_be_bytes).collect();
    if public_inputs != expected {
        return Err(ProveError::machine("other public inputs are proven than were solved"));
    }
    let fields = words("proof", proof)?;
    let binary = [public_inputs, proof.to_vec()].concat();
    let own_inputs = public_input_count(flavor, outputs.len());
    let (fields, is_valid) = if flavor == Flavor::UltraKeccak {
        // The proof for L1 is not one that circuits verify.
        (vec![[0; FIELD_LEN]; request_type.proof_field_count()], false)
    } else {
        (fields, true)
    };
    let own_inputs = u32::try_from(own_inputs).expect("circuits have few public inputs");
    let binary = Proof::new(binary, own_inputs).map_err(ProveError::machine)?;
    RecursiveProof::new(fields, binary, is_valid).map_err(ProveError::machine)
}

/// Public inputs that a result says its binary proof starts with, of a circuit that has `own`. L1's publisher strips eight from
/// the proof for L1 that are not there.
pub(crate) fn public_input_count(flavor: Flavor, own: usize) -> usize {
    if flavor == Flavor::UltraKeccak { own + PAIRING_POINTS_SIZE } else { own }
}

/// A file of 32-byte words.
pub(super) fn words(what: &str, bytes: &[u8]) -> Result<Vec<[u8; FIELD_LEN]>, ProveError> {
    let (words, rest) = bytes.as_chunks::<FIELD_LEN>();
    if rest.is_empty() {
        Ok(words.to_vec())
    } else {
        Err(ProveError::machine(format!("a {what} of {} bytes is none", bytes.len())))
    }
}
