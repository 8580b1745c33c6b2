//! Points of the embedded curve (Grumpkin), whose coordinates are native field elements.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/group`.

mod add;
mod multiply;
mod point;
mod scalar;
mod straus;

pub use multiply::multiply as curve_multiply;
pub use point::CurvePoint;
pub use scalar::CurveScalar;
