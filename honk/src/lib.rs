//! UltraHonk as Barretenberg 4.1.2 defines it: circuit builder, trace, keys, prover and verifier.
//!
//! Nothing here knows ACIR, Aztec objects or an async runtime.

pub mod builder;
pub mod commit;
mod entity;
mod flavor;
pub mod gadgets;
pub mod ipa;
mod key;
mod proof;
pub mod prove;
pub mod relations;
mod solidity;
pub mod srs;
pub mod trace;
pub mod transcript;
mod verify;
mod wide;

pub use entity::{
    ENTITIES, Entity, GATE_SELECTORS, NON_GATE_SELECTORS, PRECOMPUTED, Row, SHIFTED, UNSHIFTED, WITNESS,
};
pub use flavor::{
    CONST_PROOF_SIZE_LOG_N, Flavor, IPA_CLAIM_SIZE, IPA_LOG_LEN, IPA_PROOF_LENGTH,
    MAX_PARTIAL_RELATION_LENGTH, NUM_DISABLED_ROWS_IN_SUMCHECK, NUM_LIBRA_EVALUATIONS, OracleHash,
    PAIRING_POINTS_SIZE,
};
pub use key::{KeyError, MAX_LOG_CIRCUIT_SIZE, MIN_LOG_CIRCUIT_SIZE, PUB_INPUTS_OFFSET, VerificationKey};
pub use proof::{Proof, ProofError, Section, layout};
pub use solidity::{SolidityError, solidity_verifier};
pub use verify::{PairingPoints, PairingPointsError, VerifierSrs, VerifyError, verify, verify_proof};
