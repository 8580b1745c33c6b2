//! Multi-scalar multiplication: `sum scalars[i] * points[i]`, by buckets and on all threads of the current rayon pool.
//!
//! # Method
//! Scalars are read as signed integers in `(-p/2, p/2)`, so that small negative ones are as cheap as small positive ones, and
//! zeros are dropped. Their magnitudes are cut into windows of signed digits (`digits`). For each window the points are
//! sorted by digit (`sort`), and the points of each digit are summed in a tree of affine additions that share inversions
//! (`buckets`, `add`): about six multiplications an addition. Where the processor has AVX2 or AVX-512 IFMA, eight at a
//! time (`vector`). The sums of the digits are added up with their weights (`weigh`). The width of the windows is the cheapest
//! for the bit lengths that occur. A digit of zero costs nothing but a look at it, so the work is proportional to the digits that
//! are not.
//!
//! Small windows, of one sum or of several over the same points, are one task; a window that there are too few of for all
//! threads is several (`engine`). With multiples of the points at hand, windows share buckets (`tables`).
//!
//! The result is the same for every number of threads: it is affine.
//!
//! # Sources
//! - Pippenger, "On the evaluation of powers and related problems" (1976); Bernstein, Doumen, Lange, Oosterwijk, "Faster
//!   batch forgery identification" (2012), section 4, for buckets.
//! - Booth, "A signed binary multiplication technique" (1951), for digits without carries.
//! - Botrel, El Housni, "Faster Montgomery multiplication and multi-scalar-multiplication for SNARKs", eprint 2022/1400, for
//!   batched affine additions.

mod add;
mod buckets;
mod digits;
mod engine;
mod sort;
mod tables;
#[cfg(target_arch = "x86_64")]
mod vector;
mod weigh;

use crate::curve::{Affine, CurveParams, Projective};
use crate::field::{FieldParams, Fp};
pub use tables::Tables;

/// Terms of one pass: positions and a sign share 32 bits.
const PASS_TERMS: usize = 1 << 31;

/// The scalars of one of several sums over the same points.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a, P: FieldParams> {
    /// Position of the point that the first scalar belongs to.
    pub first: usize,
    /// One for each point from there on.
    pub scalars: &'a [Fp<P>],
}

/// `sum scalars[i] * points[i]`. Without a counterpart, points or scalars at the end of the longer slice do not count.
///
/// Any points, equal, opposite and neutral ones included. Variable time.
///
/// # Memory
/// About 40 bytes for each scalar that is not zero, and 4 more for each thread, or 12 if there are more threads than windows.
pub fn msm<C: CurveParams>(points: &[Affine<C>], scalars: &[Fp<C::Scalar>]) -> Affine<C> {
    let terms = points.len().min(scalars.len());
    let passes = points[..terms].chunks(PASS_TERMS).zip(scalars[..terms].chunks(PASS_TERMS));
    let sums = passes.map(|(points, scalars)| msm_many(points, &[Span { first: 0, scalars }])[0]);
    sums.fold(Projective::IDENTITY, |sum, part| sum + part).to_affine()
}

/// `sum scalars[i] * points[first + i]` for each span. Scalars without a point, and points from the position `2^31` on, do not
/// count.
///
/// As [`msm`](msm()) of each, but the sums go to the threads together, and small ones share their inversions.
///
/// # Memory
/// That of [`msm`](msm()) for all scalars of all sums.
pub fn msm_many<C: CurveParams>(points: &[Affine<C>], spans: &[Span<'_, C::Scalar>]) -> Vec<Affine<C>> {
    engine::sums(&points[..points.len().min(PASS_TERMS)], spans, |_, lengths| lengths.cheapest().0)
}

#[cfg(test)]
mod tests;
