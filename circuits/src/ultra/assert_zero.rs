//! Expressions that must be zero, as arithmetic gates of four wires.

use chinampa_honk::builder::{Builder, Equals, Sum, Var};
use chinampa_kernels::Fr;

use crate::acir::{ConstantId, Constants, Expression, Opcodes};
use crate::witness::to_kernel;

/// Stands for a wire that is not used.
const UNUSED: u32 = u32::MAX;

/// One row: wires that are used, with the numbers of their factors, and that of the product of the first two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    wires: [u32; 4],
    product: ConstantId,
    linear: [ConstantId; 4],
    constant: ConstantId,
}

impl Row {
    const EMPTY: Self = Self {
        wires: [UNUSED; 4],
        product: Constants::ZERO,
        linear: [Constants::ZERO; 4],
        constant: Constants::ZERO,
    };

    fn take(&mut self, slot: usize, linear: &mut impl Iterator<Item = (u32, ConstantId)>) {
        if let Some((witness, factor)) = linear.next() {
            self.wires[slot] = witness;
            self.linear[slot] = factor;
        }
    }

    fn sum(&self, factors: &Factors) -> Sum {
        Sum {
            product: factors.get(self.product),
            linear: self.linear.map(|factor| factors.get(factor)),
            constant: factors.get(self.constant),
        }
    }
}

/// The constants of a program as the builder takes them, and behind them sums of several.
#[derive(Debug, Default)]
pub(super) struct Factors(Vec<Fr>);

impl Factors {
    pub(super) fn new(constants: &Constants) -> Self {
        Self(constants.iter().map(to_kernel).collect())
    }

    fn get(&self, id: ConstantId) -> Fr {
        self.0[id as usize]
    }

    fn add(&mut self, left: ConstantId, right: ConstantId) -> ConstantId {
        let sum = self.get(left) + self.get(right);
        self.0.push(sum);
        u32::try_from(self.0.len() - 1).expect("a program has fewer than four billion terms")
    }

    fn is_zero(&self, row: &Row) -> bool {
        let factors = [row.product, row.constant].into_iter().chain(row.linear);
        factors.into_iter().all(|factor| self.get(factor).is_zero())
    }
}

/// Why an expression has no gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoGate(pub(super) &'static str);

/// Splits expressions into rows, one after the other.
#[derive(Debug)]
pub(super) struct Splitter<'a> {
    opcodes: &'a Opcodes,
    factors: Factors,
    /// The linear terms of an expression, one a witness, ascending.
    linear: Vec<(u32, ConstantId)>,
    rows: Vec<Row>,
}

impl<'a> Splitter<'a> {
    pub(super) fn new(opcodes: &'a Opcodes) -> Self {
        let factors = Factors::new(opcodes.constants());
        Self { opcodes, factors, linear: Vec::new(), rows: Vec::new() }
    }

    /// The factors that rows name.
    pub(super) fn into_factors(self) -> Factors {
        self.factors
    }

    /// The rows of an expression.
    ///
    /// A product takes the first two wires of a row, and the linear terms of its witnesses with it; the others fill what
    /// is free in ascending order of witnesses. Only the first row has a free fourth wire: in later ones it carries the
    /// sum on.
    pub(super) fn split(&mut self, expression: &Expression) -> Result<&[Row], NoGate> {
        self.collect_linear(expression);
        self.rows.clear();
        for (factor, left, right) in self.opcodes.mul(expression) {
            let mut row = Row { wires: [*left, *right, UNUSED, UNUSED], product: *factor, ..Row::EMPTY };
            row.linear[0] = take_factor(&mut self.linear, *left);
            row.linear[1] = take_factor(&mut self.linear, *right);
            self.rows.push(row);
        }
        let products = self.rows.len();
        let mut linear = self.linear.drain(..).peekable();
        let mut index = 0;
        while index < products || linear.peek().is_some() {
            if index == self.rows.len() {
                let mut row = Row::EMPTY;
                row.take(0, &mut linear);
                row.take(1, &mut linear);
                self.rows.push(row);
            }
            let row = &mut self.rows[index];
            row.take(2, &mut linear);
            if index == 0 {
                row.constant = expression.constant;
                row.take(3, &mut linear);
            }
            index += 1;
        }
        drop(linear);
        match self.rows.as_slice() {
            [] => Err(NoGate("an assertion without witnesses")),
            rows if rows.iter().any(|row| self.factors.is_zero(row)) => {
                Err(NoGate("an assertion with terms that cancel out"))
            }
            rows => Ok(rows),
        }
    }

    /// Sorts the linear terms, and adds up those of one witness.
    fn collect_linear(&mut self, expression: &Expression) {
        self.linear.clear();
        self.linear
            .extend(self.opcodes.linear(expression).iter().map(|(factor, witness)| (*witness, *factor)));
        if self.linear.is_sorted_by(|left, right| left.0 < right.0) {
            return;
        }
        self.linear.sort_by_key(|(witness, _)| *witness);
        let factors = &mut self.factors;
        self.linear.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 = factors.add(kept.1, next.1);
            }
            is_same
        });
    }
}

/// Takes the term of a witness out of ascending ones.
fn take_factor(linear: &mut Vec<(u32, ConstantId)>, witness: u32) -> ConstantId {
    match linear.binary_search_by_key(&witness, |(witness, _)| *witness) {
        Ok(position) => linear.remove(position).1,
        Err(_) => Constants::ZERO,
    }
}

/// Writes the rows of an expression.
pub(super) fn build(builder: &mut Builder, factors: &Factors, rows: &[Row]) {
    let zero = builder.zero();
    let wires_of = |row: &Row| row.wires.map(|wire| if wire == UNUSED { zero } else { Var::new(wire) });
    let mut carried = Fr::ZERO;
    for (index, row) in rows.iter().enumerate() {
        let mut wires = wires_of(row);
        let mut sum = row.sum(factors);
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
