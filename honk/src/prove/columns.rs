//! The prover's polynomials: what the trace holds, and what challenges add to it.

use std::ops::Range;

use chinampa_kernels::Fr;
use chinampa_kernels::field::FrParams;
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, dispatch};

use crate::entity::{ENTITIES, Entity, UNSHIFTED, WITNESS};
use crate::trace::{Column, NO_COLUMN};

/// Rows at the end of each witness column that hold random values in zero-knowledge.
pub(super) const MASKED_ROWS: usize = 3;

/// The 36 columns that have commitments, and in zero-knowledge what hides them.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) log_size: usize,
    /// In the order of [`Entity`]; those that are not known yet are empty.
    pub(super) bodies: [Column; UNSHIFTED],
    /// Random values in the last rows of the witness columns; empty without zero-knowledge. A column is the sum of its body
    /// and its tail.
    pub(super) tails: [Column; WITNESS],
    /// `gemini_masking_poly`; empty without zero-knowledge.
    pub(super) masking: Column,
}

impl Columns {
    pub(super) const fn size(&self) -> usize {
        1 << self.log_size
    }

    /// Body and tail of an entity that is not shifted.
    pub(super) fn parts(&self, entity: Entity) -> [&Column; 2] {
        let index = entity.index();
        [&self.bodies[index], index.checked_sub(UNSHIFTED - WITNESS).map_or(&NO_COLUMN, |i| &self.tails[i])]
    }

    pub(super) fn body_mut(&mut self, entity: Entity) -> &mut Column {
        &mut self.bodies[entity.index()]
    }

    /// A value of the trace, without masks.
    #[inline]
    pub(super) fn get(&self, entity: Entity, row: usize) -> Fr {
        self.bodies[entity.index()].get(row)
    }

    /// All 41 entities as relations read them, with the first variables fixed to `challenges`.
    pub(super) fn views<'a>(&'a self, challenges: &'a [Fr]) -> [View<'a>; ENTITIES] {
        Entity::ALL.map(|entity| match entity.index().checked_sub(UNSHIFTED) {
            None => View { parts: self.parts(entity), shift: 0, challenges },
            Some(index) => View { parts: self.parts(Entity::TO_BE_SHIFTED[index]), shift: 1, challenges },
        })
    }
}

/// A column, or a column seen a row further down, that is read in place; or its fold by challenges, that is computed where it
/// is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    /// The column is the sum of the two.
    pub(super) parts: [&'a Column; 2],
    /// 1 for the next row.
    pub(super) shift: usize,
    /// Of `k` challenges, each row is the fold of `2^k` rows of the column.
    pub(super) challenges: &'a [Fr],
}

impl<'a> View<'a> {
    /// One more than the last row that is not zero, masks aside.
    pub(super) fn body_end(&self) -> usize {
        self.part_range(self.parts[0]).end
    }

    /// The rows that may not be zero, of a part.
    pub(super) fn part_range(&self, part: &Column) -> Range<usize> {
        let end = part.end().saturating_sub(self.shift);
        let start = part.start().saturating_sub(self.shift);
        if end <= start || part.is_empty() {
            return 0..0;
        }
        let folded = self.challenges.len();
        start >> folded..((end - 1) >> folded) + 1
    }

    /// The rows `start..start + len`: `None` if all are zero, a part of the column if it has them all, else written to
    /// `scratch`.
    pub(super) fn rows<'b>(&self, start: usize, len: usize, scratch: &'b mut Vec<Fr>) -> Option<&'b [Fr]>
    where
        'a: 'b,
    {
        let overlaps = |part: &&Column| {
            let range = self.part_range(part);
            range.start < start + len && start < range.end
        };
        let mut overlapping = self.parts.into_iter().filter(overlaps);
        let (first, second) = (overlapping.next()?, overlapping.next());
        let folded = self.challenges.len();
        let (start, len) = ((start << folded) + self.shift, len << folded);
        if second.is_none()
            && folded == 0
            && let Some(offset) = start.checked_sub(first.start())
            && let Some(values) = first.as_fields().and_then(|values| values.get(offset..offset + len))
        {
            return Some(values);
        }
        scratch.resize(len, Fr::ZERO);
        first.read(start, scratch);
        if let Some(second) = second {
            second.add_multiple(start, Fr::ONE, scratch);
        }
        for &challenge in self.challenges {
            fold(scratch, challenge);
        }
        Some(scratch)
    }
}

/// Replaces the rows of a column, an even number, by `rows[2i] + challenge (rows[2i + 1] - rows[2i])`, half as many.
fn fold(rows: &mut Vec<Fr>, challenge: Fr) {
    dispatch(Fold { rows, challenge });
    rows.truncate(rows.len() / 2);
}

struct Fold<'a> {
    rows: &'a mut [Fr],
    challenge: Fr,
}

impl Kernel<FrParams> for Fold<'_> {
    type Output = ();

    /// Writes the folds to the first half of the rows: never past those that are read.
    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let challenge = L::splat(self.challenge);
        let half = self.rows.len() / 2;
        let mut first = 0;
        while first < half {
            let end = half.min(first + LANES);
            let mut pairs = [[Fr::ZERO; 2]; LANES];
            pairs.as_flattened_mut()[..2 * (end - first)].copy_from_slice(&self.rows[2 * first..2 * end]);
            // Selectors are constant nearly everywhere.
            if pairs.iter().all(|[low, high]| low == high) {
                for (row, [low, _]) in self.rows[first..end].iter_mut().zip(&pairs) {
                    *row = *low;
                }
            } else {
                let (low, high) = L::load_pairs(pairs.each_ref());
                (low + (high - low) * challenge).store_some(&mut self.rows[first..end]);
            }
            first = end;
        }
    }
}
