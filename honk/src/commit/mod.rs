//! Commitments: `sum column[i] * [tau^i]G`.
//!
//! A column's values are taken as the coefficients of a polynomial, which is not the polynomial that they are values of;
//! the protocol never needs the latter's coefficients.

use chinampa_kernels::curve::bn254::{G1Affine, G1Projective};
use chinampa_kernels::{Fr, msm};
use rayon::prelude::*;

use crate::entity::PRECOMPUTED;
use crate::key::VerificationKey;
use crate::srs::SrsError;
use crate::trace::{Column, Trace};

/// Terms of one sum where scalars have many bits: with more, windows would be no wider.
const WIDE_TERMS: usize = 1 << 21;
/// Terms of one sum where scalars are short.
const NARROW_TERMS: usize = 1 << 18;

/// The commitment to a column. Values for which there is no point do not count; a caller sees to it that there are enough.
///
/// # Memory
/// What [`msm`](msm()) takes for up to `2^21` terms, and as many field elements if the column does not hold any.
pub fn commit(points: &[G1Affine], column: &Column) -> G1Affine {
    let points = points.get(column.start()..).unwrap_or_default();
    let points = &points[..points.len().min(column.end() - column.start())];
    let sum: G1Projective = match column.as_fields() {
        Some(values) => {
            let parts = points.chunks(WIDE_TERMS).zip(values.chunks(WIDE_TERMS));
            parts.map(|(points, values)| msm(points, values)).sum()
        }
        None => {
            let terms = if column.is_narrow() { NARROW_TERMS } else { WIDE_TERMS };
            let mut values = vec![Fr::ZERO; terms.min(points.len())];
            let parts = points.chunks(terms).enumerate().map(|(number, points)| {
                let values = &mut values[..points.len()];
                column.read(column.start() + number * terms, values);
                msm(points, values)
            });
            parts.sum()
        }
    };
    sum.to_affine()
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
        // As many at a time as there are threads: each takes memory while it is summed.
        let threads = rayon::current_num_threads().min(PRECOMPUTED);
        let sums = (0..threads).into_par_iter().map(|first| {
            let columns = trace.precomputed[first..].iter().step_by(threads);
            columns.map(|column| commit(points, column)).collect()
        });
        let sums: Vec<Vec<G1Affine>> = sums.collect();
        let commitments = std::array::from_fn(|index| sums[index % threads][index / threads]);
        Ok(Self {
            log_circuit_size: trace.log_size,
            num_public_inputs: u32::try_from(trace.public_inputs.len()).unwrap_or(u32::MAX),
            pub_inputs_offset: u32::try_from(trace.public_inputs_offset).unwrap_or(u32::MAX),
            commitments,
        })
    }
}
