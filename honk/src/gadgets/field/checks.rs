//! Checks and comparisons.

use chinampa_kernels::Fr;

use super::Field;
use crate::builder::{Builder, Equals, Sum, bit_length};
use crate::gadgets::Bool;

impl Field {
    /// Constrains the value to zero.
    pub fn assert_zero(self, builder: &mut Builder) {
        if !self.value(builder).is_zero() {
            builder.fail("a value that must be zero is not");
        }
        if let Some(var) = self.variable {
            let zero = builder.zero();
            builder.add_linear([var, zero, zero], [self.factor, Fr::ZERO, Fr::ZERO], self.offset);
        }
    }

    /// Constrains the value to have an inverse.
    pub fn assert_not_zero(self, builder: &mut Builder) {
        let inverse = self.value(builder).inverse();
        if inverse.is_none() {
            builder.fail("a value that must not be zero is");
        }
        if let Some(var) = self.variable {
            let inverse = builder.add_variable(inverse.unwrap_or(Fr::ZERO));
            let zero = builder.zero();
            let linear = [Fr::ZERO, self.offset, Fr::ZERO];
            builder.add_product([var, inverse, zero], self.factor, linear, -Fr::ONE);
        }
    }

    /// Whether the value is zero.
    pub fn is_zero(self, builder: &mut Builder) -> Bool {
        let inverse = self.value(builder).inverse();
        if self.is_constant() {
            return Bool::constant(inverse.is_none());
        }
        let bit = Bool::witness(builder, inverse.is_none());
        let inverse = Self::witness(builder, inverse.unwrap_or(Fr::ONE));
        Self::assert_product_identity(builder, self, inverse, bit.into(), Self::constant(-Fr::ONE));
        Self::assert_product_identity(builder, bit.into(), inverse.negate(), bit.into(), Self::ZERO);
        bit
    }

    /// Whether two values are equal.
    pub fn equals(self, builder: &mut Builder, other: Self) -> Bool {
        self.sub(builder, other).is_zero(builder)
    }

    /// Constrains two values to be equal: one variable if one of them is plain, else a gate.
    pub fn assert_equal(self, builder: &mut Builder, other: Self) {
        match (self.variable, other.variable) {
            (None, None) => {
                if self.offset != other.offset {
                    builder.fail("two constants that must be equal differ");
                }
            }
            (None, Some(_)) => {
                let var = other.into_var(builder);
                builder.assert_equal_constant(var, self.offset);
            }
            (Some(_), None) => {
                let var = self.into_var(builder);
                builder.assert_equal_constant(var, other.offset);
            }
            (Some(left), Some(right)) => {
                if self.is_normalized() || other.is_normalized() {
                    let (left, right) = (self.into_var(builder), other.into_var(builder));
                    builder.assert_equal(left, right);
                    return;
                }
                if self.value(builder) != other.value(builder) {
                    builder.fail("two values that must be equal differ");
                }
                let factors = [self.factor, -other.factor, Fr::ZERO];
                builder.add_linear([left, right, builder.zero()], factors, self.offset - other.offset);
            }
        }
    }

    /// Constrains two values to differ.
    pub fn assert_not_equal(self, builder: &mut Builder, other: Self) {
        self.sub(builder, other).assert_not_zero(builder);
    }

    /// Constrains the value to `bits` bits, by limbs of 14 bits whatever the width.
    pub fn constrain_bits(self, builder: &mut Builder, bits: u32) {
        if bits == 0 {
            self.assert_zero(builder);
        } else if let Some(value) = self.as_constant() {
            if bit_length(value) > bits {
                builder.fail("a constant is out of its range");
            }
        } else {
            let var = self.into_var(builder);
            builder.constrain_limbs(var, bits);
        }
    }

    /// Constrains `a + b + c + d = 0`, in one gate. Constants count with a factor of one on the wire of zero.
    pub fn assert_sum_identity(builder: &mut Builder, terms: [Self; 4]) {
        if !terms.iter().map(|term| term.value(builder)).sum::<Fr>().is_zero() {
            builder.fail("a linear identity does not hold");
        }
        if terms.iter().all(Self::is_constant) {
            return;
        }
        let constant = terms.iter().map(|term| term.offset).sum();
        let sum = Sum::linear(terms.map(|term| term.factor)).plus(constant);
        builder.add_arithmetic(terms.map(|term| term.wire(builder)), sum, Equals::Zero);
    }

    /// Constrains `a * b + c + d = 0`, in one gate.
    pub fn assert_product_identity(builder: &mut Builder, a: Self, b: Self, c: Self, d: Self) {
        let terms = [a, b, c, d];
        let [x, y, z, w] = terms.map(|term| term.value(builder));
        if !(x * y + z + w).is_zero() {
            builder.fail("an identity of products does not hold");
        }
        if terms.iter().all(Self::is_constant) {
            return;
        }
        let sum = Sum {
            product: a.factor * b.factor,
            linear: [a.factor * b.offset, b.factor * a.offset, c.factor, d.factor],
            constant: a.offset * b.offset + c.offset + d.offset,
        };
        builder.add_arithmetic(terms.map(|term| term.wire(builder)), sum, Equals::Zero);
    }
}
