//! Points: coordinates and a bit that says infinity.

use super::curve::ForeignCurve;
use crate::builder::Builder;
use crate::gadgets::{BigField, Bool, Field};

/// A point of a curve over another field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<C: ForeignCurve> {
    pub(super) x: BigField<C::Base>,
    pub(super) y: BigField<C::Base>,
    pub(super) infinity: Bool,
}

/// A sum or a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
}

impl Operation {
    /// The ordinate of the second operand, negated for a difference.
    fn ordinate<C: ForeignCurve>(self, builder: &mut Builder, other: &mut Point<C>) -> BigField<C::Base> {
        match self {
            Self::Add => other.y,
            Self::Subtract => other.y.negate(builder),
        }
    }
}

impl<C: ForeignCurve> Point<C> {
    /// A point that is not infinity.
    pub(super) fn new(x: BigField<C::Base>, y: BigField<C::Base>) -> Self {
        Self { x, y, infinity: Bool::constant(false) }
    }

    /// A point of coordinates that say infinity by being zero.
    pub(super) fn of_coordinates(builder: &mut Builder, x: BigField<C::Base>, y: BigField<C::Base>) -> Self {
        let limbs = x.limbs().into_iter().chain(y.limbs());
        let sum = limbs.fold(Field::ZERO, |sum, limb| sum.add(builder, limb));
        let infinity = sum.is_zero(builder).normalize(builder);
        Self { x, y, infinity }
    }

    pub(super) fn constant([x, y]: [[u64; 4]; 2]) -> Self {
        Self::new(BigField::constant(x), BigField::constant(y))
    }

    /// Constrains the coordinates to the curve, or to zero at infinity.
    pub(super) fn assert_on_curve(&self, builder: &mut Builder) {
        let (mut x, mut y) = (self.x, self.y);
        x.assert_zero_if(builder, self.infinity);
        y.assert_zero_if(builder, self.infinity);
        let b = BigField::constant(C::B).select(builder, &BigField::zero(), self.infinity);
        let square = x.square(builder);
        let negated = y.negate(builder);
        let mut products = vec![(square, x)];
        if let Some(a) = C::A {
            let a = BigField::constant(a).select(builder, &BigField::zero(), self.infinity);
            products.push((x, a));
        }
        products.push((y, negated));
        BigField::sum_of_products(builder, products, vec![b], true);
    }

    /// The sum of any two points.
    pub(super) fn add(&mut self, builder: &mut Builder, other: &mut Self) -> Self {
        self.combine(builder, other, Operation::Add).standard(builder)
    }

    /// The difference of any two points.
    pub(super) fn sub(&mut self, builder: &mut Builder, other: &mut Self) -> Self {
        self.combine(builder, other, Operation::Subtract)
    }

    fn combine(&mut self, builder: &mut Builder, other: &mut Self, operation: Operation) -> Self {
        let same_x = other.x.equals(builder, &mut self.x);
        let same_y = self.y.equals(builder, &mut other.y);
        let (opposite, same) = match operation {
            Operation::Add => (same_y.not(), same_y),
            Operation::Subtract => (same_y, same_y.not()),
        };
        let cancels = same_x.and(builder, opposite);
        let doubles = same_x.and(builder, same);
        let has_infinity = self.infinity.or(builder, other.infinity);
        let mut slope = self.slope(builder, other, operation, [doubles, cancels, has_infinity]);
        let (minus_x2, minus_x1) = (other.x.negate(builder), self.x.negate(builder));
        let mut x = slope.square_add(builder, vec![minus_x2, minus_x1]);
        let mut run = self.x.sub(builder, &mut x);
        let minus_y1 = self.y.negate(builder);
        let y = slope.mul_add(builder, &mut run, vec![minus_y1]);
        // One of the points is infinity.
        let x = x.select(builder, &other.x, self.infinity);
        let other_y = operation.ordinate(builder, other);
        let y = y.select(builder, &other_y, self.infinity);
        let x = x.select(builder, &self.x, other.infinity);
        let y = y.select(builder, &self.y, other.infinity);
        let cancels = cancels.and(builder, has_infinity.not());
        let are_infinity = self.infinity.and(builder, other.infinity);
        let infinity = cancels.or(builder, are_infinity).normalize(builder);
        Self { x, y, infinity }
    }

