//! From a program to its Ultra circuit, as Barretenberg 4.1.2 builds it.
//!
//! Opcodes are built by kind, in a fixed order of kinds and within one in the program's order; which rows there are,
//! and where, is part of the verification key.
//!
//! # Sources
//! Barretenberg 4.1.2, `dsl/acir_format`.

mod assert_zero;
mod black_box;
mod curve;
mod ecdsa;
mod error;
mod memory;
mod program;

pub use error::CircuitError;
pub use program::{BackendInputs, MAX_WITNESSES, UltraProgram};
