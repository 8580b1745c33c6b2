//! Additions of eight pairs of points at a time, with vectors of any kind ([`lanes`](crate::lanes)).

#![expect(unsafe_code, reason = "memory is asked for ahead")]

mod add;

#[cfg(test)]
mod tests;

pub(super) use add::VectorAdder;

use crate::curve::CurveParams;
use crate::lanes::{avx2, avx512};

/// Additions with AVX2 and FMA.
pub(super) type Avx2Adder<C> = VectorAdder<C, avx2::Vector<<C as CurveParams>::Base>>;

/// Additions with AVX-512 IFMA.
pub(super) type Avx512Adder<C> = VectorAdder<C, avx512::Vector<<C as CurveParams>::Base>>;