    /// The slope of the line through both points, or of the tangent; anything where it is not needed.
    fn slope(
        &mut self,
        builder: &mut Builder,
        other: &mut Self,
        operation: Operation,
        [doubles, cancels, has_infinity]: [Bool; 3],
    ) -> BigField<C::Base> {
        let rise = operation.ordinate(builder, other).sub(builder, &mut self.y);
        self.x.reduce_if_large(builder);
        let mut same = self.x;
        let mut square = self.x.mul(builder, &mut same);
        let mut tangent = square.double(builder).add(builder, &mut square);
        if let Some(a) = C::A {
            tangent = tangent.add(builder, &mut BigField::constant(a));
        }
        let numerator = rise.select(builder, &tangent, doubles);
        let run = other.x.sub(builder, &mut self.x);
        let twice = self.y.double(builder);
        let denominator = run.select(builder, &twice, doubles);
        let is_unused = has_infinity.or(builder, cancels);
        let mut denominator = denominator.select(builder, &BigField::one(), is_unused);
        denominator.reduce_if_large(builder);
        denominator.assert_not_equal(builder, &BigField::zero());
        numerator.divide_unchecked(builder, &mut denominator)
    }

    /// The point added to itself, on a curve whose `a` is zero.
    pub(super) fn double(&mut self, builder: &mut Builder) -> Self {
        let mut twice_x = self.x.double(builder);
        let three_x = twice_x.add(builder, &mut self.x);
        let twice_y = self.y.double(builder).select(builder, &BigField::one(), self.infinity);
        let mut minus_slope =
            BigField::negated_quotient(builder, vec![(self.x, three_x)], twice_y, Vec::new(), true);
        let minus_twice_x = twice_x.negate(builder);
        let mut x = minus_slope.square_add(builder, vec![minus_twice_x]);
        let mut back = x.sub(builder, &mut self.x);
        let minus_y = self.y.negate(builder);
        let y = minus_slope.mul_add(builder, &mut back, vec![minus_y]);
        Self { x, y, infinity: self.infinity }.standard(builder)
    }

    /// Sum and difference of two points whose abscissas differ.
    pub(super) fn add_sub(&mut self, builder: &mut Builder, other: &mut Self) -> [Self; 2] {
        other.x.assert_not_equal(builder, &self.x);
        let mut run = other.x.sub(builder, &mut self.x);
        let minus_sum = other.x.add(builder, &mut self.x).negate(builder);
        [Operation::Add, Operation::Subtract].map(|operation| {
            let rise = operation.ordinate(builder, other);
            let minus_y = self.y.negate(builder);
            let mut slope = BigField::divide_sum(builder, vec![rise, minus_y], &mut run);
            let mut x = slope.square_add(builder, vec![minus_sum]);
            let mut back = self.x.sub(builder, &mut x);
            let minus_y = self.y.negate(builder);
            let y = slope.mul_add(builder, &mut back, vec![minus_y]);
            Self::new(x, y)
        })
    }

    /// The sum of two points whose abscissas differ.
    pub(super) fn add_distinct(&mut self, builder: &mut Builder, other: &mut Self) -> Self {
        self.x.assert_not_equal(builder, &other.x);
        let minus_y = self.y.negate(builder);
        let mut run = other.x.sub(builder, &mut self.x);
        let mut slope = BigField::divide_sum(builder, vec![other.y, minus_y], &mut run);
        let (minus_x2, minus_x1) = (other.x.negate(builder), self.x.negate(builder));
        let mut x = slope.square_add(builder, vec![minus_x2, minus_x1]);
        let mut back = self.x.sub(builder, &mut x);
        let minus_y = self.y.negate(builder);
        let y = slope.mul_add(builder, &mut back, vec![minus_y]);
        Self::new(x, y)
    }

    /// `other` where `predicate` holds, else `self`.
    pub(super) fn select(&self, builder: &mut Builder, other: &Self, predicate: Bool) -> Self {
        if predicate.is_constant() {
            return if predicate.constant_value() { *other } else { *self };
        }
        let x = self.x.select(builder, &other.x, predicate);
        let y = self.y.select(builder, &other.y, predicate);
        let infinity = Bool::select(builder, predicate, other.infinity, self.infinity);
        Self { x, y, infinity }
    }

    /// The point with coordinates of zero at infinity.
    pub(super) fn standard(&self, builder: &mut Builder) -> Self {
        let x = self.x.select(builder, &BigField::zero(), self.infinity);
        let y = self.y.select(builder, &BigField::zero(), self.infinity);
        Self { x, y, infinity: self.infinity }
    }

    pub(super) fn negate(&mut self, builder: &mut Builder) -> Self {
        Self { x: self.x, y: self.y.negate(builder), infinity: self.infinity }
    }
}
