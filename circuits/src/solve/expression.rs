//! Sums of products of witnesses.

use acvm::{AcirField as _, FieldElement};

use super::{Failure, Solver};
use crate::acir::{ConstantId, Constants, Expression};

/// `factor * value`; most factors are 1 or -1.
fn scaled(constants: &Constants, factor: ConstantId, value: FieldElement) -> FieldElement {
    match factor {
        Constants::ONE => value,
        Constants::MINUS_ONE => -value,
        _ => constants.get(factor) * value,
    }
}

/// The one witness of an expression without a value, and what it is multiplied with.
#[derive(Default)]
struct Unknown(Option<(u32, FieldElement)>);

impl Unknown {
    fn add(&mut self, witness: u32, factor: FieldElement) -> Result<(), Failure> {
        match &mut self.0 {
            None if factor.is_zero() => {}
            None => self.0 = Some((witness, factor)),
            Some((known, sum)) if *known == witness => *sum += factor,
            Some((_, sum)) if sum.is_zero() => self.0 = Some((witness, factor)),
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
        let mut sum = constants.get(expression.constant);
        let mut unknown = Unknown::default();
        for &(factor, left, right) in self.opcodes.mul(expression) {
            match (self.values[left as usize], self.values[right as usize]) {
                (Some(left), Some(right)) => sum += scaled(constants, factor, left * right),
                (Some(value), None) => unknown.add(right, scaled(constants, factor, value))?,
                (None, Some(value)) => unknown.add(left, scaled(constants, factor, value))?,
                (None, None) if factor == Constants::ZERO => {}
                (None, None) => {
                    let text = format!("a product has two unknown witnesses, {left} and {right}");
                    return Err(Failure::Unknown(text));
                }
            }
        }
        for &(factor, witness) in self.opcodes.linear(expression) {
            match self.values[witness as usize] {
                Some(value) => sum += scaled(constants, factor, value),
                None => unknown.add(witness, constants.get(factor))?,
            }
        }
        match unknown.0 {
            Some((witness, factor)) if !factor.is_zero() => {
                self.values[witness as usize] = Some(quotient(sum, factor));
                Ok(())
            }
            _ if sum.is_zero() => Ok(()),
            _ => Err(Failure::Unsatisfied),
        }
    }

    /// The value of an expression without unknown witnesses.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<FieldElement, Failure> {
        let constants = self.opcodes.constants();
        let mut sum = constants.get(expression.constant);
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
