//! Commitments: `sum column[i] * [tau^i]G`.
//!
//! A column's values are taken as the coefficients of a polynomial, which is not the polynomial that they are values of;
//! the protocol never needs the latter's coefficients.

mod key;

use std::collections::VecDeque;

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::{G1Affine, G1Projective};
use chinampa_kernels::msm::Span;
use rayon::prelude::*;

pub use key::CommitmentKey;

use crate::key::VerificationKey;
use crate::srs::SrsError;
use crate::trace::{Column, Trace};

/// Terms of one sum where scalars have many bits: with more, windows would be no wider.
const WIDE_TERMS: usize = 1 << 21;
/// Terms of one sum where scalars are short.
const NARROW_TERMS: usize = 1 << 18;
/// Terms of all sums that are done at once, if there are several, on few threads; and for each thread where there are many.
pub(crate) const BATCH_TERMS: usize = 1 << 17;
const THREAD_TERMS: usize = 1 << 15;

/// Some rows of a column, for one sum.
struct Part<'a> {
    number: usize,
    column: &'a Column,
    start: usize,
    len: usize,
}

/// The commitment to a column. Values for which there is no point do not count; a caller sees to it that there are enough.
///
/// # Memory
/// As [`commit_all`].
pub fn commit<'a>(key: impl Into<CommitmentKey<'a>>, column: &Column) -> G1Affine {
    commit_all(key, &[column])[0]
}

/// The commitments to columns. Values for which there is no point do not count.
///
/// # Memory
/// What [`msm`](chinampa_kernels::msm()) takes for up to `2^21` terms of one column or `2^17` of several (on more than 4 threads, `2^15`
/// for each), and as many field elements for columns that do not hold any.
pub fn commit_all<'a>(key: impl Into<CommitmentKey<'a>>, columns: &[&Column]) -> Vec<G1Affine> {
    let key = key.into();
    let mut sums = vec![G1Projective::IDENTITY; columns.len()];
    let mut parts: VecDeque<Part<'_>> = columns
        .iter()
        .enumerate()
        .flat_map(|(number, column)| {
            let terms = if column.is_narrow() { NARROW_TERMS } else { WIDE_TERMS };
            let end = column.end().min(key.points().len());
            let starts = (column.start()..end).step_by(terms);
            starts.map(move |start| Part { number, column, start, len: terms.min(end - start) })
        })
        .collect();
    while !parts.is_empty() {
        let batch = next_batch(&mut parts);
        for (part, sum) in batch.iter().zip(sum_batch(key, &batch)) {
            sums[part.number] += sum;
        }
    }
    G1Projective::batch_to_affine(&sums)
}

/// The next parts, as many as are done at once.
fn next_batch<'a>(parts: &mut VecDeque<Part<'a>>) -> Vec<Part<'a>> {
    let most = BATCH_TERMS.max(THREAD_TERMS * rayon::current_num_threads());
    let mut terms = 0;
    let mut count = 0;
    while let Some(part) = parts.get(count)
        && (count == 0 || terms + part.len <= most)
    {
        terms += part.len;
        count += 1;
    }
    parts.drain(..count).collect()
}

fn sum_batch(key: CommitmentKey<'_>, batch: &[Part<'_>]) -> Vec<G1Affine> {
    let widened: Vec<Vec<Fr>> = batch
        .par_iter()
        .map(|part| match part.column.as_fields() {
            Some(_) => Vec::new(),
            None => {
                let mut values = vec![Fr::ZERO; part.len];
                part.column.read(part.start, &mut values);
                values
            }
        })
        .collect();
    let spans: Vec<Span<'_, _>> = batch
        .iter()
        .zip(&widened)
        .map(|(part, widened)| {
            let held =
                part.column.as_fields().map(|values| &values[part.start - part.column.start()..][..part.len]);
            Span { first: part.start, scalars: held.unwrap_or(widened) }
        })
        .collect();
    key.sums(&spans)
}

impl VerificationKey {
    /// The key of a trace's circuit.
    ///
    /// # Errors
    /// [`SrsError::TooFew`] if there is not a point for each row.
    pub fn from_trace<'a>(trace: &Trace, key: impl Into<CommitmentKey<'a>>) -> Result<Self, SrsError> {
        let key = key.into();
        if key.points().len() < trace.size() {
            return Err(SrsError::TooFew { expected: trace.size(), actual: key.points().len() });
        }
        let commitments = commit_all(key, &trace.precomputed.each_ref());
        Ok(Self {
            log_circuit_size: trace.log_size,
            num_public_inputs: u32::try_from(trace.public_inputs.len()).unwrap_or(u32::MAX),
            pub_inputs_offset: u32::try_from(trace.public_inputs_offset).unwrap_or(u32::MAX),
            commitments: commitments.try_into().expect("there is a commitment for each column"),
        })
    }
}
