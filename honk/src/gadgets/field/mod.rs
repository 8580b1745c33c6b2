//! Field elements of a circuit.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/field`: which operations cost a gate, and with which selectors, is part of
//! every key.

mod arithmetic;
mod checks;

use chinampa_kernels::Fr;

use super::Bool;
use crate::builder::{Builder, Var};

/// A field element: a constant, or `factor * variable + offset`. Factors and offsets cost no gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The variable; `None` for a constant.
    variable: Option<Var>,
    /// One for a constant.
    factor: Fr,
    offset: Fr,
}

impl Field {
    /// Zero, as a constant.
    pub const ZERO: Self = Self::constant(Fr::ZERO);
    /// One, as a constant.
    pub const ONE: Self = Self::constant(Fr::ONE);

    /// A constant.
    pub const fn constant(value: Fr) -> Self {
        Self { variable: None, factor: Fr::ONE, offset: value }
    }

    /// A small constant.
    pub fn small(value: u64) -> Self {
        Self::constant(Fr::from(value))
    }

    /// A variable.
    pub const fn of(variable: Var) -> Self {
        Self { variable: Some(variable), factor: Fr::ONE, offset: Fr::ZERO }
    }

    /// A new variable.
    pub fn witness(builder: &mut Builder, value: Fr) -> Self {
        Self::of(builder.add_variable(value))
    }

    /// The variable of a constant, fixed to it by a gate.
    pub fn fixed(builder: &mut Builder, value: Fr) -> Self {
        Self::of(builder.constant(value))
    }

    /// The same value as a variable if it is a constant.
    pub fn into_fixed(self, builder: &mut Builder) -> Self {
        if self.is_constant() { Self::fixed(builder, self.offset) } else { self }
    }

    /// The same value as a variable if it is a constant: one of its own, which no other use of the constant shares.
    pub fn into_own_variable(self, builder: &mut Builder) -> Self {
        if !self.is_constant() {
            return self;
        }
        let var = builder.add_variable(self.offset);
        builder.fix(var, self.offset);
        Self::of(var)
    }

    /// The value.
    pub fn value(&self, builder: &Builder) -> Fr {
        match self.variable {
            None => self.offset,
            Some(var) if self.factor == Fr::ONE => builder.value(var) + self.offset,
            Some(var) => builder.value(var) * self.factor + self.offset,
        }
    }

    /// Whether the value is the same for every witness.
    pub const fn is_constant(&self) -> bool {
        self.variable.is_none()
    }

    /// The constant, if it is one.
    pub fn as_constant(&self) -> Option<Fr> {
        self.is_constant().then_some(self.offset)
    }

    /// The variable before factor and offset.
    pub const fn variable(&self) -> Option<Var> {
        self.variable
    }

    /// The factor of the variable; one for a constant.
    pub const fn factor(&self) -> Fr {
        self.factor
    }

    /// What is added to the variable, or the constant.
    pub const fn offset(&self) -> Fr {
        self.offset
    }

    /// Whether the element is a constant or a plain variable.
    pub fn is_normalized(&self) -> bool {
        self.is_constant() || (self.factor == Fr::ONE && self.offset.is_zero())
    }

    /// The variable, or that of zero for a constant: what a gate whose offset has the constant names.
    fn wire(&self, builder: &Builder) -> Var {
        self.variable.unwrap_or_else(|| builder.zero())
    }
}

impl From<Bool> for Field {
    fn from(bit: Bool) -> Self {
        match bit.variable() {
            None => Self::constant(Fr::from(bit.constant_value())),
            Some(var) if bit.is_inverted() => Self { variable: Some(var), factor: -Fr::ONE, offset: Fr::ONE },
            Some(var) => Self::of(var),
        }
    }
}
