//! Arithmetic that an Aztec prover stands on: BN254 and Grumpkin fields and curves, Poseidon2, Pedersen.
//!
//! Nothing here knows about proofs, Aztec objects or IO. Everything is safe and portable Rust, checked against arkworks and
//! against values recorded from Barretenberg; only [`msm()`] uses threads and, where the processor has it, AVX-512.
//!
//! - [`field`] has [`Fr`] and [`Fq`] in Montgomery form, four 64-bit limbs.
//! - [`curve`] has the points of BN254 G1 and Grumpkin.
//! - [`hash`] has Poseidon2 and Pedersen.
//! - [`mod@msm`] has sums of many multiples.
//! - [`pairing`] has the pairing of BN254 and its second group.

pub mod curve;
pub mod field;
pub mod hash;
pub mod msm;
pub mod pairing;

pub use field::{FieldError, Fq, Fr};
pub use msm::msm;
