//! Points of curves over other fields, and what ECDSA needs of them.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/biggroup` and `stdlib/encryption/ecdsa`.

mod curve;
mod ecdsa;
mod ladder;
mod multiply;
mod point;
mod table;

pub use curve::{ForeignCurve, Secp256r1};
pub use ecdsa::{EcdsaInputs, ecdsa_verify_r1};
