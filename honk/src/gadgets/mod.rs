//! What circuits are made of above single gates: field elements, bits, hashes, curves.
//!
//! Nothing here knows ACIR. The order of gates, and what is folded into constants, is Barretenberg's.

mod aes128;
mod bigfield;
mod biggroup;
mod blake;
mod boolean;
mod bytes;
mod curve;
mod field;
mod keccak;
mod logic;
mod lookup;
mod rollup;
mod sha256;

pub use aes128::aes128_cbc;
pub use bigfield::{
    BigField, Bn254Base, ForeignField, Secp256k1Base, Secp256k1Scalar, Secp256r1Base, Secp256r1Scalar,
};
pub use biggroup::{EcdsaInputs, ForeignCurve, Secp256k1, Secp256r1, ecdsa_verify_k1, ecdsa_verify_r1};
pub use blake::{MAX_BLAKE3_LEN, blake2s, blake3};
pub use boolean::Bool;
pub use bytes::constrain_byte;
pub use curve::{CurvePoint, CurveScalar, curve_multiply};
pub use field::Field;
pub use keccak::keccak_f1600;
pub use logic::{BitOperation, bitwise};
pub use rollup::add_rollup_backend_inputs;
pub use sha256::compress as sha256_compress;
