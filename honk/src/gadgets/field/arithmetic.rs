//! Sums, products and quotients.

use chinampa_kernels::Fr;

use super::Field;
use crate::builder::{Builder, Equals, Sum, Var};
use crate::gadgets::Bool;

const MINUS_ONE: Fr = match Fr::from_canonical_limbs(MINUS_ONE_LIMBS) {
    Some(value) => value,
    None => unreachable!(),
};
const MINUS_ONE_LIMBS: [u64; 4] = {
    let mut limbs = Fr::MODULUS;
    limbs[0] -= 1;
    limbs
};

impl Field {
    /// `self * factor`.
    pub fn times(self, factor: Fr) -> Self {
        let scaled = match self.variable {
            None => Fr::ONE,
            Some(_) if self.factor == Fr::ONE => factor,
            Some(_) => self.factor * factor,
        };
        let offset = if self.offset.is_zero() { Fr::ZERO } else { self.offset * factor };
        Self { factor: scaled, offset, ..self }
    }

    /// `self + offset`.
    pub fn plus(self, offset: Fr) -> Self {
        Self { offset: self.offset + offset, ..self }
    }

    /// `-self`.
    #[must_use]
    pub fn negate(self) -> Self {
        self.times(MINUS_ONE)
    }

    /// `self + other`. A gate if both are variables and not the same one.
    pub fn add(self, builder: &mut Builder, other: Self) -> Self {
        let (left, right) = match (self.variable, other.variable) {
            (_, None) => return self.plus(other.offset),
            (None, Some(_)) => return other.plus(self.offset),
            (Some(left), Some(right)) => (left, right),
        };
        let offset = self.offset + other.offset;
        if left == right {
            return Self { variable: self.variable, factor: self.factor + other.factor, offset };
        }
        let value = self.value(builder) + other.value(builder);
        let sum = builder.add_variable(value);
        builder.add_linear([left, right, sum], [self.factor, other.factor, MINUS_ONE], offset);
        Self::of(sum)
    }

    /// `self - other`.
    pub fn sub(self, builder: &mut Builder, other: Self) -> Self {
        self.add(builder, other.negate())
    }

    /// `self * other`. A gate if both are variables.
    pub fn mul(self, builder: &mut Builder, other: Self) -> Self {
        let (left, right) = match (self.variable, other.variable) {
            (_, None) => return self.times(other.offset),
            (None, Some(_)) => return other.times(self.offset),
            (Some(left), Some(right)) => (left, right),
        };
        let value = self.value(builder) * other.value(builder);
        let product = builder.add_variable(value);
        let linear = [self.factor * other.offset, self.offset * other.factor, MINUS_ONE];
        let constant = self.offset * other.offset;
        builder.add_product([left, right, product], self.factor * other.factor, linear, constant);
        Self::of(product)
    }

    /// The square.
    pub fn square(self, builder: &mut Builder) -> Self {
        self.mul(builder, self)
    }

    /// `self / other`, after a check that `other` is not zero.
    pub fn divide(self, builder: &mut Builder, other: Self) -> Self {
        other.assert_not_zero(builder);
        self.divide_unchecked(builder, other)
    }

    /// `self / other`. Anything where `other` is zero and `self` is, and unsatisfiable where only `other` is.
    pub fn divide_unchecked(self, builder: &mut Builder, other: Self) -> Self {
        let Some(denominator) = other.variable else {
            return self.times(other.offset.inverse().unwrap_or(Fr::ONE));
        };
        let numerator = self.value(builder);
        if self.is_constant() && numerator.is_zero() {
            return Self::ZERO;
        }
        let inverse = other.value(builder).inverse().unwrap_or(Fr::ZERO);
        let quotient = builder.add_variable(numerator * inverse);
        let (third, factor) = self.variable.map_or((quotient, Fr::ZERO), |var| (var, -self.factor));
        let linear = [other.offset, Fr::ZERO, factor];
        builder.add_product([quotient, denominator, third], other.factor, linear, -self.offset);
        Self::of(quotient)
    }

