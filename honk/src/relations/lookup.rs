//! Lookups by logarithmic derivatives: the sum of `1 / lookup` over gates equals that of `count / table` over table rows.
//!
//! Source: Haboeck, "Multivariate lookups based on logarithmic derivatives", eprint 2022/1530.

use super::{Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// The three columns of every lookup gate are a row of the table that it names.
#[derive(Clone, Copy, Debug)]
pub struct LogDerivLookup;

impl LogDerivLookup {
    /// What a table row is compressed to.
    #[inline(always)]
    pub fn table_term<T: Value>(row: &Row<T>, parameters: &RelationParameters) -> T {
        row[Entity::Table1]
            + parameters.gamma
            + row[Entity::Table2] * parameters.beta
            + row[Entity::Table3] * parameters.beta_sqr
            + row[Entity::Table4] * parameters.beta_cube
    }

    /// What a lookup gate is compressed to. Selectors hold the negated steps between a gate and the next, from which the
    /// columns are derived, and `q_o` the table's index.
    #[inline(always)]
    pub fn lookup_term<T: Value>(row: &Row<T>, parameters: &RelationParameters) -> T {
        let first = row[Entity::WL] + row[Entity::QR] * row[Entity::WLShift];
        let second = row[Entity::WR] + row[Entity::QM] * row[Entity::WRShift];
        let third = row[Entity::WO] + row[Entity::QC] * row[Entity::WOShift];
        first
            + parameters.gamma
            + second * parameters.beta
            + third * parameters.beta_sqr
            + row[Entity::QO] * parameters.beta_cube
    }
}

impl Relation for LogDerivLookup {
    const NAME: &'static str = "LogDerivLookup";
    const LENGTHS: &'static [usize] = &[5, 5, 3];
    const SELECTOR: Option<Entity> = None;
    const SELECTOR_IS_LINEAR: bool = false;

    #[inline(always)]
    fn is_zero<T: Value>(row: &Row<T>) -> bool {
        row[Entity::QLookup].is_zero()
            && row[Entity::LookupReadTags].is_zero()
            && row[Entity::LookupInverses].is_zero()
    }

    #[inline]
    fn accumulate<T: Value>(row: &Row<T>, parameters: &RelationParameters, out: &mut [T]) {
        let table = Self::table_term(row, parameters);
        let lookup = Self::lookup_term(row, parameters);
        let (inverse, q_lookup) = (row[Entity::LookupInverses], row[Entity::QLookup]);
        let (tag, count) = (row[Entity::LookupReadTags], row[Entity::LookupReadCounts]);

        // The inverse exists where there is a lookup gate or a table row that is read.
        let table_inverse = table * inverse;
        out[0] = out[0] + (lookup * table_inverse - (tag + q_lookup - tag * q_lookup));
        // Summed over all rows: of 1 / lookup where there is a gate, less count / table.
        out[1] = out[1] + (q_lookup * table_inverse - count * (lookup * inverse));
        out[2] = out[2] + (tag.square() - tag);
    }
}
