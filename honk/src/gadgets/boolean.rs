//! Bits of a circuit.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/bool`.

use chinampa_kernels::Fr;

use super::Field;
use crate::builder::{Builder, Var};

/// A bit: a constant, a variable that is constrained to be one, or the opposite of such a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bool {
    variable: Option<Var>,
    /// The constant's value, or whether the variable's opposite is meant.
    flag: bool,
}

impl Bool {
    /// A constant.
    pub const fn constant(value: bool) -> Self {
        Self { variable: None, flag: value }
    }

    /// A new variable with the gate that makes it a bit.
    pub fn witness(builder: &mut Builder, value: bool) -> Self {
        let var = builder.add_variable(Fr::from(value));
        Self::of(builder, var)
    }

    /// A new variable that the range list of bits makes a bit.
    pub fn ranged(builder: &mut Builder, value: bool) -> Self {
        let var = builder.add_variable(Fr::from(value));
        builder.constrain_bound(var, 1);
        Self::of_bit(var)
    }

    /// A variable, with the gate that makes it a bit.
    pub fn of(builder: &mut Builder, var: Var) -> Self {
        builder.add_bool(var);
        Self::of_bit(var)
    }

    /// A variable that is a bit already.
    pub const fn of_bit(var: Var) -> Self {
        Self { variable: Some(var), flag: false }
    }

    /// A field element, with the gate that makes it a bit. A constant other than 0 counts as 1.
    pub fn of_field(builder: &mut Builder, field: Field) -> Self {
        if let Some(value) = field.as_constant() {
            return Self::constant(!value.is_zero());
        }
        let is_inverted = field.offset() == Fr::ONE && field.factor() == -Fr::ONE;
        let var = match field.variable() {
            Some(var) if is_inverted => var,
            _ => field.into_var(builder),
        };
        builder.add_bool(var);
        Self { variable: Some(var), flag: is_inverted }
    }

    /// Whether the bit is the same for every witness.
    pub const fn is_constant(&self) -> bool {
        self.variable.is_none()
    }

    /// The variable; `None` for a constant.
    pub const fn variable(&self) -> Option<Var> {
        self.variable
    }

    /// Whether the bit is the opposite of its variable.
    pub const fn is_inverted(&self) -> bool {
        self.variable.is_some() && self.flag
    }

    /// The value of a constant; for a variable whether it is inverted.
    pub(crate) const fn constant_value(&self) -> bool {
        self.flag
    }

    /// The value.
    pub fn value(&self, builder: &Builder) -> bool {
        self.variable.map_or(self.flag, |var| builder.value(var).is_zero() == self.flag)
    }

    /// The opposite.
    #[must_use]
    pub const fn not(self) -> Self {
        Self { variable: self.variable, flag: !self.flag }
    }

    /// The result of a gate on two bits, from its values at (0,0), (0,1), (1,0) and (1,1).
    fn gate(builder: &mut Builder, left: (Var, bool), right: (Var, bool), truth: [bool; 4]) -> Self {
        let at = |x: bool, y: bool| {
            let (x, y) = (x != left.1, y != right.1);
            Fr::from(truth[usize::from(x) * 2 + usize::from(y)])
        };
        let (none, second, first, both) =
            (at(false, false), at(false, true), at(true, false), at(true, true));
        let bit = |var: Var| !builder.value(var).is_zero();
        let value = at(bit(left.0), bit(right.0));
        let result = builder.add_variable(value);
        let linear = [first - none, second - none, -Fr::ONE];
        builder.add_product([left.0, right.0, result], both - first - second + none, linear, none);
        Self::of_bit(result)
    }

    /// Both.
    pub fn and(self, builder: &mut Builder, other: Self) -> Self {
        match (self.variable, other.variable) {
            (Some(left), Some(right)) => {
                Self::gate(builder, (left, self.flag), (right, other.flag), [false, false, false, true])
            }
            (_, None) => {
                if other.flag {
                    self
                } else {
                    other
                }
            }
            (None, Some(_)) => {
                if self.flag {
                    other
                } else {
                    self
                }
            }
        }
    }

    /// One or both.
    pub fn or(self, builder: &mut Builder, other: Self) -> Self {
        match (self.variable, other.variable) {
            (Some(left), Some(right)) => {
                Self::gate(builder, (left, self.flag), (right, other.flag), [false, true, true, true])
            }
            (_, None) => {
                if other.flag {
                    other
                } else {
                    self
                }
            }
            (None, Some(_)) => {
                if self.flag {
                    self
                } else {
                    other
                }
            }
        }
    }

    /// One but not both.
    pub fn xor(self, builder: &mut Builder, other: Self) -> Self {
        match (self.variable, other.variable) {
            (Some(left), Some(right)) => {
                Self::gate(builder, (left, self.flag), (right, other.flag), [false, true, true, false])
            }
            (_, None) => {
                if other.flag {
                    self.not()
                } else {
                    self
                }
            }
            (None, Some(_)) => {
                if self.flag {
                    other.not()
                } else {
                    other
                }
            }
        }
    }

    /// Whether both are the same.
    pub fn equals(self, builder: &mut Builder, other: Self) -> Self {
        match (self.variable, other.variable) {
            (Some(left), Some(right)) => {
                Self::gate(builder, (left, self.flag), (right, other.flag), [true, false, false, true])
            }
            (_, None) => {
                if other.flag {
                    self
                } else {
                    self.not()
                }
            }
            (None, Some(_)) => {
                if self.flag {
                    other
                } else {
                    other.not()
                }
            }
        }
    }

    /// A constant or a plain variable of the same value.
    pub fn normalize(self, builder: &mut Builder) -> Self {
        let Some(var) = self.variable.filter(|_| self.flag) else { return self };
        let result = builder.add_variable(Fr::from(self.value(builder)));
        let zero = builder.zero();
        builder.add_linear([var, zero, result], [-Fr::ONE, Fr::ZERO, -Fr::ONE], Fr::ONE);
        Self::of_bit(result)
    }

    /// `yes` where `predicate` holds, else `no`; normalised.
    pub fn select(builder: &mut Builder, predicate: Self, yes: Self, no: Self) -> Self {
        if predicate.is_constant() {
            let chosen = if predicate.flag { yes } else { no };
            return chosen.normalize(builder);
        }
        if yes == no {
            return yes.normalize(builder);
        }
        let left = predicate.and(builder, yes);
        let right = predicate.not().and(builder, no);
        left.or(builder, right).normalize(builder)
    }

    /// Constrains two bits to be equal.
    pub fn assert_equal(self, builder: &mut Builder, other: Self) {
        match (self.variable, other.variable) {
            (None, None) => {
                if self.flag != other.flag {
                    builder.fail("two constants that must be equal differ");
                }
            }
            (Some(var), None) => builder.assert_equal_constant(var, Fr::from(other.flag != self.flag)),
            (None, Some(var)) => builder.assert_equal_constant(var, Fr::from(self.flag != other.flag)),
            (Some(_), Some(_)) => {
                let (mut left, mut right) = (self, other);
                if self.flag != other.flag {
                    left = left.normalize(builder);
                    right = right.normalize(builder);
                }
                if let (Some(left), Some(right)) = (left.variable, right.variable) {
                    builder.assert_equal(left, right);
                }
            }
        }
    }

    /// Constrains that `other` holds where this does.
    pub fn must_imply(self, builder: &mut Builder, other: Self) {
        let implication = self.not().or(builder, other);
        implication.assert_equal(builder, Self::constant(true));
    }
}
