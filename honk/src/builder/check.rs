//! Checks a trace row by row: slow, and for tests and diagnosis. A prover finds out by the proof being refused.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2;

use super::block::BlockKind;
use super::finalize::Circuit;
use crate::entity::{Entity, PRECOMPUTED, Row};
use crate::relations::{
    Arithmetic, DeltaRange, Elliptic, LogDerivLookup, Memory, NonNativeField, Poseidon2External,
    Poseidon2Internal, Relation, RelationParameters,
};
use crate::trace::{PERMUTATION_SEPARATOR, Trace};

/// The first row that breaks a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Barretenberg's name of the relation.
    pub relation: &'static str,
    /// Number of the subrelation within it.
    pub subrelation: usize,
    /// The block that the row is in.
    pub block: Option<BlockKind>,
    /// The row of the trace.
    pub row: usize,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { relation, subrelation, block, row } = self;
        write!(f, "{relation} {subrelation} does not hold at row {row} (block {block:?})")
    }
}

impl std::error::Error for Violation {}

impl Circuit {
    /// Lays the circuit out and checks all relations.
    ///
    /// # Errors
    /// The first row that breaks one.
    pub fn into_checked_trace(self) -> Result<Trace, Violation> {
        let mut start = 1;
        let blocks = BlockKind::ALL.map(|kind| {
            let rows = start..start + self.block_len(kind);
            start = rows.end;
            rows
        });
        let trace = self.into_trace();
        let checker = Checker::new(&trace, blocks);
        checker.rows()?;
        checker.lookups()?;
        checker.copies()?;
        Ok(trace)
    }
}

struct Checker<'a> {
    trace: &'a Trace,
    blocks: [Range<usize>; BlockKind::ALL.len()],
    parameters: RelationParameters,
    /// The fourth wire with fingerprints of memory records.
    fourth: Vec<Fr>,
}

impl<'a> Checker<'a> {
    fn new(trace: &'a Trace, blocks: [Range<usize>; BlockKind::ALL.len()]) -> Self {
        // Any challenges do that a witness cannot be made for.
        let challenge = |number: u64| poseidon2::hash(&[Fr::from(number)]);
        let parameters = RelationParameters::new(challenge(1), challenge(2), challenge(3), Fr::ONE);
        let mut fourth: Vec<Fr> = (0..trace.size()).map(|row| trace.wires[3].get(row)).collect();
        let fingerprint = |row: u32| {
            let [a, b, c] = [0, 1, 2].map(|wire: usize| trace.wires[wire].get(row as usize));
            a * parameters.eta + b * parameters.eta_two + c * parameters.eta_three
        };
        for row in &trace.memory_read_rows {
            fourth[*row as usize] = fingerprint(*row);
        }
        for row in &trace.memory_write_rows {
            fourth[*row as usize] = fingerprint(*row) + Fr::ONE;
        }
        Self { trace, blocks, parameters, fourth }
    }

    fn violation(&self, relation: &'static str, subrelation: usize, row: usize) -> Violation {
        let block = BlockKind::ALL.into_iter().find(|kind| self.blocks[*kind as usize].contains(&row));
        Violation { relation, subrelation, block, row }
    }

    fn wire(&self, wire: usize, row: usize) -> Fr {
        match wire {
            3 => self.fourth.get(row).copied().unwrap_or_default(),
            _ => self.trace.wires[wire].get(row),
        }
    }

    /// The entities of a row, but for what depends on challenges of the arguments over all rows.
    fn row(&self, row: usize) -> Row<Fr> {
        let mut values = Row::from_fn(|_| Fr::ZERO);
        for (column, entity) in self.trace.precomputed.iter().zip(&Entity::ALL[..PRECOMPUTED]) {
            values[*entity] = column.get(row);
        }
        let wires = [Entity::WL, Entity::WR, Entity::WO, Entity::W4];
        let shifts = [Entity::WLShift, Entity::WRShift, Entity::WOShift, Entity::W4Shift];
        for wire in 0..4 {
            values[wires[wire]] = self.wire(wire, row);
            values[shifts[wire]] = self.wire(wire, row + 1);
        }
        values
    }

