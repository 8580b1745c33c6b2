//! Simulated proofs, as Aztec's with `PROVER_REAL_PROOFS=false`: every circuit is solved and checked, no proof is made.
//!
//! # Sources
//! `TestCircuitProver` of `@aztec/bb-prover` 4.1.2.

use std::sync::Arc;
use std::time::Duration;

use chinampa_circuits::{Circuit, Circuits, SolveError, Variant};
use chinampa_jobs::{
    CircuitOutputs as JobOutputs, JobInputs, JobResult, Proof, RecursiveProof, RequestType,
    VerificationKeyData,
};
use chinampa_protocol::circuits::{CircuitInputs, CircuitOutputs, PublicChonkVerifierPublicInputs};
use chinampa_protocol::codec::Encode as _;
use chinampa_protocol::keys;

use super::{Backend, Phase, ProveError, TestDelay, Work};
use crate::oracle::RollupOracle;

/// Main memory that solving a circuit of the simulated set takes at most, in bytes: the decoded artifact of the largest
/// (a parity base) and its witness.
const RAM_BYTES: u64 = 512 << 20;

/// Solves the circuits that Aztec's own simulation solves, and makes the same placeholders for proofs.
#[derive(Debug)]
pub struct SimulatedBackend {
    circuits: Arc<Circuits>,
    delay: TestDelay,
    request_types: Vec<RequestType>,
}

impl SimulatedBackend {
    /// A backend on these circuits, whose proofs take at least `delay`.
    pub fn new(circuits: Arc<Circuits>, delay: TestDelay) -> Self {
        let request_types = provable(&circuits, Variant::Simulated);
        let request_types = [RequestType::PublicVm].into_iter().chain(request_types).collect();
        Self { circuits, delay, request_types }
    }

    fn simulate(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError> {
        let request_type = inputs.request_type();
        let number = u32::from(request_type.number());
        let Some(circuit) = circuit(request_type) else {
            return result(JobResult::public_vm(placeholder(request_type, |_| 0)?));
        };
        let decoded = CircuitInputs::decode(number, inputs.buffer()).map_err(ProveError::job)?;
        let (outputs, proof) = if let CircuitInputs::PublicChonkVerifier(verifier) = &decoded {
            let outputs = PublicChonkVerifierPublicInputs {
                private_tail: verifier.hiding_kernel_proof_data.public_inputs.clone(),
                prover_id: verifier.prover_id,
            };
            (CircuitOutputs::from(outputs), placeholder(request_type, |_| 0)?)
        } else {
            let artifact = self.circuits.get(circuit, Variant::Simulated).map_err(ProveError::machine)?;
            work.enter(Phase::Witness);
            let witness =
                artifact.solve(&decoded.fields(), &mut RollupOracle::new(work)).map_err(unsolved)?;
            let fields = artifact.outputs(&witness).map_err(ProveError::job)?;
            let outputs = CircuitOutputs::from_fields(number, &fields).map_err(ProveError::job)?;
            (outputs, placeholder(request_type, |index| index + 1)?)
        };
        let verification_key = verification_key(request_type)?;
        let outputs = JobOutputs { public_inputs: outputs.to_bytes(), verification_key };
        result(JobResult::circuit(request_type, proof, outputs))
    }
}

impl Backend for SimulatedBackend {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn request_types(&self) -> Vec<RequestType> {
        self.request_types.clone()
    }

    fn ram_bytes(&self, _: RequestType) -> u64 {
        RAM_BYTES
    }

    /// None: what a simulation computes is little, and with a delay it mostly waits.
    fn threads(&self, _: RequestType) -> usize {
        0
    }

    fn is_simulated(&self) -> bool {
        true
    }

    fn expected(&self, request_type: RequestType) -> Option<Duration> {
        Some(self.delay.of(request_type)).filter(|delay| !delay.is_zero())
    }

    fn prove(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError> {
        let end = work.started() + self.delay.of(inputs.request_type());
        let result = self.simulate(inputs, work)?;
        work.enter(Phase::Prove);
        if work.sleep_until(end) { Ok(result) } else { Err(ProveError::Cancelled) }
    }
}

/// The types whose circuits are there, as they are in the release.
pub(crate) fn provable(circuits: &Circuits, variant: Variant) -> Vec<RequestType> {
    let is_there = |request_type: &RequestType| {
        let Some(circuit) = circuit(*request_type) else { return false };
        // Simulations pass these proofs through.
        let is_passed_through = variant == Variant::Simulated && circuit == Circuit::PublicChonkVerifier;
        let read =
            if is_passed_through { Ok(()) } else { circuits.folder().read(circuit, variant).map(drop) };
        if let Err(error) = &read {
            tracing::warn!("{request_type} is not proven here: {error}");
        }
        read.is_ok()
    };
    RequestType::ALL.into_iter().filter(is_there).collect()
}

/// What an unsolved witness means for the job.
pub(crate) fn unsolved(error: SolveError) -> ProveError {
    match error {
        SolveError::Stopped { .. } => ProveError::Cancelled,
        error => ProveError::job(error),
    }
}

fn result(result: Result<JobResult, chinampa_jobs::Error>) -> Result<JobResult, ProveError> {
    result.map_err(ProveError::job)
}

/// A proof of the right length whose fields are `value(index)`, and no binary proof.
fn placeholder(request_type: RequestType, value: fn(u32) -> u32) -> Result<RecursiveProof, ProveError> {
    let count = u32::try_from(request_type.proof_field_count()).expect("at most 16,400 fields");
    let field = |index| {
        let mut field = [0; 32];
        field[28..].copy_from_slice(&value(index).to_be_bytes());
        field
    };
    RecursiveProof::new((0..count).map(field).collect(), Proof::empty(), true).map_err(ProveError::job)
}

/// The Noir circuit of a request; none for the AVM.
pub(crate) fn circuit(request_type: RequestType) -> Option<Circuit> {
    // Circuits are listed in the order of request types, which start with the AVM.
    let place = usize::from(request_type.number()).checked_sub(1)?;
    Circuit::ALL.get(place).copied()
}

/// The key of the proven circuit, as a result carries it.
pub(crate) fn verification_key(request_type: RequestType) -> Result<VerificationKeyData, ProveError> {
    let number = u32::from(request_type.number());
    let circuit = keys::Circuit::of_request(number)
        .ok_or_else(|| ProveError::job(format!("{request_type} has no verification key")))?;
    VerificationKeyData::decode(&circuit.key().to_bytes()).map_err(ProveError::job)
}
