//! Expressions that must be zero, as arithmetic gates of four wires.

use chinampa_honk::builder::{Builder, Equals, NumberedSum, Purpose, Sum, Var};
use chinampa_kernels::Fr;
use rayon::prelude::*;

use crate::acir::{ConstantId, Constants, Expression, Opcodes};

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

    fn wires(&self, zero: Var) -> [Var; 4] {
        self.wires.map(|wire| if wire == UNUSED { zero } else { Var::new(wire) })
    }

    /// What the sum comes to with these values of the wires.
    fn value(&self, factors: &Factors<'_>, [a, b, c, d]: [Fr; 4]) -> Fr {
        let product = if self.product == Constants::ZERO { Fr::ZERO } else { a * b };
        let [first, second, third, fourth] = self.linear;
        let terms = [(self.product, product), (first, a), (second, b), (third, c), (fourth, d)];
        let terms = terms.into_iter().map(|(factor, value)| factors.scaled(factor, value));
        factors.get(self.constant) + terms.sum()
    }

    fn take(&mut self, slot: usize, linear: &mut impl Iterator<Item = (u32, ConstantId)>) {
        if let Some((witness, factor)) = linear.next() {
            self.wires[slot] = witness;
            self.linear[slot] = factor;
        }
    }

    fn sum(&self, factors: &Factors<'_>) -> Sum {
        Sum {
            product: factors.get(self.product),
            linear: self.linear.map(|factor| factors.get(factor)),
            constant: factors.get(self.constant),
        }
    }
}

/// The constants of a program, and behind them sums of several.
#[derive(Debug)]
pub(super) struct Factors<'a> {
    constants: &'a Constants,
    sums: Vec<Fr>,
}

impl<'a> Factors<'a> {
    pub(super) const fn new(constants: &'a Constants) -> Self {
        Self { constants, sums: Vec::new() }
    }

    fn len(&self) -> usize {
        self.constants.len() + self.sums.len()
    }

    fn get(&self, id: ConstantId) -> Fr {
        match (id as usize).checked_sub(self.constants.len()) {
            None => self.constants.get(id),
            Some(sum) => self.sums[sum],
        }
    }

    /// `factor * value`; most factors are 0, 1 or -1.
    fn scaled(&self, factor: ConstantId, value: Fr) -> Fr {
        match factor {
            Constants::ZERO => Fr::ZERO,
            Constants::ONE => value,
            Constants::MINUS_ONE => -value,
            _ => self.get(factor) * value,
        }
    }

    fn add(&mut self, left: ConstantId, right: ConstantId) -> ConstantId {
        let sum = self.get(left) + self.get(right);
        self.sums.push(sum);
        u32::try_from(self.len() - 1).expect("a program has fewer than four billion terms")
    }

    /// The number of a factor in a builder that began with the program's constants.
    fn number(&self, builder: &mut Builder, factor: ConstantId) -> u32 {
        match (factor as usize).checked_sub(self.constants.len()) {
            None => factor,
            Some(sum) => builder.number(self.sums[sum]),
        }
    }

    fn is_zero(&self, row: &Row) -> bool {
        let factors = [row.product, row.constant].into_iter().chain(row.linear);
        factors.into_iter().all(|factor| factor == Constants::ZERO || self.get(factor).is_zero())
    }
}

/// Why an expression has no gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoGate(pub(super) &'static str);

/// Splits expressions into rows, one after the other.
#[derive(Debug)]
pub(super) struct Splitter<'a> {
    opcodes: &'a Opcodes,
    factors: Factors<'a>,
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
    pub(super) fn into_factors(self) -> Factors<'a> {
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

/// What builders say of a witness that an expression is not zero with.
const UNSATISFIED: &str = "an assertion does not hold";

/// Writes expressions of one row each. They come first of all, so that no two witnesses have been declared equal yet: whether
/// they hold is found out for many at a time.
pub(super) fn build_single(builder: &mut Builder, factors: &Factors<'_>, rows: &[Row]) {
    let zero = builder.zero();
    let built: &Builder = builder;
    let is_wrong = |row: &Row| !row.value(factors, row.wires(zero).map(|wire| built.value(wire))).is_zero();
    if built.purpose() == Purpose::Proof && rows.par_iter().any(is_wrong) {
        builder.fail(UNSATISFIED);
    }
    builder.reserve_arithmetic(rows.len());
    for row in rows {
        let sum = NumberedSum {
            product: factors.number(builder, row.product),
            linear: row.linear.map(|factor| factors.number(builder, factor)),
            constant: factors.number(builder, row.constant),
        };
        builder.add_numbered(row.wires(zero), &sum);
    }
}

/// Writes the rows of an expression that has several.
pub(super) fn build(builder: &mut Builder, factors: &Factors<'_>, rows: &[Row]) {
    let zero = builder.zero();
    let mut carried = Fr::ZERO;
    for (index, row) in rows.iter().enumerate() {
        let mut wires = row.wires(zero);
        let mut sum = row.sum(factors);
        let mut value = row.value(factors, wires.map(|wire| builder.value(wire)));
        if index > 0 {
            wires[3] = builder.add_variable(carried);
            sum.linear[3] = -Fr::ONE;
            value -= carried;
        }
        carried = -value;
        let is_last = index + 1 == rows.len();
        builder.add_arithmetic(wires, sum, if is_last { Equals::Zero } else { Equals::MinusNextFourth });
    }
    if !carried.is_zero() {
        builder.fail(UNSATISFIED);
    }
}
