//! UltraHonk as Barretenberg 4.1.2 defines it: circuit builder, trace, keys, prover and verifier.
//!
//! Nothing here knows ACIR, Aztec objects or an async runtime.

pub mod builder;
pub mod trace;
