//! Sums of few terms, where inversions would cost more than they save: buckets in Jacobian coordinates.

use super::digits::Digits;
use crate::curve::{Affine, CurveParams, Projective};

/// Terms below which this is faster.
pub(super) const FEW_TERMS: usize = 1 << 8;

/// `sum digit * point` over the digits of one window.
pub(super) fn sum_window<C: CurveParams>(
    points: &[Affine<C>],
    digits: &Digits,
    window: usize,
    window_bits: usize,
) -> Projective<C> {
    let mut buckets = vec![Projective::IDENTITY; 1 << (window_bits - 1)];
    digits.visit(window, window_bits, |position, is_negative, size| {
        let point = points[position as usize];
        buckets[size - 1] += if is_negative { -point } else { point };
    });
    let mut running = Projective::IDENTITY;
    let mut sum = Projective::IDENTITY;
    for bucket in buckets.into_iter().rev() {
        running += bucket;
        sum += running;
    }
    sum
}
