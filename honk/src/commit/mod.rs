//! Commitments: `sum column[i] * [tau^i]G`.
//!
//! A column's values are taken as the coefficients of a polynomial, which is not the polynomial that they are values of;
//! the protocol never needs the latter's coefficients.

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::msm;
use rayon::prelude::*;

use crate::entity::PRECOMPUTED;
use crate::key::VerificationKey;
use crate::srs::SrsError;
use crate::trace::{Column, Trace};

/// The commitment to a column. Values for which there is no point do not count; a caller sees to it that there are enough.
pub fn commit(points: &[G1Affine], column: &Column) -> G1Affine {
    msm(points.get(column.start..).unwrap_or_default(), &column.values)
}

impl VerificationKey {
    /// The key of a trace's circuit.
    ///
    /// # Errors
    /// [`SrsError::TooFew`] if there is not a point for each row.
    pub fn from_trace(trace: &Trace, points: &[G1Affine]) -> Result<Self, SrsError> {
        if points.len() < trace.size() {
            return Err(SrsError::TooFew { expected: trace.size(), actual: points.len() });
        }
        let mut commitments = [G1Affine::IDENTITY; PRECOMPUTED];
        commitments
            .par_iter_mut()
            .zip(&trace.precomputed)
            .for_each(|(commitment, column)| *commitment = commit(points, column));
        Ok(Self {
            log_circuit_size: trace.log_size,
            num_public_inputs: u32::try_from(trace.public_inputs.len()).unwrap_or(u32::MAX),
            pub_inputs_offset: u32::try_from(trace.public_inputs_offset).unwrap_or(u32::MAX),
            commitments,
        })
    }
}
