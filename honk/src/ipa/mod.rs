//! The inner product argument over Grumpkin: that a committed polynomial of `2^15` coefficients has a value at a point.
//!
//! Rollup proofs carry a claim among their public inputs and its proof behind them. A circuit that verifies two such proofs
//! folds their claims into one ([`accumulate`]), so that the expensive half of verification is done once, at the root.
//!
//! # Sources
//! - Bootle, Cerulli, Chaidos, Groth, Petit, "Efficient zero-knowledge arguments for arithmetic circuits in the discrete log
//!   setting", eprint 2016/263; Bowe, Grigg, Hopwood, "Halo", eprint 2019/1021, for accumulation.
//! - Barretenberg 4.1.2 `commitment_schemes/ipa/ipa.hpp`.

mod accumulate;
mod claim;
mod error;
mod opening;
mod prove;
mod srs;
#[cfg(test)]
mod tests;
mod verify;

pub use accumulate::{Accumulated, accumulate};
pub use claim::IpaClaim;
pub use error::IpaError;
pub use opening::Opening;
pub use prove::{claim, commit, prove};
pub use srs::{GrumpkinSrs, IPA_LEN};
pub use verify::verify;
