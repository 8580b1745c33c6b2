//! The columns with the first variables fixed: half as long after each round.

use chinampa_kernels::Fr;
use rayon::prelude::*;

use super::super::columns::View;
use crate::entity::ENTITIES;
use crate::trace::Column;

/// Rows that one task folds.
const CHUNK: usize = 1 << 12;

/// All 41 entities. The shifted ones have tables of their own: a fold of the next rows is not a row of the fold.
pub(super) struct Tables {
    parts: Vec<[Column; 2]>,
}

impl Tables {
    pub(super) fn fold_columns(views: &[View<'_>; ENTITIES], challenge: Fr) -> Self {
        let fold = |view: &View<'_>| view.parts.map(|part| fold(part, view.shift, challenge));
        Self { parts: views.par_iter().map(fold).collect() }
    }

    /// Replaces each table by its fold.
    pub(super) fn fold(&mut self, challenge: Fr) {
        self.parts.par_iter_mut().for_each(|parts| {
            for part in parts {
                *part = fold(part, 0, challenge);
            }
        });
    }

    pub(super) fn fold_masking(masking: &Column, challenge: Fr) -> Column {
        fold(masking, 0, challenge)
    }

    pub(super) fn views(&self) -> [View<'_>; ENTITIES] {
        std::array::from_fn(|i| View { parts: self.parts[i].each_ref(), shift: 0 })
    }

    /// The values of tables of one row.
    pub(super) fn single_row(&self) -> [Fr; ENTITIES] {
        std::array::from_fn(|i| self.parts[i].iter().map(|part| part.get(0)).sum())
    }

    /// Tables of one row.
    pub(super) fn of_row(row: &[Fr; ENTITIES]) -> Self {
        Self { parts: row.iter().map(|&value| [Column::new(0, vec![value]), Column::EMPTY]).collect() }
    }
}

/// `folded[i] = column[2i] + challenge (column[2i + 1] - column[2i])` of the column seen `shift` rows further down.
fn fold(column: &Column, shift: usize, challenge: Fr) -> Column {
    let Some((start, end)) = View::range(column, shift) else {
        return Column::EMPTY;
    };
    let (first, last) = (start / 2, end.div_ceil(2));
    let mut values = vec![Fr::ZERO; last - first];
    values.par_chunks_mut(CHUNK).enumerate().for_each(|(number, chunk)| {
        let first = first + number * CHUNK;
        for (offset, value) in chunk.iter_mut().enumerate() {
            let row = 2 * (first + offset) + shift;
            let (low, high) = (column.get(row), column.get(row + 1));
            let step = high - low;
            // Selectors are constant nearly everywhere.
            *value = if step.is_zero() { low } else { low + step * challenge };
        }
    });
    Column::new(first, values)
}
