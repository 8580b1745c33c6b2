//! The prover's polynomials: what the trace holds, and what challenges add to it.

use chinampa_kernels::Fr;

use crate::entity::{ENTITIES, Entity, UNSHIFTED, WITNESS};
use crate::trace::Column;

/// Rows at the end of each witness column that hold random values in zero-knowledge.
pub(super) const MASKED_ROWS: usize = 3;

/// The tail of a precomputed column.
static NO_TAIL: Column = Column::EMPTY;

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
        [&self.bodies[index], index.checked_sub(UNSHIFTED - WITNESS).map_or(&NO_TAIL, |i| &self.tails[i])]
    }

    pub(super) fn body_mut(&mut self, entity: Entity) -> &mut Column {
        &mut self.bodies[entity.index()]
    }

    /// A value of the trace, without masks.
    #[inline]
    pub(super) fn get(&self, entity: Entity, row: usize) -> Fr {
        self.bodies[entity.index()].get(row)
    }

    /// All 41 entities as relations read them.
    pub(super) fn views(&self) -> [View<'_>; ENTITIES] {
        Entity::ALL.map(|entity| match entity.index().checked_sub(UNSHIFTED) {
            None => View { parts: self.parts(entity), shift: 0 },
            Some(index) => View { parts: self.parts(Entity::TO_BE_SHIFTED[index]), shift: 1 },
        })
    }
}

/// A column, or a column seen a row further down, that is read in place.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    /// The column is the sum of the two.
    pub(super) parts: [&'a Column; 2],
    /// 1 for the next row.
    pub(super) shift: usize,
}

impl<'a> View<'a> {
    /// One more than the last row that is not zero, masks aside.
    pub(super) fn body_end(&self) -> usize {
        Self::range(self.parts[0], self.shift).map_or(0, |(_, end)| end)
    }

    /// The rows that may not be zero, of a part; `None` if it is zero.
    pub(super) fn range(part: &Column, shift: usize) -> Option<(usize, usize)> {
        let end = part.end().saturating_sub(shift);
        let start = part.start.saturating_sub(shift);
        (end > start && !part.values.is_empty()).then_some((start, end))
    }

    /// The rows `start..start + len`: `None` if all are zero, a part of the column if it has them all, else a copy in
    /// `buffer`.
    pub(super) fn rows<'b>(&self, start: usize, len: usize, buffer: &'b mut [Fr]) -> Option<&'b [Fr]>
    where
        'a: 'b,
    {
        let end = start + len;
        let overlaps = |part: &&Column| {
            Self::range(part, self.shift).is_some_and(|(first, last)| first < end && start < last)
        };
        let mut overlapping = self.parts.into_iter().filter(overlaps);
        let (first, second) = (overlapping.next()?, overlapping.next());
        if second.is_none()
            && let Some(offset) = (start + self.shift).checked_sub(first.start)
            && let Some(values) = first.values.get(offset..offset + len)
        {
            return Some(values);
        }
        let buffer = &mut buffer[..len];
        buffer.fill(Fr::ZERO);
        for part in [Some(first), second].into_iter().flatten() {
            add_rows(part, start + self.shift, buffer);
        }
        Some(buffer)
    }
}

/// Adds the rows of `column` from `start` on to `rows`.
fn add_rows(column: &Column, start: usize, rows: &mut [Fr]) {
    let first = start.max(column.start);
    let last = (start + rows.len()).min(column.end());
    if first < last {
        let values = &column.values[first - column.start..last - column.start];
        for (row, value) in rows[first - start..].iter_mut().zip(values) {
            *row += *value;
        }
    }
}
