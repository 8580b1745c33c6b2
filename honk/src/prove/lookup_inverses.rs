//! Inverses of the lookup argument.

use chinampa_kernels::Fr;
use chinampa_kernels::field::batch_inverse;
use rayon::prelude::*;

use super::columns::Columns;
use crate::entity::{Entity, Row};
use crate::relations::{LogDerivLookup, RelationParameters};
use crate::trace::Column;

/// Rows that one task inverts together.
const CHUNK: usize = 1 << 10;

/// What the terms of a row are made of.
const READ: [Entity; 11] = [
    Entity::Table1,
    Entity::Table2,
    Entity::Table3,
    Entity::Table4,
    Entity::WL,
    Entity::WR,
    Entity::WO,
    Entity::QR,
    Entity::QM,
    Entity::QC,
    Entity::QO,
];
const READ_BELOW: [(Entity, Entity); 3] =
    [(Entity::WLShift, Entity::WL), (Entity::WRShift, Entity::WR), (Entity::WOShift, Entity::WO)];

/// `1 / (table_term lookup_term)` in rows with a lookup gate or a table row that is read, zero elsewhere.
///
/// Both terms are of the same row, although the gate and the table row that it reads are in different ones: one column of
/// inverses serves both.
pub(super) fn lookup_inverses(columns: &Columns, parameters: &RelationParameters) -> Column {
    let (gates, tags) =
        (&columns.bodies[Entity::QLookup.index()], &columns.bodies[Entity::LookupReadTags.index()]);
    let columns_in_use = [gates, tags].into_iter().filter(|column| !column.is_empty());
    let Some(start) = columns_in_use.clone().map(|column| column.start()).min() else {
        return Column::EMPTY;
    };
    let end = columns_in_use.map(Column::end).max().unwrap_or(start);
    let mut values = vec![Fr::ZERO; end - start];
    values.par_chunks_mut(CHUNK).enumerate().for_each(|(number, chunk)| {
        let first = start + number * CHUNK;
        let mut row = Row([Fr::ZERO; crate::ENTITIES]);
        for (offset, value) in chunk.iter_mut().enumerate() {
            let index = first + offset;
            if gates.get(index).is_zero() && tags.get(index).is_zero() {
                continue;
            }
            for entity in READ {
                row[entity] = columns.get(entity, index);
            }
            for (shifted, entity) in READ_BELOW {
                row[shifted] = columns.get(entity, index + 1);
            }
            *value =
                LogDerivLookup::table_term(&row, parameters) * LogDerivLookup::lookup_term(&row, parameters);
        }
        batch_inverse(chunk);
    });
    Column::new(start, values)
}
