//! The relations' sums over a block of neighbouring pairs of rows ("edges").
//!
//! A pair of rows is a line in each column, `low + X (high - low)`. Relations are evaluated on the lines of eight edges at
//! `X = 0, 1, ...`, each only where its own degree needs it and only if its selector is not zero on all of them.

use std::ops::Range;

use chinampa_kernels::Fr;
use chinampa_kernels::lanes::dispatch;

use super::super::columns::View;
use super::edges::{Edges, Groups, MAX_SUBRELATIONS, RelationSums};
use crate::entity::{ENTITIES, Entity};
use crate::flavor::MAX_PARTIAL_RELATION_LENGTH;
use crate::relations::{
    InnerPermutation, LINEARLY_DEPENDENT_SUBRELATION, NUM_SUBRELATIONS, PlainArithmetic, Relation,
    RelationParameters, Visitor, visit,
};

/// Edges in a block.
pub(super) const BLOCK: usize = 1 << 7;
/// First subrelations of some relations.
const ARITHMETIC: usize = 0;
const PERMUTATION: usize = 2;
const LOOKUP: usize = 4;

/// At each point, the sum of each subrelation: over edges on which the relation's selector changes, and over those on which it does
/// not.
#[derive(Clone)]
pub(super) struct Sums(pub(super) [[[Fr; NUM_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]; 2]);

impl Sums {
    pub(super) const ZERO: Self = Self([[[Fr::ZERO; NUM_SUBRELATIONS]; MAX_PARTIAL_RELATION_LENGTH]; 2]);

    /// Adds `weight * other`; the linearly dependent subrelation has no weight.
    pub(super) fn add(&mut self, other: &Self, weight: Fr) {
        for (sums, others) in self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened()) {
            for (j, (sum, &other)) in sums.iter_mut().zip(others).enumerate() {
                if !other.is_zero() {
                    *sum += if j == LINEARLY_DEPENDENT_SUBRELATION { other } else { other * weight };
                }
            }
        }
    }

    /// Adds the sums of the relation whose first subrelation is `first`.
    fn add_relation(&mut self, first: usize, sums: &RelationSums) {
        for (all, sums) in self.0.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
            for (sum, &value) in all[first..].iter_mut().zip(sums) {
                *sum += value;
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
        let mut lines: Lines<'_> = [None; ENTITIES];
        for ((view, line), buffer) in self.views.iter().zip(&mut lines).zip(&mut scratch.buffers) {
            let rows = view.rows(first_row, 2 * self.edges.len(), buffer);
            *line = rows.map(|rows| rows.as_chunks().0);
        }
        let mut relations = Relations {
            block: self,
            lines: &lines,
            weights: &self.weights[self.edges.clone()],
            sums: Sums::ZERO,
        };
        visit(&mut relations);
        relations.sums
    }
}

/// The two ends of each edge, for each entity; `None` where all are zero.
pub(super) type Lines<'a> = [Option<&'a [[Fr; 2]]>; ENTITIES];

/// Sums up one relation after the other.
struct Relations<'a> {
    block: &'a Block<'a>,
    lines: &'a Lines<'a>,
    weights: &'a [Fr],
    sums: Sums,
}

impl Relations<'_> {
    fn add<R: Relation>(&mut self, first: usize, groups: Groups) {
        let edges = Edges::<R> {
            lines: self.lines,
            weights: self.weights,
            parameters: self.block.parameters,
            vanishes: self.block.is_first && first != LOOKUP,
            groups,
            relation: std::marker::PhantomData,
        };
        debug_assert!(R::LENGTHS.len() <= MAX_SUBRELATIONS);
        self.sums.add_relation(first, &dispatch(edges));
    }

    fn is_zero(&self, entity: Entity) -> bool {
        self.lines[entity.index()].is_none()
    }
}

impl Visitor for Relations<'_> {
    fn relation<R: Relation>(&mut self, first: usize) {
        if R::is_zero(|entity| self.is_zero(entity)) {
            return;
        }
        if first == ARITHMETIC {
            self.add::<PlainArithmetic>(first, Groups::SelectorIsOne);
            self.add::<R>(first, Groups::SelectorIsNotOne);
        } else if first == PERMUTATION
            && [Entity::LagrangeFirst, Entity::LagrangeLast].into_iter().all(|entity| self.is_zero(entity))
        {
            self.add::<InnerPermutation>(first, Groups::All);
        } else {
            self.add::<R>(first, Groups::All);
        }
    }
}
