//! The relations' sums over a block of neighbouring pairs of rows ("edges").
//!
//! A pair of rows is a line in each column, `low + X (high - low)`. Relations are evaluated on the line at `X = 0, 1, ...`, each
//! only where its own degree needs it and only if its selector is not zero at both ends.

use std::ops::Range;

use chinampa_kernels::Fr;

use super::super::columns::View;
use crate::entity::{ENTITIES, Entity, Row};
use crate::flavor::MAX_PARTIAL_RELATION_LENGTH;
use crate::relations::{
    LINEARLY_DEPENDENT_SUBRELATION, NUM_SUBRELATIONS, Relation, RelationParameters, Visitor, visit,
};

/// Edges in a block.
pub(super) const BLOCK: usize = 1 << 7;
/// Most subrelations of one relation.
const MAX_SUBRELATIONS: usize = 6;
/// First subrelation of the relation that holds only in sum.
const LOOKUP_FIRST: usize = 4;

/// At each point, the sum of each subrelation.
#[derive(Clone)]
pub(super) struct Sums(pub(super) [[Fr; NUM_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]);

impl Sums {
    pub(super) const ZERO: Self = Self([[Fr::ZERO; NUM_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]);

    /// Adds `weight * other`; the linearly dependent subrelation has no weight.
    pub(super) fn add(&mut self, other: &Self, weight: Fr) {
        for (sums, others) in self.0.iter_mut().zip(&other.0) {
            for (j, (sum, &other)) in sums.iter_mut().zip(others).enumerate() {
                if !other.is_zero() {
                    *sum += if j == LINEARLY_DEPENDENT_SUBRELATION { other } else { other * weight };
                }
            }
        }
    }
}

/// Memory that blocks use again.
pub(super) struct Scratch {
    /// Rows of columns that are not held as they are read.
    buffers: [Vec<Fr>; ENTITIES],
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self { buffers: [const { Vec::new() }; ENTITIES] }
    }
}

/// Some edges.
pub(super) struct Block<'a> {
    pub(super) views: &'a [View<'a>; ENTITIES],
    pub(super) parameters: &'a RelationParameters,
    /// The block's part of `pow`, for each of its edges.
    pub(super) weights: &'a [Fr],
    /// Number of the block's first edge.
    pub(super) start: usize,
    /// Which of the block's edges count.
    pub(super) edges: Range<usize>,
    /// The rows are those of the trace, on which every relation but one vanishes.
    pub(super) is_first: bool,
}

impl Block<'_> {
    pub(super) fn sums(&self, scratch: &mut Scratch) -> Sums {
        let first_row = 2 * (self.start + self.edges.start);
        let len = 2 * self.edges.len();
        let mut columns: Vec<(Entity, &[Fr])> = Vec::with_capacity(ENTITIES);
        for ((entity, view), buffer) in Entity::ALL.into_iter().zip(self.views).zip(&mut scratch.buffers) {
            if let Some(rows) = view.rows(first_row, len, buffer) {
                columns.push((entity, rows));
            }
        }
        let mut sums = Sums::ZERO;
        let mut low = Row([Fr::ZERO; ENTITIES]);
        let mut step = low;
        let mut row = low;
        for (edge, &weight) in self.weights[self.edges.clone()].iter().enumerate() {
            for &(entity, rows) in &columns {
                low[entity] = rows[2 * edge];
                row[entity] = rows[2 * edge + 1];
            }
            let mut live = Live { low: &low, high: &row, relations: [false; NUM_SUBRELATIONS] };
            visit(&mut live);
            let live = live.relations;
            visit(&mut Scale { live: &live, low: &mut low, high: &mut row, weight });
            for &(entity, _) in &columns {
                step[entity] = row[entity] - low[entity];
            }
            for (x, sums) in sums.0.iter_mut().enumerate() {
                let row = match x {
                    0 => &low,
                    1 => &row,
                    _ => {
                        for &(entity, _) in &columns {
                            row[entity] += step[entity];
                        }
                        &row
                    }
                };
                let parameters = self.parameters;
                let vanishes = self.is_first && x < 2;
                visit(&mut Accumulate { x, row, live: &live, parameters, weight, vanishes, sums });
            }
        }
        sums
    }
}

/// Finds the relations that are not zero on the whole edge.
struct Live<'a> {
    low: &'a Row<Fr>,
    high: &'a Row<Fr>,
    /// At each relation's first subrelation.
    relations: [bool; NUM_SUBRELATIONS],
}

impl Visitor for Live<'_> {
    #[inline(always)]
    fn relation<R: Relation>(&mut self, first: usize) {
        self.relations[first] = !(R::is_zero(self.low) && R::is_zero(self.high));
    }
}

/// Multiplies the selectors of relations that are linear in them by the edge's weight: the relations are then weighted.
struct Scale<'a> {
    live: &'a [bool; NUM_SUBRELATIONS],
    low: &'a mut Row<Fr>,
    high: &'a mut Row<Fr>,
    weight: Fr,
}

impl Visitor for Scale<'_> {
    #[inline(always)]
    fn relation<R: Relation>(&mut self, first: usize) {
        if R::SELECTOR_IS_LINEAR
            && self.live[first]
            && let Some(selector) = R::SELECTOR
        {
            self.low[selector] *= self.weight;
            self.high[selector] *= self.weight;
        }
    }
}

/// Adds the relations at one point of an edge.
struct Accumulate<'a> {
    x: usize,
    row: &'a Row<Fr>,
    live: &'a [bool; NUM_SUBRELATIONS],
    parameters: &'a RelationParameters,
    weight: Fr,
    /// All relations but the one that holds only in sum are known to be zero.
    vanishes: bool,
    sums: &'a mut [Fr; NUM_SUBRELATIONS],
}

impl Visitor for Accumulate<'_> {
    #[inline(always)]
    fn relation<R: Relation>(&mut self, first: usize) {
        let length = R::LENGTHS.iter().copied().max().unwrap_or(0);
        if !self.live[first] || self.x >= length || (self.vanishes && first != LOOKUP_FIRST) {
            return;
        }
        let sums = &mut self.sums[first..][..R::LENGTHS.len()];
        if R::SELECTOR_IS_LINEAR {
            R::accumulate(self.row, self.parameters, sums);
            return;
        }
        let mut values = [Fr::ZERO; MAX_SUBRELATIONS];
        let values = &mut values[..R::LENGTHS.len()];
        R::accumulate(self.row, self.parameters, values);
        for (j, (sum, &value)) in sums.iter_mut().zip(&*values).enumerate() {
            let is_weighted = first + j != LINEARLY_DEPENDENT_SUBRELATION;
            if !value.is_zero() {
                *sum += if is_weighted { value * self.weight } else { value };
            }
        }
    }
}
