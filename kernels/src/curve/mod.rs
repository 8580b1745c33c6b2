//! Points of short Weierstrass curves `y^2 = x^3 + b` of prime order: [`bn254`] G1 and [`grumpkin`].
//!
//! The two form a cycle: the base field of each is the scalar field of the other. Both groups have prime order, so a point
//! on the curve is in the group. Every operation takes every point: identity, equal and opposite operands included.
//! Nothing here is constant time.
//!
//! - [`Affine`]: 64 bytes, for storage and as the right operand of mixed additions.
//! - [`Projective`]: Jacobian coordinates, for arithmetic.

mod affine;
pub mod bn254;
pub mod grumpkin;
mod multiply;
mod params;
mod projective;

pub use affine::{Affine, POINT_BYTES, PointError};
pub use params::CurveParams;
pub use projective::Projective;
