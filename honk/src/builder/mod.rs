//! The Ultra circuit builder: variables with values, gates by kind, range lists, lookup tables, memory.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib_circuit_builders`: which rows a gate writes, and in which order, is part of every key.

mod arithmetic;
mod block;
mod check;
mod circuit;
mod elliptic;
mod finalize;
mod lookup;
mod nnf;
mod numbering;
mod palette;
mod poseidon2;
mod ram;
mod range;
mod rom;
mod tables;
mod variables;

pub use arithmetic::{Equals, NumberedSum, Sum, power_of_two};
pub use block::BlockKind;
pub(crate) use block::{Block, SHARED_SELECTORS};
pub use check::Violation;
pub use circuit::{Builder, Purpose};
pub use finalize::{Circuit, DEFAULT_BACKEND_INPUTS};
pub use lookup::Lookup;
pub(crate) use lookup::UsedTable;
pub use nnf::{LimbSum, MAX_TWO_LIMB_BITS, NON_NATIVE_LIMB_BITS, NonNativeProduct};
pub use palette::Palette;
pub(crate) use palette::Shade;
pub use ram::RamId;
pub use range::LIMB_BITS;
pub(crate) use range::{bit_length, bits_at};
pub use rom::RomId;
pub use tables::{FixedBase, MultiTableId, Secp256k1Part};
pub(crate) use tables::{KECCAK_ROTATIONS, SECP256K1_BETA, aes_substitute};
pub use variables::Var;
pub(crate) use variables::{NO_TAG, Variables};
