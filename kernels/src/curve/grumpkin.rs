//! Grumpkin: `y^2 = x^3 - 17` over [`Fr`](crate::Fr), the curve embedded in circuits over BN254.
//!
//! Source: Barretenberg 4.1.2 `ecc/curves/grumpkin/grumpkin.hpp`; its generator is the point with `x = 1` whose `y` is
//! `sqrt(-16)` as written below.

use super::params::{CurveParams, constant};
use crate::field::{Fp, FqParams, FrParams};

/// Parameters of Grumpkin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrumpkinParams;

/// A point of Grumpkin in affine form.
pub type Affine = super::Affine<GrumpkinParams>;

/// A point of Grumpkin in Jacobian form.
pub type Projective = super::Projective<GrumpkinParams>;

impl CurveParams for GrumpkinParams {
    type Base = FrParams;
    type Scalar = FqParams;
    const NAME: &'static str = "Grumpkin";
    // -17
    const B: Fp<FrParams> =
        constant([0x43e1f593effffff0, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029]);
    // (1, 17631683881184975370165255887551781615748388533673675138860)
    const GENERATOR: (Fp<FrParams>, Fp<FrParams>) =
        (Fp::ONE, constant([0x833fc48d823f272c, 0x2d270d45f1181294, 0xcf135e7506a45d63, 0x0000000000000002]));
}
