//! Affine additions that share one inversion.
//!
//! `(x1, y1) + (x2, y2)` has the slope `(y2 - y1) / (x2 - x1)`; with it, `x3 = slope^2 - x1 - x2` and
//! `y3 = slope (x1 - x3) - y1`. Inverting the denominators of many additions together costs three multiplications each.

use crate::curve::{Affine, CurveParams};
use crate::field::Fp;

/// Where an entry keeps the sign of its digit.
pub(super) const NEGATIVE: u32 = 1 << 31;

/// One addition: positions of its operands and of its result.
#[derive(Clone, Copy)]
pub(super) struct Addition {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) out: u32,
}

/// A way to add many points.
pub(super) trait Arithmetic<C: CurveParams> {
    /// A point in the form that it computes with.
    type Point: Copy + Send + Sync;
    /// The neutral element.
    const IDENTITY: Self::Point;

    fn new() -> Self;
    /// Appends the points at some positions, those with [`NEGATIVE`] negated.
    fn gather(&mut self, points: &[Affine<C>], entries: &[u32], out: &mut Vec<Self::Point>);
    fn is_identity(point: &Self::Point) -> bool;
    /// Whether one is a copy of the other; equal points in other forms may be none.
    fn is_copy(left: &Self::Point, right: &Self::Point) -> bool;
    fn to_affine(point: &Self::Point) -> Affine<C>;
    fn from_affine(point: &Affine<C>) -> Self::Point;
    /// Runs additions, of any points.
    fn add(
        &mut self,
        left: &[Self::Point],
        right: &[Self::Point],
        additions: &[Addition],
        out: &mut [Self::Point],
    );
}

/// Additions in portable code.
pub(super) struct PortableAdder<C: CurveParams> {
    denominators: Vec<Fp<C::Base>>,
    /// For each denominator, the product of those in front of it.
    prefixes: Vec<Fp<C::Base>>,
}

impl<C: CurveParams> Arithmetic<C> for PortableAdder<C> {
    type Point = Affine<C>;
    const IDENTITY: Affine<C> = Affine::IDENTITY;

    fn new() -> Self {
        Self { denominators: Vec::new(), prefixes: Vec::new() }
    }

    fn gather(&mut self, points: &[Affine<C>], entries: &[u32], out: &mut Vec<Affine<C>>) {
        out.extend(entries.iter().map(|&entry| {
            let point = points[(entry & !NEGATIVE) as usize];
            if entry & NEGATIVE == 0 { point } else { -point }
        }));
    }

    fn is_identity(point: &Affine<C>) -> bool {
        point.is_identity()
    }

    fn is_copy(left: &Affine<C>, right: &Affine<C>) -> bool {
        left == right
    }

    fn to_affine(point: &Affine<C>) -> Affine<C> {
        *point
    }

    fn from_affine(point: &Affine<C>) -> Affine<C> {
        *point
    }

    fn add(
        &mut self,
        left: &[Affine<C>],
        right: &[Affine<C>],
        additions: &[Addition],
        out: &mut [Affine<C>],
    ) {
        self.denominators.clear();
        self.prefixes.clear();
        let mut product = Fp::ONE;
        for addition in additions {
            let denominator = denominator(&left[addition.left as usize], &right[addition.right as usize]);
            self.denominators.push(denominator);
            self.prefixes.push(product);
            product *= denominator;
        }
        let mut suffix = product.inverse().expect("no denominator is zero");
        for (i, addition) in additions.iter().enumerate().rev() {
            let inverse = suffix * self.prefixes[i];
            suffix *= self.denominators[i];
            let (left, right) = (&left[addition.left as usize], &right[addition.right as usize]);
            out[addition.out as usize] = add_with(left, right, inverse);
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
