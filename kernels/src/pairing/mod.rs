//! The optimal ate pairing of BN254: checks of products `e(P_1, Q_1) e(P_2, Q_2) ... = 1`.
//!
//! A KZG verifier always pairs with the same two points of the second group, so the lines of the Miller loop are computed
//! once per point ([`G2Prepared`]) and a pairing only evaluates them. Nothing here is constant time.
//!
//! # Sources
//! - Vercauteren, "Optimal pairings", eprint 2008/096.
//! - Fuentes-Castaneda, Knapp, Rodriguez-Henriquez, "Faster hashing to G2", SAC 2011: the final exponent.
//! - Granger, Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", eprint 2009/565.
//!
//! Checked against arkworks in `tests/pairing.rs`.

mod exponentiation;
mod fq12;
mod fq2;
mod fq6;
mod g2;
mod miller;

pub use fq2::Fq2;
pub use fq6::Fq6;
pub use fq12::Fq12;
pub use g2::{G2_BYTES, G2Affine, G2Error};
pub use miller::G2Prepared;

use crate::curve::bn254::G1Affine;

/// The product of pairings of `pairs`. A pair with the identity contributes one.
pub fn pairing_product<'a>(pairs: impl IntoIterator<Item = (G1Affine, &'a G2Prepared)>) -> Fq12 {
    let pairs: Vec<_> = pairs.into_iter().filter(|(point, _)| !point.is_identity()).collect();
    exponentiation::final_exponentiation(&miller::miller_loop(&pairs))
}
