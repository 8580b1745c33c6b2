//! Expressions that must be zero, as arithmetic gates of four wires.

use chinampa_honk::builder::{Builder, Equals, Sum, Var};
use chinampa_kernels::Fr;

use crate::acir::{ConstantId, Expression, Opcodes};
use crate::witness::to_kernel;

/// One row: wires that are used, with their factors, and the factor of the product of the first two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    wires: [Option<u32>; 4],
    sum: Sum,
}

impl Row {
    fn new() -> Self {
        let zero = Fr::ZERO;
        Self { wires: [None; 4], sum: Sum { product: zero, linear: [zero; 4], constant: zero } }
    }

    fn set(&mut self, slot: usize, term: Option<(u32, Fr)>) {
        if let Some((witness, factor)) = term {
            self.wires[slot] = Some(witness);
            self.sum.linear[slot] = factor;
        }
    }

    fn is_zero(&self) -> bool {
        [self.sum.product, self.sum.constant].iter().chain(&self.sum.linear).all(Fr::is_zero)
    }
}

/// Why an expression has no gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoGate(pub(super) &'static str);

/// A witness with its factor in an expression.
#[derive(Clone, Copy, Debug)]
struct Term {
    witness: u32,
    factor: Fr,
    is_taken: bool,
}

/// The linear terms of an expression, one for each witness, in ascending order.
#[derive(Debug, Default)]
struct Terms {
    terms: Vec<Term>,
    /// All before are taken.
    first: usize,
}

impl Terms {
    fn fill(&mut self, terms: impl Iterator<Item = (u32, Fr)>) {
        self.first = 0;
        self.terms.clear();
        self.terms.extend(terms.map(|(witness, factor)| Term { witness, factor, is_taken: false }));
        self.terms.sort_by_key(|term| term.witness);
        self.terms.dedup_by(|next, term| {
            let is_same = next.witness == term.witness;
            if is_same {
                term.factor += next.factor;
            }
            is_same
        });
    }

    /// Takes the term of a witness; its factor is zero if there is none.
    fn take(&mut self, witness: u32) -> Fr {
        match self.terms.binary_search_by_key(&witness, |term| term.witness) {
            Ok(index) if !self.terms[index].is_taken => {
                self.terms[index].is_taken = true;
                self.terms[index].factor
            }
            _ => Fr::ZERO,
        }
    }

    fn is_empty(&mut self) -> bool {
        while self.terms.get(self.first).is_some_and(|term| term.is_taken) {
            self.first += 1;
        }
        self.first == self.terms.len()
    }

    /// Takes the term of the smallest witness.
    fn take_first(&mut self) -> Option<(u32, Fr)> {
        if self.is_empty() {
            return None;
        }
        let term = &mut self.terms[self.first];
        term.is_taken = true;
        Some((term.witness, term.factor))
    }
}

/// Cuts expressions into rows, in memory that it uses again.
#[derive(Debug)]
pub(super) struct Splitter<'a> {
    opcodes: &'a Opcodes,
    constants: Vec<Fr>,
    terms: Terms,
    rows: Vec<Row>,
}

impl<'a> Splitter<'a> {
    /// For the expressions of these opcodes.
    pub(super) fn new(opcodes: &'a Opcodes) -> Self {
        let constants = opcodes.constants().iter().map(to_kernel).collect();
        Self { opcodes, constants, terms: Terms::default(), rows: Vec::new() }
    }

    fn constant(&self, id: ConstantId) -> Fr {
        self.constants[id as usize]
    }

    /// The rows of an expression.
    ///
    /// A product takes the first two wires of a row, and the linear terms of its witnesses with it; the others fill what
    /// is free in ascending order of witnesses. Only the first row has a free fourth wire: in later ones it carries the
    /// sum on.
    pub(super) fn split(&mut self, expression: &Expression) -> Result<&[Row], NoGate> {
        let terms = self.opcodes.linear(expression).iter();
        self.terms.fill(terms.map(|(factor, witness)| (*witness, self.constants[*factor as usize])));
        self.rows.clear();
        for (factor, left, right) in self.opcodes.mul(expression) {
            let mut row = Row { wires: [Some(*left), Some(*right), None, None], ..Row::new() };
            row.sum.product = self.constant(*factor);
            row.sum.linear[0] = self.terms.take(*left);
            row.sum.linear[1] = self.terms.take(*right);
            self.rows.push(row);
        }
        let products = self.rows.len();
        let mut index = 0;
        while index < products || !self.terms.is_empty() {
            if index == products.max(self.rows.len()) {
                let mut row = Row::new();
                row.set(0, self.terms.take_first());
                row.set(1, self.terms.take_first());
                self.rows.push(row);
            }
            let constant = self.constant(expression.constant);
            let row = &mut self.rows[index];
            row.set(2, self.terms.take_first());
            if index == 0 {
                row.sum.constant = constant;
                row.set(3, self.terms.take_first());
            }
            index += 1;
        }
        match self.rows.as_slice() {
            [] => Err(NoGate("an assertion without witnesses")),
            rows if rows.iter().any(Row::is_zero) => Err(NoGate("an assertion with terms that cancel out")),
            rows => Ok(rows),
        }
    }
}

/// Writes the rows of an expression.
pub(super) fn build(builder: &mut Builder, rows: &[Row]) {
    let zero = builder.zero();
    let wires_of = |row: &Row| row.wires.map(|wire| wire.map_or(zero, Var::new));
    let mut carried = Fr::ZERO;
    for (index, row) in rows.iter().enumerate() {
        let mut wires = wires_of(row);
        let mut sum = row.sum;
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
