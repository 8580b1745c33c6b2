//! BN254 G1: `y^2 = x^3 + 3` over [`Fq`](crate::Fq), generator `(1, 2)`. Source: EIP-196.

use super::params::{CurveParams, constant};
use crate::field::{Fp, FqParams, FrParams};

/// Parameters of BN254 G1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct G1Params;

/// A point of BN254 G1 in affine form.
pub type G1Affine = super::Affine<G1Params>;

/// A point of BN254 G1 in Jacobian form.
pub type G1Projective = super::Projective<G1Params>;

impl CurveParams for G1Params {
    type Base = FqParams;
    type Scalar = FrParams;
    const NAME: &'static str = "BN254 G1";
    const B: Fp<FqParams> = constant([3, 0, 0, 0]);
    const GENERATOR: (Fp<FqParams>, Fp<FqParams>) = (Fp::ONE, constant([2, 0, 0, 0]));
}
