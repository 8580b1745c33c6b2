//! Addition of points.

use chinampa_kernels::Fr;

use super::CurvePoint;
use crate::builder::Builder;
use crate::gadgets::{Bool, Field};

/// Addition or subtraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    fn of(self, field: Field) -> Field {
        match self {
            Self::Plus => field,
            Self::Minus => field.negate(),
        }
    }
}

impl CurvePoint {
    /// Twice the point.
    pub(super) fn double(self, builder: &mut Builder) -> Self {
        if self.is_constant_infinity() {
            return self;
        }
        // The formula divides by y.
        let safe_y = Field::select(builder, self.is_infinity, Field::ONE, self.y);
        let (x, y) = (self.x.value(builder), safe_y.value(builder));
        let y_squared = y.square();
        let slope_squared = x * (y_squared + Fr::from(17_u64)) * Fr::from(9_u64);
        let inverse = y.double().inverse().unwrap_or(Fr::ZERO);
        let x_double = slope_squared * inverse.square() - x.double();
        let y_double = x.square() * Fr::from(3_u64) * inverse * (x - x_double) - y;
        if self.is_constant() {
            let [x, y] = [x_double, y_double].map(Field::constant);
            return Self { x, y, ..self };
        }
        let [x, y] = [x_double, y_double].map(|value| builder.add_variable(value));
        let point = [self.x.into_var(builder), safe_y.into_var(builder)];
        builder.add_curve_doubling(point, [x, y]);
        Self { x: Field::of(x), y: Field::of(y), ..self }
    }

    /// The sum of points that are not infinity and whose x differ.
    pub(super) fn add_incomplete(self, builder: &mut Builder, other: Self) -> Self {
        let (mut left, mut right) = (self, other);
        match (self.is_constant(), other.is_constant()) {
            (true, true) => {
                let sum = (self.value(builder) + other.value(builder)).to_affine();
                return Self::constant(sum);
            }
            (true, false) => left = Self::fixed(builder, self.value(builder)),
            (false, true) => right = Self::fixed(builder, other.value(builder)),
            (false, false) => {}
        }
        let sum = (left.value(builder) + right.value(builder)).to_affine();
        let result = [sum.x(), sum.y()].map(|value| builder.add_variable(value));
        let first = [left.x.into_var(builder), left.y.into_var(builder)];
        let second = [right.x.into_var(builder), right.y.into_var(builder)];
        builder.add_curve_addition(first, second, result, Fr::ONE);
        Self::finite(Field::of(result[0]), Field::of(result[1]))
    }

    /// The same with a check that the x differ.
    pub(super) fn add_checked(self, builder: &mut Builder, other: Self) -> Self {
        let difference = self.x.sub(builder, other.x);
        difference.assert_not_zero(builder);
        self.add_incomplete(builder, other)
    }

    /// The sum of any two points.
    pub fn add(self, builder: &mut Builder, other: Self) -> Self {
        if self.is_constant_infinity() {
            return other;
        }
        if other.is_constant_infinity() {
            return self;
        }
        self.add_complete(builder, other, Sign::Plus)
    }

    /// The difference of any two points.
    pub fn sub(self, builder: &mut Builder, other: Self) -> Self {
        if self.is_constant_infinity() {
            let y = other.y.negate().normalize(builder);
            return Self { y, ..other };
        }
        if other.is_constant_infinity() {
            return self;
        }
        self.add_complete(builder, other, Sign::Minus)
    }

    /// All cases are computed, and the right one selected.
    fn add_complete(self, builder: &mut Builder, other: Self, sign: Sign) -> Self {
        let same_x = self.x.equals(builder, other.x);
        let same_y = self.y.equals(builder, other.y);
        let (x, y) = self.add_by_slope(builder, other, same_x, sign);
        let double = self.double(builder);
        let (y_if_double, y_if_infinite) = match sign {
            Sign::Plus => (same_y, same_y.not()),
            Sign::Minus => (same_y.not(), same_y),
        };
        let is_double = same_x.and(builder, y_if_double);
        let mut x = Field::select(builder, is_double, double.x, x);
        let mut y = Field::select(builder, is_double, double.y, y);
        x = Field::select(builder, self.is_infinity, other.x, x);
        y = Field::select(builder, self.is_infinity, sign.of(other.y), y);
        x = Field::select(builder, other.is_infinity, self.x, x);
        y = Field::select(builder, other.is_infinity, self.y, y);
        let cancels = same_x.and(builder, y_if_infinite);
        let both_finite = self.is_infinity.not().and(builder, other.is_infinity.not());
        let cancels = cancels.and(builder, both_finite);
        let both_infinite = self.is_infinity.and(builder, other.is_infinity);
        let is_infinity = cancels.or(builder, both_infinite);
        Self { x, y, is_infinity }
    }

    /// The sum of points whose x differ; something where they do not.
    fn add_by_slope(self, builder: &mut Builder, other: Self, same_x: Bool, sign: Sign) -> (Field, Field) {
        let (x1, y1, x2) = (self.x, self.y, other.x);
        let y2 = sign.of(other.y);
        let run = x2.add_two(builder, x1.negate(), same_x.into());
        let slope = if (y1.is_constant() && y2.is_constant()) || run.is_constant() {
            let rise = y2.sub(builder, y1);
            rise.divide_unchecked(builder, run)
        } else {
            let rise = y2.value(builder) - y1.value(builder);
            let inverse = run.value(builder).inverse().unwrap_or(Fr::ZERO);
            let slope = Field::witness(builder, rise * inverse);
            Field::assert_product_identity(builder, run, slope, y2.negate(), y1);
            slope
        };
        let x_sum = x2.add(builder, x1);
        let x3 = slope.mul_add(builder, slope, x_sum.negate());
        let run = x1.sub(builder, x3);
        let y3 = slope.mul_add(builder, run, y1.negate());
        (x3, y3)
    }
}
