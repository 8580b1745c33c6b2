//! Poseidon2 over the BN254 scalar field, as Barretenberg defines it: width 4, rate 3, S-box `x^5`, 4 + 56 + 4
//! rounds.
//!
//! - [`permute`]: the permutation.
//! - [`hash`] and its variants: fixed-length hash of field elements. The capacity lane starts at `n * 2^64`, lanes
//!   are added three at a time with a short last chunk zero-extended, and the answer is lane 0. Nothing absorbed
//!   still permutes once.
//! - [`Sponge`]: the incremental sponge that Aztec's blob hashing carries between circuits.
//!
//! # Sources
//! - Grassi, Khovratovich, Schofnegger, "Poseidon2", eprint 2023/323.
//! - Barretenberg 4.1.2 `crypto/poseidon2` (parameters, sponge), Aztec 4.1.2 `poseidon2` Noir library (`Sponge`).

pub mod constants;
mod hashing;
mod permutation;
mod sponge;

pub use hashing::{
    BYTES_PER_ELEMENT, hash, hash_bytes, hash_iter, hash_pair, hash_with_separator, hash_with_separator_iter,
};
pub use permutation::permute;
pub use sponge::{Sponge, SpongeError};
