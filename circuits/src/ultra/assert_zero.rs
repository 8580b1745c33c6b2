//! Expressions that must be zero, as arithmetic gates of four wires.

use std::collections::BTreeMap;

use acvm::{AcirField as _, FieldElement};
use chinampa_honk::builder::{Builder, Equals, Sum, Var};
use chinampa_kernels::Fr;

use crate::acir::{Expression, Opcodes};
use crate::witness::to_kernel;

/// One row: wires that are used, with their factors, and the factor of the product of the first two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    wires: [Option<u32>; 4],
    product: FieldElement,
    linear: [FieldElement; 4],
    constant: FieldElement,
}

impl Row {
    fn new() -> Self {
        let zero = FieldElement::zero();
        Self { wires: [None; 4], product: zero, linear: [zero; 4], constant: zero }
    }

    fn take(&mut self, slot: usize, linear: &mut BTreeMap<u32, FieldElement>) {
        if let Some((witness, factor)) = linear.pop_first() {
            self.wires[slot] = Some(witness);
            self.linear[slot] = factor;
        }
    }

    fn is_zero(&self) -> bool {
        [self.product, self.constant].iter().chain(&self.linear).all(FieldElement::is_zero)
    }

    fn sum(&self) -> Sum {
        Sum {
            product: to_kernel(self.product),
            linear: self.linear.map(to_kernel),
            constant: to_kernel(self.constant),
        }
    }
}

/// Why an expression has no gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoGate(pub(super) &'static str);

/// The rows of an expression.
///
/// A product takes the first two wires of a row, and the linear terms of its witnesses with it; the others fill what
/// is free in ascending order of witnesses. Only the first row has a free fourth wire: in later ones it carries the
/// sum on.
pub(super) fn split(opcodes: &Opcodes, expression: &Expression) -> Result<Vec<Row>, NoGate> {
    let constants = opcodes.constants();
    let mut linear = BTreeMap::new();
    for (factor, witness) in opcodes.linear(expression) {
        let sum = linear.entry(*witness).or_insert_with(FieldElement::zero);
        *sum += constants.get(*factor);
    }
    let mut rows = Vec::with_capacity(opcodes.mul(expression).len().max(1));
    for (factor, left, right) in opcodes.mul(expression) {
        let mut row = Row { wires: [Some(*left), Some(*right), None, None], ..Row::new() };
        row.product = constants.get(*factor);
        row.linear[0] = linear.remove(left).unwrap_or_default();
        row.linear[1] = linear.remove(right).unwrap_or_default();
        rows.push(row);
    }
    let products = rows.len();
    let mut index = 0;
    while index < products || !linear.is_empty() {
        if index == products.max(rows.len()) {
            let mut row = Row::new();
            row.take(0, &mut linear);
            row.take(1, &mut linear);
            rows.push(row);
        }
        let row = &mut rows[index];
        row.take(2, &mut linear);
        if index == 0 {
            row.constant = constants.get(expression.constant);
            row.take(3, &mut linear);
        }
        index += 1;
    }
    match rows.as_slice() {
        [] => Err(NoGate("an assertion without witnesses")),
        rows if rows.iter().any(Row::is_zero) => Err(NoGate("an assertion with terms that cancel out")),
        _ => Ok(rows),
    }
}

/// Writes the rows of an expression.
pub(super) fn build(builder: &mut Builder, rows: &[Row]) {
    let zero = builder.zero();
    let wires_of = |row: &Row| row.wires.map(|wire| wire.map_or(zero, Var::new));
    let mut carried = Fr::ZERO;
    for (index, row) in rows.iter().enumerate() {
        let mut wires = wires_of(row);
        let mut sum = row.sum();
        if index > 0 {
            wires[3] = builder.add_variable(carried);
            sum.linear[3] = -Fr::ONE;
        }
        let [a, b, c, d] = wires.map(|wire| builder.value(wire));
        let value = sum.product * a * b
            + (sum.linear[0] * a + sum.linear[1] * b)
            + (sum.linear[2] * c + sum.linear[3] * d)
            + sum.constant;
        carried = -value;
        let is_last = index + 1 == rows.len();
        builder.add_arithmetic(wires, sum, if is_last { Equals::Zero } else { Equals::MinusNextFourth });
    }
    if !carried.is_zero() {
        builder.fail("an assertion does not hold");
    }
}
