//! Sums of few terms, where inversions would cost more than they save: buckets in Jacobian coordinates.

use super::add::NEGATIVE;
use super::digits::Digits;
use crate::curve::{Affine, CurveParams, Projective};

/// Terms below which this is faster.
pub(super) const FEW_TERMS: usize = 1 << 8;

/// `sum digit * point` over the digits of one window.
pub(super) fn sum_window<C: CurveParams>(
    points: &[Affine<C>],
    digits: &Digits,
    window: usize,
) -> Projective<C> {
    let mut buckets = vec![Projective::IDENTITY; 1 << (digits.window_bits() - 1)];
    digits.visit(window, |entry, size| {
        let point = points[(entry & !NEGATIVE) as usize];
        buckets[size - 1] += if entry & NEGATIVE == 0 { point } else { -point };
    });
    let mut running = Projective::IDENTITY;
    let mut sum = Projective::IDENTITY;
    for bucket in buckets.into_iter().rev() {
        running += bucket;
        sum += running;
    }
    sum
}