    /// The relations of single rows.
    fn rows(&self) -> Result<(), Violation> {
        for index in 0..=self.trace.last_active_row {
            let row = self.row(index);
            self.relation::<Arithmetic>(&row, index)?;
            self.relation::<DeltaRange>(&row, index)?;
            self.relation::<Elliptic>(&row, index)?;
            self.relation::<Memory>(&row, index)?;
            self.relation::<NonNativeField>(&row, index)?;
            self.relation::<Poseidon2External>(&row, index)?;
            self.relation::<Poseidon2Internal>(&row, index)?;
        }
        Ok(())
    }

    fn relation<R: Relation>(&self, row: &Row<Fr>, index: usize) -> Result<(), Violation> {
        let mut values = vec![Fr::ZERO; R::LENGTHS.len()];
        R::values(row, &self.parameters, Fr::ONE, &mut values);
        match values.iter().position(|value| !value.is_zero()) {
            Some(subrelation) => Err(self.violation(R::NAME, subrelation, index)),
            None => Ok(()),
        }
    }

    /// Every lookup is a row of its table, and rows are counted as often as they are looked up.
    fn lookups(&self) -> Result<(), Violation> {
        let mut expected: HashMap<Fr, Fr> = HashMap::new();
        for index in 0..self.trace.tables_len {
            let term = LogDerivLookup::table_term(&self.row(index), &self.parameters);
            *expected.entry(term).or_default() += self.trace.lookup_read_counts.get(index);
        }
        for index in self.trace.lookup_rows.clone() {
            let term = LogDerivLookup::lookup_term(&self.row(index), &self.parameters);
            match expected.get_mut(&term) {
                Some(count) if !count.is_zero() => *count -= Fr::ONE,
                _ => return Err(self.violation(LogDerivLookup::NAME, 0, index)),
            }
        }
        if expected.into_values().all(|count| count.is_zero()) {
            Ok(())
        } else {
            Err(self.violation(LogDerivLookup::NAME, 1, self.trace.lookup_rows.end))
        }
    }

    /// Cells of one variable are equal, and tagged cycles hold the same values as their partners.
    fn copies(&self) -> Result<(), Violation> {
        const NAME: &str = "Permutation";
        let (beta, gamma) = (self.parameters.beta, self.parameters.gamma);
        let (mut numerator, mut denominator) = (Fr::ONE, Fr::ONE);
        let first_input = self.trace.public_inputs_offset;
        let inputs = first_input..first_input + self.trace.public_inputs.len();
        for index in 1..=self.trace.last_active_row {
            for wire in 0..4 {
                let value = self.wire(wire, index);
                let sigma = self.trace.precomputed[Entity::Sigma1 as usize + wire].get(index);
                let id = self.trace.precomputed[Entity::Id1 as usize + wire].get(index);
                numerator *= value + id * beta + gamma;
                denominator *= value + sigma * beta + gamma;
                let [name, ..] = sigma.to_canonical_limbs();
                let (next_wire, next) = (name / PERMUTATION_SEPARATOR, name % PERMUTATION_SEPARATOR);
                let is_input = wire == 0 && inputs.contains(&index);
                if !is_input && next_wire < 4 && self.wire(next_wire as usize, next as usize) != value {
                    return Err(self.violation(NAME, wire, index));
                }
            }
        }
        for (row, value) in (first_input as u64..).zip(&self.trace.public_inputs) {
            denominator *= *value + beta * Fr::from(PERMUTATION_SEPARATOR + row) + gamma;
            numerator *= *value - beta * Fr::from(row + 1) + gamma;
        }
        if numerator == denominator {
            Ok(())
        } else {
            Err(self.violation(NAME, 4, self.trace.last_active_row))
        }
    }
}