    /// `self * factor + summand`, in one gate if both factors are variables.
    pub fn mul_add(self, builder: &mut Builder, factor: Self, summand: Self) -> Self {
        let (Some(left), Some(right)) = (self.variable, factor.variable) else {
            let product = self.mul(builder, factor);
            return product.add(builder, summand);
        };
        let value = self.value(builder) * factor.value(builder) + summand.value(builder);
        let result = builder.add_variable(value);
        let sum = Sum {
            product: self.factor * factor.factor,
            linear: [self.factor * factor.offset, factor.factor * self.offset, summand.factor, MINUS_ONE],
            constant: self.offset * factor.offset + summand.offset,
        };
        builder.add_arithmetic([left, right, summand.wire(builder), result], sum, Equals::Zero);
        Self::of(result)
    }

    /// `self + second + third`, in one gate if all are variables.
    pub fn add_two(self, builder: &mut Builder, second: Self, third: Self) -> Self {
        let (Some(a), Some(b), Some(c)) = (self.variable, second.variable, third.variable) else {
            let sum = self.add(builder, second);
            return sum.add(builder, third);
        };
        let value = self.value(builder) + second.value(builder) + third.value(builder);
        let result = builder.add_variable(value);
        let sum = Sum::linear([self.factor, second.factor, third.factor, MINUS_ONE])
            .plus(self.offset + second.offset + third.offset);
        builder.add_arithmetic([a, b, c, result], sum, Equals::Zero);
        Self::of(result)
    }

    /// The same value as a constant or a plain variable.
    pub fn normalize(self, builder: &mut Builder) -> Self {
        let Some(var) = self.variable.filter(|_| !self.is_normalized()) else { return self };
        let value = self.value(builder);
        let result = builder.add_variable(value);
        builder.add_linear([var, builder.zero(), result], [self.factor, Fr::ZERO, MINUS_ONE], self.offset);
        Self::of(result)
    }

    /// A variable with the value. Every call on a scaled variable adds a gate; a constant is fixed.
    pub fn into_var(self, builder: &mut Builder) -> Var {
        match self.normalize(builder).variable {
            Some(var) => var,
            None => builder.constant(self.offset),
        }
    }

    /// `-self` where `predicate` holds, else `self`.
    pub fn conditional_negate(self, builder: &mut Builder, predicate: Bool) -> Self {
        if predicate.is_constant() {
            return if predicate.constant_value() { self.negate() } else { self };
        }
        let twice = self.times(-Fr::from(2_u64));
        Self::from(predicate).mul_add(builder, twice, self)
    }

    /// `yes` where `predicate` holds, else `no`; normalised.
    pub fn select(builder: &mut Builder, predicate: Bool, yes: Self, no: Self) -> Self {
        if predicate.is_constant() {
            let chosen = if predicate.constant_value() { yes } else { no };
            return chosen.normalize(builder);
        }
        if yes == no {
            return yes.normalize(builder);
        }
        let difference = yes.sub(builder, no);
        difference.mul_add(builder, predicate.into(), no).normalize(builder)
    }

    /// The sum of all, three to a gate.
    pub fn accumulate(builder: &mut Builder, summands: &[Self]) -> Self {
        match summands {
            [] => return Self::ZERO,
            [one] => return one.normalize(builder),
            _ => {}
        }
        let constant: Fr = summands.iter().filter_map(Self::as_constant).sum();
        let mut parts: Vec<Self> = summands.iter().filter(|part| !part.is_constant()).copied().collect();
        let Some(first) = parts.first_mut() else { return Self::constant(constant) };
        *first = first.plus(constant);
        let mut rest: Fr = parts.iter().map(|part| part.value(builder)).sum();
        let total = builder.add_variable(rest);
        let zero = Self::of(builder.zero());
        parts.resize(parts.len().next_multiple_of(3), zero);
        let mut running = total;
        let last = parts.len() / 3 - 1;
        for (index, row) in parts.chunks_exact(3).enumerate() {
            let wires = [row[0].wire(builder), row[1].wire(builder), row[2].wire(builder), running];
            let sum = Sum::linear([row[0].factor, row[1].factor, row[2].factor, MINUS_ONE])
                .plus(row[0].offset + row[1].offset + row[2].offset);
            if index == last {
                builder.add_arithmetic(wires, sum, Equals::Zero);
            } else {
                builder.add_arithmetic(wires, sum, Equals::MinusNextFourth);
                rest -= row.iter().map(|part| part.value(builder)).sum();
                running = builder.add_variable(rest);
            }
        }
        Self::of(total)
    }
}
