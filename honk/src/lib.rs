//! UltraHonk as Barretenberg 4.1.2 defines it: circuit builder, trace, keys, prover and verifier.
//!
//! Nothing here knows ACIR, Aztec objects or an async runtime.

pub mod builder;
mod entity;
mod flavor;
pub mod gadgets;
pub mod relations;
pub mod trace;
pub mod transcript;

pub use entity::{
    ENTITIES, Entity, GATE_SELECTORS, NON_GATE_SELECTORS, PRECOMPUTED, Row, SHIFTED, UNSHIFTED, WITNESS,
};
pub use flavor::{
    CONST_PROOF_SIZE_LOG_N, Flavor, IPA_CLAIM_SIZE, IPA_LOG_LEN, IPA_PROOF_LENGTH,
    MAX_PARTIAL_RELATION_LENGTH, NUM_DISABLED_ROWS_IN_SUMCHECK, NUM_LIBRA_EVALUATIONS, OracleHash,
    PAIRING_POINTS_SIZE,
};
