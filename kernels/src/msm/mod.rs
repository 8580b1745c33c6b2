//! Multi-scalar multiplication: `sum scalars[i] * points[i]`, by buckets and on all threads of the current rayon pool.
//!
//! # Method
//! Scalars are read as signed integers in `(-p/2, p/2)`, so that small negative ones are as cheap as small positive ones, and
//! zeros are dropped. Their magnitudes are cut into windows of signed digits (`digits`). For each window the points are
//! sorted by digit, and the points of each digit are summed in a tree of affine additions that share inversions
//! (`buckets`, `add`): about six multiplications an addition. Where the processor has AVX2 or AVX-512 IFMA, eight at a time
//! (`vector`). A few terms are summed in Jacobian coordinates instead
//! (`few`). The width of the windows is the cheapest for the bit lengths
//! that occur. A digit of zero costs nothing but a look at it, so the work is proportional to the digits that are not.
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
mod few;
#[cfg(target_arch = "x86_64")]
mod vector;

use rayon::prelude::*;

#[cfg(target_arch = "x86_64")]
use crate::backend::Backend;
use crate::curve::{Affine, CurveParams, Projective};
use crate::field::Fp;
use add::{Arithmetic, PortableAdder};
use digits::Digits;
use few::FEW_TERMS;

/// Terms of one pass: positions and a sign share 32 bits.
const PASS_TERMS: usize = 1 << 31;

/// `sum scalars[i] * points[i]`. Without a counterpart, points or scalars at the end of the longer slice do not count.
///
/// Any points, equal, opposite and neutral ones included. Variable time.
///
/// # Memory
/// About 70 bytes for each scalar that is not zero, and 4 more for each thread.
pub fn msm<C: CurveParams>(points: &[Affine<C>], scalars: &[Fp<C::Scalar>]) -> Affine<C> {
    let terms = points.len().min(scalars.len());
    let passes = points[..terms].chunks(PASS_TERMS).zip(scalars[..terms].chunks(PASS_TERMS));
    let sums = passes.map(|(points, scalars)| pass(points, &Digits::new::<C::Scalar>(scalars)));
    sums.sum::<Projective<C>>().to_affine()
}

fn pass<C: CurveParams>(points: &[Affine<C>], digits: &Digits) -> Projective<C> {
    #[cfg(target_arch = "x86_64")]
    match Backend::current() {
        Backend::Avx512Ifma => return pass_with::<C, vector::Avx512Adder<C>>(points, digits),
        Backend::Avx2 => return pass_with::<C, vector::Avx2Adder<C>>(points, digits),
        Backend::Portable => {}
    }
    pass_with::<C, PortableAdder<C>>(points, digits)
}

fn pass_with<C: CurveParams, A: Arithmetic<C>>(points: &[Affine<C>], digits: &Digits) -> Projective<C> {
    let all = (0..digits.windows()).into_par_iter();
    let windows: Vec<Projective<C>> = if digits.len() < FEW_TERMS {
        all.map(|window| few::sum_window(points, digits, window)).collect()
    } else {
        all.map(|window| buckets::sum_window::<C, A>(points, digits, window)).collect()
    };
    windows.into_iter().rev().fold(Projective::IDENTITY, |sum, window| {
        (0..digits.window_bits()).fold(sum, |sum: Projective<C>, _| sum.double()) + window
    })
}

#[cfg(test)]
mod tests;
