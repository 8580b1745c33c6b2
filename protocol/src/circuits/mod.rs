//! Private inputs and public inputs of the 17 Noir circuits of Aztec's rollup, and the AVM's public inputs.
//!
//! Struct and member names are Aztec's. Buffers follow Aztec's TypeScript classes, fields follow the structs of
//! the Noir artifacts; where the two orders differ, `abi` after the struct says so.
//!
//! # Sources
//! Aztec 4.1.2 `stdlib/src/{avm,parity,rollup}`, the ABI sections of `noir-protocol-circuits-types`.

mod avm;
mod block;
mod checkpoint;
mod inputs;
mod parity;
mod root;
mod sponge;
mod tx;

pub use avm::{
    AvmAccumulatedData, AvmAccumulatedDataArrayLengths, AvmCircuitPublicInputs, FlatPublicLogs,
    PrivateToAvmAccumulatedData, PrivateToAvmAccumulatedDataArrayLengths, ProtocolContracts,
    PublicCallRequestArrayLengths, PublicDataWrite,
};
pub use block::{
    BlockMergeRollupPrivateInputs, BlockRollupPublicInputs, BlockRootEmptyTxFirstRollupPrivateInputs,
    BlockRootFirstRollupPrivateInputs, BlockRootRollupPrivateInputs,
    BlockRootSingleTxFirstRollupPrivateInputs, BlockRootSingleTxRollupPrivateInputs, CheckpointConstantData,
};
pub use checkpoint::{
    CheckpointMergeRollupPrivateInputs, CheckpointPaddingRollupPrivateInputs, CheckpointRollupPublicInputs,
    CheckpointRootRollupHints, CheckpointRootRollupPrivateInputs,
    CheckpointRootSingleBlockRollupPrivateInputs, EpochConstantData, FeeRecipient,
};
pub use inputs::{CircuitDataError, CircuitInputs, CircuitOutputs, UnknownCircuit};
pub use parity::{ParityBasePrivateInputs, ParityPublicInputs, ParityRootPrivateInputs};
pub use root::{RootRollupPrivateInputs, RootRollupPublicInputs};
pub use sponge::{Poseidon2Sponge, SpongeBlob};
pub use tx::{
    BlockConstantData, ContractClassLogFields, NullifierLeaf, NullifierLeafPreimage, PrivateBaseRollupHints,
    PrivateTxBaseRollupPrivateInputs, PublicBaseRollupHints, PublicChonkVerifierPrivateInputs,
    PublicChonkVerifierPublicInputs, PublicDataTreeLeaf, PublicDataTreeLeafPreimage,
    PublicTxBaseRollupPrivateInputs, TreeSnapshotDiffHints, TxMergeRollupPrivateInputs, TxRollupPublicInputs,
};

use crate::constants::{
    AVM_V2_PROOF_LENGTH_IN_FIELDS_PADDED, CHONK_PROOF_LENGTH, NESTED_RECURSIVE_PROOF_LENGTH,
    NESTED_RECURSIVE_ROLLUP_HONK_PROOF_LENGTH,
};
use crate::proof::{ProofData, ProofDataForFixedVk};

/// A child proven with plain UltraHonk: the parity circuits.
pub type UltraProofData<PublicInputs> = ProofData<PublicInputs, { NESTED_RECURSIVE_PROOF_LENGTH }>;
/// A child proven with rollup UltraHonk, which carries an IPA claim and proof: everything above parity.
pub type RollupProofData<PublicInputs> =
    ProofData<PublicInputs, { NESTED_RECURSIVE_ROLLUP_HONK_PROOF_LENGTH }>;
/// The client's own proof.
pub type ChonkProofData<PublicInputs> = ProofData<PublicInputs, { CHONK_PROOF_LENGTH }>;
/// The AVM's proof; its key is part of the parent circuit.
pub type AvmProofData = ProofDataForFixedVk<AvmCircuitPublicInputs, { AVM_V2_PROOF_LENGTH_IN_FIELDS_PADDED }>;
