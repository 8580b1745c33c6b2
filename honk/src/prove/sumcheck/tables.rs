//! The columns with the first variables fixed: half as long after each round.

use chinampa_kernels::Fr;
use rayon::prelude::*;

use super::super::columns::{Columns, View};
use crate::entity::ENTITIES;
use crate::trace::{Column, NO_COLUMN};

/// Rows that one task folds.
const CHUNK: usize = 1 << 11;

/// All 41 entities. The shifted ones have tables of their own: a fold of the next rows is not a row of the fold.
pub(super) struct Tables {
    /// As of columns, the body and in zero-knowledge what lies behind it.
    parts: Vec<[Column; 2]>,
    masking: Column,
}

impl Tables {
    /// The columns' folds by some challenges.
    pub(super) fn new(columns: &Columns, challenges: &[Fr]) -> Self {
        Self {
            parts: columns
                .views(challenges)
                .iter()
                .map(|view| view.parts.map(|part| table(part, view.shift, challenges)))
                .collect(),
            masking: table(&columns.masking, 0, challenges),
        }
    }

    /// Replaces each table by its fold.
    pub(super) fn fold(&mut self, challenge: Fr) {
        for column in self.parts.as_flattened_mut().iter_mut().chain([&mut self.masking]) {
            *column = table(column, 0, &[challenge]);
        }
    }

    pub(super) fn views(&self) -> [View<'_>; ENTITIES] {
        std::array::from_fn(|i| View { parts: self.parts[i].each_ref(), shift: 0, challenges: &[] })
    }

    /// The values of tables of one row: of `gemini_masking_poly`, and of the entities.
    pub(super) fn single_row(&self) -> (Fr, [Fr; ENTITIES]) {
        let entities = std::array::from_fn(|i| self.parts[i].iter().map(|part| part.get(0)).sum());
        (self.masking.get(0), entities)
    }

    /// Tables of one row.
    pub(super) fn of_row(row: &[Fr; ENTITIES]) -> Self {
        Self::of_columns(row.map(|value| Column::new(0, vec![value])))
    }

    /// The columns themselves, the shifted ones included.
    pub(super) fn of_columns(columns: [Column; ENTITIES]) -> Self {
        let parts = columns.into_iter().map(|column| [column, Column::EMPTY]).collect();
        Self { parts, masking: Column::EMPTY }
    }
}

/// The fold of a column seen `shift` rows further down.
fn table(column: &Column, shift: usize, challenges: &[Fr]) -> Column {
    let view = View { parts: [column, &NO_COLUMN], shift, challenges };
    let range = view.part_range(column);
    let mut values = vec![Fr::ZERO; range.len()];
    values.par_chunks_mut(CHUNK).enumerate().for_each_init(Vec::new, |scratch, (number, chunk)| {
        if let Some(rows) = view.rows(range.start + number * CHUNK, chunk.len(), scratch) {
            chunk.copy_from_slice(rows);
        }
    });
    Column::new(range.start, values)
}
