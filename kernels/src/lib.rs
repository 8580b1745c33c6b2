//! Arithmetic that an Aztec prover stands on: BN254 and Grumpkin fields and curves, Poseidon2, Pedersen.
//!
//! Nothing here knows about proofs, Aztec objects or IO. Everything is checked against arkworks and against values recorded from
//! Barretenberg. Only [`msm()`] uses threads. It and [`lanes`] use AVX-512 or AVX2 where the processor has it ([`backend`]); all else is safe and
//! portable Rust.
//!
//! - [`backend`] chooses the instructions.
//! - [`field`] has [`Fr`] and [`Fq`] in Montgomery form, four 64-bit limbs.
//! - [`curve`] has the points of BN254 G1 and Grumpkin.
//! - [`hash`] has Poseidon2 and Pedersen.
//! - [`lanes`] has arithmetic on eight elements at a time.
//! - [`mod@msm`] has sums of many multiples.
//! - [`pairing`] has the pairing of BN254 and its second group.

pub mod backend;
pub mod curve;
pub mod field;
pub mod hash;
pub mod lanes;
pub mod msm;
pub mod pairing;

pub use backend::Backend;
pub use field::{FieldError, Fq, Fr};
pub use msm::msm;
