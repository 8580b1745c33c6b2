//! What a finished job gives to the job above it.

use chinampa_jobs::{JobResult, PublicInputsClass, RequestType};
use chinampa_protocol::circuits::{
    BlockRollupPublicInputs, CheckpointRollupPublicInputs, CircuitDataError, ParityPublicInputs,
    RollupProofData, RootRollupPublicInputs, TxRollupPublicInputs, UltraProofData,
};
use chinampa_protocol::codec::{Decode, DecodeError};
use chinampa_protocol::constants::NESTED_RECURSIVE_PROOF_LENGTH;
use chinampa_protocol::keys::Circuit;
use chinampa_protocol::proof::{Proof, ProofData, RecursiveProof, VerificationKeyData, VkData};

/// The root's proof, which no circuit verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootProof {
    /// What L1 checks.
    pub public_inputs: RootRollupPublicInputs,
    /// The proof as Barretenberg wrote it.
    pub proof: Proof,
}

/// A finished proof with what its parent is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Messages.
    Parity(UltraProofData<ParityPublicInputs>),
    /// Txs.
    Tx(RollupProofData<TxRollupPublicInputs>),
    /// Blocks.
    Block(RollupProofData<BlockRollupPublicInputs>),
    /// Checkpoints.
    Checkpoint(RollupProofData<CheckpointRollupPublicInputs>),
    /// The epoch.
    Root(RootProof),
}

/// Why a result cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The result is of another kind of job.
    #[error("expected the result of a {expected} job, got that of {actual}")]
    RequestType {
        /// The job's.
        expected: RequestType,
        /// The result's.
        actual: RequestType,
    },
    /// A kind of job that this planner does not make.
    #[error("a {0} job is not part of an epoch without public calls")]
    Unplanned(RequestType),
    /// The bytes are not what the circuit returns.
    #[error("{part} of the result: {source}")]
    Decode {
        /// Public inputs, proof or key.
        part: &'static str,
        /// What is wrong.
        source: DecodeError,
    },
    /// The public inputs are not what the circuit returns.
    #[error(transparent)]
    Circuit(#[from] CircuitDataError),
    /// A key that is not the circuit's in this protocol release.
    #[error("the key of the result is not that of {0} in this protocol release")]
    Key(RequestType),
    /// The proof is of something else.
    #[error("the job proves another {what} than planned")]
    Value {
        /// What differs.
        what: &'static str,
    },
}

impl Output {
    /// Reads the result of a job of type `request_type`.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn read(request_type: RequestType, result: &JobResult) -> Result<Self, OutputError> {
        if result.request_type() != request_type {
            let actual = result.request_type();
            return Err(OutputError::RequestType { expected: request_type, actual });
        }
        let (Some(class), Some(outputs)) = (request_type.public_inputs_class(), result.outputs()) else {
            return Err(OutputError::Unplanned(request_type));
        };
        let key: VerificationKeyData = decode("key", &outputs.verification_key.encode())?;
        let bytes = &outputs.public_inputs;
        let proof = result.proof().encode();
        let circuit = Circuit::of_request(u32::from(request_type.number()));
        let circuit = circuit.ok_or(OutputError::Unplanned(request_type))?;
        if key != *circuit.key() {
            return Err(OutputError::Key(request_type));
        }
        let vk = || circuit.vk_data().clone();
        Ok(match class {
            PublicInputsClass::Parity => Self::Parity(proof_data(bytes, &proof, vk())?),
            PublicInputsClass::TxRollup => Self::Tx(proof_data(bytes, &proof, vk())?),
            PublicInputsClass::BlockRollup => Self::Block(proof_data(bytes, &proof, vk())?),
            PublicInputsClass::CheckpointRollup => Self::Checkpoint(proof_data(bytes, &proof, vk())?),
            PublicInputsClass::RootRollup => {
                let proof: RecursiveProof<{ NESTED_RECURSIVE_PROOF_LENGTH }> = decode("proof", &proof)?;
                let public_inputs = decode("public inputs", bytes)?;
                Self::Root(RootProof { public_inputs, proof: proof.binary_proof })
            }
            PublicInputsClass::PublicChonkVerifier | PublicInputsClass::Program => {
                return Err(OutputError::Unplanned(request_type));
            }
        })
    }

    pub(super) fn parity(&self) -> &UltraProofData<ParityPublicInputs> {
        match self {
            Self::Parity(data) => data,
            _ => unreachable!("the graph puts parity here, and results are read as their request type"),
        }
    }

    pub(super) fn tx(&self) -> &RollupProofData<TxRollupPublicInputs> {
        match self {
            Self::Tx(data) => data,
            _ => unreachable!("the graph puts txs here, and results are read as their request type"),
        }
    }

    pub(super) fn block(&self) -> &RollupProofData<BlockRollupPublicInputs> {
        match self {
            Self::Block(data) => data,
            _ => unreachable!("the graph puts blocks here, and results are read as their request type"),
        }
    }

    pub(super) fn checkpoint(&self) -> &RollupProofData<CheckpointRollupPublicInputs> {
        match self {
            Self::Checkpoint(data) => data,
            _ => unreachable!("the graph puts checkpoints here, and results are read as their request type"),
        }
    }
}

fn proof_data<P: Decode, const N: usize>(
    public_inputs: &[u8],
    proof: &[u8],
    vk_data: VkData,
) -> Result<ProofData<P, N>, OutputError> {
    let public_inputs = decode("public inputs", public_inputs)?;
    Ok(ProofData { public_inputs, proof: decode("proof", proof)?, vk_data })
}

fn decode<T: Decode>(part: &'static str, bytes: &[u8]) -> Result<T, OutputError> {
    T::from_bytes(bytes).map_err(|source| OutputError::Decode { part, source })
}
