//! Results of jobs, verified by our own verifier before a broker takes them.
//!
//! What is checked: the key is the release's, the public inputs of the result are those of the proof, the proof in field
//! elements is the binary one, and it verifies. That the public inputs follow from the job's inputs is not: an agent can
//! still answer with a proof of another job of the same type, which the circuit above it refuses.

use chinampa_honk::{
    Flavor, KeyError, Proof, ProofError, VerificationKey, VerifierSrs, VerifyError, verify_proof,
};
use chinampa_jobs::{JobResult, RequestType};
use chinampa_kernels::Fr;
use chinampa_protocol::circuits::{CircuitDataError, CircuitOutputs};

use crate::backend::{ProveError, flavor_of, key_data, public_input_count, release_circuit, release_key};
use crate::srs::verifier_srs;

/// Why a result is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// There is no verifier for its type: the AVM has none here, and the key of a program is its owner's business.
    #[error("results of {0} are not verified here")]
    NotCovered(RequestType),
    /// The key is not the release's.
    #[error("the verification key is not that of {0} in Aztec 4.1.2")]
    OtherKey(RequestType),
    /// The key is none.
    #[error("the verification key: {0}")]
    Key(KeyError),
    /// The parts of the key are not of one key.
    #[error("the parts of the verification key differ: {0}")]
    KeyParts(ProveError),
    /// The public inputs cannot be read.
    #[error("the public inputs: {0}")]
    PublicInputs(#[from] CircuitDataError),
    /// The proof is of other public inputs than the result has.
    #[error("the proof is of other public inputs than the result has")]
    OtherPublicInputs,
    /// The two forms of the proof differ.
    #[error("the proof in field elements is not the binary one")]
    OtherFields,
    /// The proof has the wrong length or words that are no field elements.
    #[error("the proof: {0}")]
    Proof(ProofError),
    /// The proof does not verify.
    #[error("the proof does not verify: {0}")]
    Verify(VerifyError),
}

/// Verifies results.
#[derive(Debug)]
pub struct ResultVerifier {
    srs: VerifierSrs,
    is_development: bool,
}

impl ResultVerifier {
    /// With the point of the real ceremony, or that of the development string. Under the latter keys are the agent's word:
    /// those of the release are of another string.
    pub fn new(is_development: bool) -> Self {
        Self { srs: verifier_srs(is_development), is_development }
    }

    /// Verifies a result. It takes all threads of the current rayon pool.
    ///
    /// # Errors
    /// [`ResultError`]
    pub fn verify(&self, result: &JobResult) -> Result<(), ResultError> {
        let request_type = result.request_type();
        let (Some(circuit), Some(outputs)) = (release_circuit(request_type), result.outputs()) else {
            return Err(ResultError::NotCovered(request_type));
        };
        let flavor = flavor_of(circuit);
        let given = &outputs.verification_key;
        let expected = if self.is_development { key_data(given.bytes()) } else { release_key(request_type) };
        if *given != expected.map_err(ResultError::KeyParts)? {
            return Err(ResultError::OtherKey(request_type));
        }
        let key =
            VerificationKey::from_bytes(flavor.oracle_hash(), given.bytes()).map_err(ResultError::Key)?;

        let number = u32::from(request_type.number());
        let fields = CircuitOutputs::decode(number, &outputs.public_inputs)?.fields();
        let own: Vec<u8> = fields.iter().flat_map(Fr::to_be_bytes).collect();
        let binary = result.proof().binary();
        let count = usize::try_from(binary.public_input_count()).unwrap_or(usize::MAX);
        let Some(words) = binary.bytes().strip_prefix(own.as_slice()) else {
            return Err(ResultError::OtherPublicInputs);
        };
        if count != public_input_count(flavor, fields.len()) {
            return Err(ResultError::OtherPublicInputs);
        }
        // No circuit verifies the proof for L1, whose other form is zeros.
        if flavor != Flavor::UltraKeccak && words.as_chunks() != (result.proof().fields(), &[]) {
            return Err(ResultError::OtherFields);
        }
        let proof = Proof::from_files(flavor, &key, &own, words).map_err(ResultError::Proof)?;
        verify_proof(&key, &proof, &self.srs).map_err(ResultError::Verify)
    }
}
