//! Affine additions that share one inversion.
//!
//! `(x1, y1) + (x2, y2)` has the slope `(y2 - y1) / (x2 - x1)`; with it, `x3 = slope^2 - x1 - x2` and
//! `y3 = slope (x1 - x3) - y1`. Inverting the denominators of many additions together costs three multiplications each.

use crate::curve::{Affine, CurveParams};
use crate::field::Fp;

/// Memory that additions use again.
pub(super) struct Adder<C: CurveParams> {
    denominators: Vec<Fp<C::Base>>,
    /// For each denominator, the product of those in front of it.
    prefixes: Vec<Fp<C::Base>>,
}

impl<C: CurveParams> Adder<C> {
    pub(super) fn new() -> Self {
        Self { denominators: Vec::new(), prefixes: Vec::new() }
    }

    /// Calls `store(i, left + right)` with `(left, right) = pair(i)` for each `i < count`, the last first. No store may change
    /// what `pair` gives for a smaller `i`.
    #[inline(always)]
    pub(super) fn add<'a>(
        &mut self,
        count: usize,
        pair: impl Fn(usize) -> (&'a Affine<C>, &'a Affine<C>),
        mut store: impl FnMut(usize, Affine<C>),
    ) {
        self.denominators.clear();
        self.prefixes.clear();
        let mut product = Fp::ONE;
        for i in 0..count {
            let (left, right) = pair(i);
            let denominator = denominator(left, right);
            self.denominators.push(denominator);
            self.prefixes.push(product);
            product *= denominator;
        }
        let mut suffix = product.inverse().expect("no denominator is zero");
        for i in (0..count).rev() {
            let inverse = suffix * self.prefixes[i];
            suffix *= self.denominators[i];
            let (left, right) = pair(i);
            store(i, add_with(left, right, inverse));
        }
    }
}

/// Whether the usual formula may not hold. Points of which only `x` is zero are sent here for nothing.
#[inline(always)]
fn is_unusual<C: CurveParams>(left: &Affine<C>, right: &Affine<C>) -> bool {
    left.x() == right.x() || left.x().is_zero() || right.x().is_zero()
}

/// What [`add_with`] needs the inverse of; never zero.
#[inline(always)]
fn denominator<C: CurveParams>(left: &Affine<C>, right: &Affine<C>) -> Fp<C::Base> {
    if is_unusual(left, right) {
        std::hint::cold_path();
        if left.is_identity() || right.is_identity() {
            return Fp::ONE;
        }
        if left.x() == right.x() {
            // No point has order two, so y is not zero.
            return if left.y() == right.y() { left.y().double() } else { Fp::ONE };
        }
    }
    right.x() - left.x()
}

#[inline(always)]
fn add_with<C: CurveParams>(left: &Affine<C>, right: &Affine<C>, inverse: Fp<C::Base>) -> Affine<C> {
    let mut numerator = right.y() - left.y();
    if is_unusual(left, right) {
        std::hint::cold_path();
        if left.is_identity() {
            return *right;
        }
        if right.is_identity() {
            return *left;
        }
        if left.x() == right.x() {
            if left.y() != right.y() {
                return Affine::IDENTITY;
            }
            let square = left.x().square();
            numerator = square.double() + square;
        }
    }
    let slope = numerator * inverse;
    let x = slope.square() - left.x() - right.x();
    Affine::from_parts(x, slope * (left.x() - x) - left.y())
}
