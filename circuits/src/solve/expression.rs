//! Sums of products of witnesses.

use acvm::{AcirField as _, FieldElement};

use super::{Failure, Solver};
use crate::acir::{ConstantId, Constants, Expression};

/// `factor * value`; most factors are 1 or -1.
fn scaled(constants: &Constants, factor: ConstantId, value: FieldElement) -> FieldElement {
    match factor {
        Constants::ONE => value,
        Constants::MINUS_ONE => -value,
        _ => constants.of_solver(factor) * value,
    }
}

/// The one witness of an expression without a value, and what it is multiplied with.
#[derive(Default)]
struct Unknown {
    found: Option<(u32, FieldElement)>,
    /// Whether there was any, were its factor zero.
    is_any: bool,
}

impl Unknown {
    fn add(&mut self, witness: u32, factor: FieldElement) -> Result<(), Failure> {
        self.is_any = true;
        match &mut self.found {
            None if factor.is_zero() => {}
            None => self.found = Some((witness, factor)),
            Some((known, sum)) if *known == witness => *sum += factor,
            Some((_, sum)) if sum.is_zero() => self.found = Some((witness, factor)),
            Some(_) if factor.is_zero() => {}
            Some((first, _)) => {
                let text = format!("an expression has two unknown witnesses, {first} and {witness}");
                return Err(Failure::Unknown(text));
            }
        }
        Ok(())
    }
}

impl Solver<'_> {
    /// Solves `expression = 0` for the one witness in it that is unknown, or checks it.
    pub(super) fn assert_zero(&mut self, expression: &Expression) -> Result<(), Failure> {
        let constants = self.opcodes.constants();
        let mut sum = constants.of_solver(expression.constant);
        let mut unknown = Unknown::default();
        for &(factor, left, right) in self.opcodes.mul(expression) {
            match (self.value(left), self.value(right)) {
                (Some(left), Some(right)) => sum += scaled(constants, factor, left * right),
                (Some(value), None) => unknown.add(right, scaled(constants, factor, value))?,
                (None, Some(value)) => unknown.add(left, scaled(constants, factor, value))?,
                (None, None) if factor == Constants::ZERO => self.is_irregular = true,
                (None, None) => {
                    let text = format!("a product has two unknown witnesses, {left} and {right}");
                    return Err(Failure::Unknown(text));
                }
            }
        }
        for &(factor, witness) in self.opcodes.linear(expression) {
            match self.value(witness) {
                Some(value) => sum += scaled(constants, factor, value),
                None => unknown.add(witness, constants.of_solver(factor))?,
            }
        }
        match unknown.found {
            Some((witness, factor)) if !factor.is_zero() => self.assign(witness, quotient(sum, factor)),
            _ if sum.is_zero() => {
                self.is_irregular |= unknown.is_any;
                Ok(())
            }
            _ => Err(Failure::Unsatisfied),
        }
    }

    /// The value of an expression without unknown witnesses.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<FieldElement, Failure> {
        let constants = self.opcodes.constants();
        let mut sum = constants.of_solver(expression.constant);
        for &(factor, left, right) in self.opcodes.mul(expression) {
            sum += scaled(constants, factor, self.known(left)? * self.known(right)?);
        }
        for &(factor, witness) in self.opcodes.linear(expression) {
            sum += scaled(constants, factor, self.known(witness)?);
        }
        Ok(sum)
    }

    /// The witness that an expression consists of: what a read of memory assigns.
    pub(super) fn bare_witness(&self, expression: &Expression) -> Result<u32, Failure> {
        let is_bare = self.opcodes.mul(expression).is_empty() && expression.constant == Constants::ZERO;
        match self.opcodes.linear(expression) {
            [(Constants::ONE, witness)] if is_bare => Ok(*witness),
            _ => Err(Failure::Unknown("a read of memory has no single witness to assign".to_owned())),
        }
    }
}

/// `-sum / factor`. The factor is almost always 1 or -1, and inverting costs as much as 300 products.
fn quotient(sum: FieldElement, factor: FieldElement) -> FieldElement {
    if factor.is_one() {
        -sum
    } else if (-factor).is_one() {
        sum
    } else {
        -sum * factor.inverse()
    }
}
