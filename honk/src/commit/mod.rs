//! Commitments: `sum column[i] * [tau^i]G`.
//!
//! A column's values are taken as the coefficients of a polynomial, which is not the polynomial that they are values of;
//! the protocol never needs the latter's coefficients.

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::msm;
use rayon::prelude::*;

use crate::entity::PRECOMPUTED;
use crate::trace::{Column, Trace};

/// The commitment to a column. Values for which there is no point do not count; a caller sees to it that there are enough.
pub fn commit(points: &[G1Affine], column: &Column) -> G1Affine {
    msm(points.get(column.start..).unwrap_or_default(), &column.values)
}

/// The commitments of a verification key, in its order. As [`commit`], they need a point for each row of the trace.
pub fn commit_precomputed(points: &[G1Affine], trace: &Trace) -> [G1Affine; PRECOMPUTED] {
    let mut commitments = [G1Affine::IDENTITY; PRECOMPUTED];
    commitments
        .par_iter_mut()
        .zip(&trace.precomputed)
        .for_each(|(commitment, column)| *commitment = commit(points, column));
    commitments
}
