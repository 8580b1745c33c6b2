//! Points of curves over other fields, and what ECDSA needs of them.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/biggroup` and `stdlib/encryption/ecdsa`.

mod curve;
mod ecdsa;
mod ladder;
mod multiply;
mod point;
mod secp256k1;
mod table;
mod wnaf;

pub use curve::{ForeignCurve, Secp256k1, Secp256r1};
pub use ecdsa::{EcdsaInputs, ecdsa_verify_k1, ecdsa_verify_r1};
