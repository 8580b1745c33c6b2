//! What distinguishes one curve from another.

use std::fmt;

use crate::field::{FieldParams, Fp};

/// A curve `y^2 = x^3 + b` of prime order.
pub trait CurveParams: Copy + fmt::Debug + Eq + Send + Sync + 'static {
    /// The field of coordinates.
    type Base: FieldParams;
    /// The field whose size is the group's order.
    type Scalar: FieldParams;
    /// Name in error messages.
    const NAME: &'static str;
    /// The constant term; not zero, so that `(0, 0)` is not on the curve.
    const B: Fp<Self::Base>;
    /// Coordinates of the customary generator.
    const GENERATOR: (Fp<Self::Base>, Fp<Self::Base>);
}

/// A constant given as a canonical integer, least significant limb first.
pub(super) const fn constant<P: FieldParams>(limbs: [u64; 4]) -> Fp<P> {
    match Fp::from_canonical_limbs(limbs) {
        Some(element) => element,
        None => panic!("a constant is not below the modulus"),
    }
}
