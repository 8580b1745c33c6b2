//! Points, and what must hold of them.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::grumpkin::Affine;

use crate::builder::Builder;
use crate::gadgets::{Bool, Field};

/// A point. Where it is at infinity, its coordinates mean nothing until it is standardised.
#[derive(Clone, Copy, Debug)]
pub struct CurvePoint {
    pub(super) x: Field,
    pub(super) y: Field,
    pub(super) is_infinity: Bool,
}

/// `y^2 = x^3 - 17`.
const MINUS_B: u64 = 17;

impl CurvePoint {
    /// The point of two coordinates, both zero for infinity.
    pub fn new(builder: &mut Builder, x: Field, y: Field, check_on_curve: bool) -> Self {
        // Five is no square, so `x^2 + 5 y^2` is zero only where both are.
        let x_squared = x.square(builder);
        let norm = y.mul_add(builder, y.times(Fr::from(5_u64)), x_squared);
        let is_infinity = norm.is_zero(builder);
        let (mut x, mut y) = (x, y);
        if x.is_constant() != y.is_constant() {
            x = x.into_own_variable(builder);
            y = y.into_own_variable(builder);
        }
        let point = Self { x, y, is_infinity };
        if check_on_curve {
            point.assert_on_curve(builder);
        }
        point
    }

    /// A point that is known not to be infinity.
    pub(super) const fn finite(x: Field, y: Field) -> Self {
        Self { x, y, is_infinity: Bool::constant(false) }
    }

    /// A constant point.
    pub fn constant(point: Affine) -> Self {
        Self {
            x: Field::constant(point.x()),
            y: Field::constant(point.y()),
            is_infinity: Bool::constant(point.is_identity()),
        }
    }

    /// Variables that are fixed to a constant point other than infinity.
    pub(super) fn fixed(builder: &mut Builder, point: Affine) -> Self {
        let [x, y] = [point.x(), point.y()].map(|value| Field::witness(builder, value));
        x.assert_equal(builder, Field::constant(point.x()));
        y.assert_equal(builder, Field::constant(point.y()));
        Self::finite(x, y)
    }

    /// The value. Infinity for coordinates that are not on the curve.
    pub fn value(&self, builder: &Builder) -> Affine {
        if self.is_infinity.value(builder) {
            return Affine::IDENTITY;
        }
        Affine::new(self.x.value(builder), self.y.value(builder)).unwrap_or(Affine::IDENTITY)
    }

    /// The coordinates.
    pub const fn coordinates(&self) -> [Field; 2] {
        [self.x, self.y]
    }

    /// Whether the point is the same for every witness.
    pub fn is_constant(&self) -> bool {
        self.x.is_constant() && self.y.is_constant() && self.is_infinity.is_constant()
    }

    /// Whether the point is infinity for every witness.
    pub(super) fn is_constant_infinity(&self) -> bool {
        self.is_infinity.is_constant() && self.is_infinity.constant_value()
    }

    fn assert_on_curve(&self, builder: &mut Builder) {
        let square = self.x.square(builder);
        let cube = square.mul(builder, self.x);
        let right = cube.negate().plus(Fr::from(MINUS_B));
        let difference = self.y.mul_add(builder, self.y, right);
        let difference = difference.mul(builder, self.is_infinity.not().into());
        difference.assert_zero(builder);
    }

    /// The same point with coordinates zero where it is infinity.
    pub fn standardize(self, builder: &mut Builder) -> Self {
        let x = Field::select(builder, self.is_infinity, Field::ZERO, self.x);
        let y = Field::select(builder, self.is_infinity, Field::ZERO, self.y);
        Self { x, y, ..self }
    }

    /// `yes` where `predicate` holds, else `no`.
    pub fn select(builder: &mut Builder, predicate: Bool, yes: Self, no: Self) -> Self {
        let x = Field::select(builder, predicate, yes.x, no.x);
        let y = Field::select(builder, predicate, yes.y, no.y);
        let is_infinity = Bool::select(builder, predicate, yes.is_infinity, no.is_infinity);
        Self { x, y, is_infinity }
    }

    /// Constrains two points to be equal.
    pub fn assert_equal(self, builder: &mut Builder, other: Self) {
        let left = self.standardize(builder);
        let right = other.standardize(builder);
        left.x.assert_equal(builder, right.x);
        left.y.assert_equal(builder, right.y);
        left.is_infinity.assert_equal(builder, right.is_infinity);
    }
}
