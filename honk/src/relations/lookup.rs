//! Lookups by logarithmic derivatives: the sum of `1 / lookup` over gates equals that of `count / table` over table rows.
//!
//! Source: Haboeck, "Multivariate lookups based on logarithmic derivatives", eprint 2022/1530.

use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// The three columns of every lookup gate are a row of the table that it names.
#[derive(Clone, Copy, Debug)]
pub struct LogDerivLookup;

impl LogDerivLookup {
    /// What a table row is compressed to.
    #[inline(always)]
    pub fn table_term<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>) -> T {
        let products = T::sum_of_products([
            (row[Entity::Table2], parameters.beta),
            (row[Entity::Table3], parameters.beta_sqr),
            (row[Entity::Table4], parameters.beta_cube),
        ]);
        row[Entity::Table1] + parameters.gamma + products
    }

    /// What a lookup gate is compressed to. Selectors hold the negated steps between a gate and the next, from which the
    /// columns are derived, and `q_o` the table's index.
    #[inline(always)]
    pub fn lookup_term<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>) -> T {
        Self::gate_form(row, parameters) + Self::steps(row, parameters)
    }

    /// The part that is linear.
    #[inline(always)]
    fn gate_form<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>) -> T {
        let products = T::sum_of_products([
            (row[Entity::WR], parameters.beta),
            (row[Entity::WO], parameters.beta_sqr),
            (row[Entity::QO], parameters.beta_cube),
        ]);
        row[Entity::WL] + parameters.gamma + products
    }

    /// The part that the next row contributes.
    #[inline(always)]
    fn steps<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>) -> T {
        T::sum_of_products([
            (row[Entity::QR], row[Entity::WLShift]),
            (row[Entity::QM] * row[Entity::WRShift], parameters.beta),
            (row[Entity::QC] * row[Entity::WOShift], parameters.beta_sqr),
        ])
    }
}

impl Relation for LogDerivLookup {
    const NAME: &'static str = "LogDerivLookup";
    const LENGTHS: &'static [usize] = &[5, 5, 3];
    const CONSTANT_LENGTHS: &'static [usize] = &[5, 5, 3];
    const SELECTOR: Option<Entity> = None;
    const READS: &'static [Entity] = &[
        Entity::QR,
        Entity::QM,
        Entity::QC,
        Entity::QLookup,
        Entity::WLShift,
        Entity::WRShift,
        Entity::WOShift,
        Entity::LookupReadTags,
        Entity::LookupReadCounts,
        Entity::LookupInverses,
    ];
    const FORM_READS: &'static [Entity] = &[
        Entity::Table1,
        Entity::Table2,
        Entity::Table3,
        Entity::Table4,
        Entity::WL,
        Entity::WR,
        Entity::WO,
        Entity::QO,
    ];
    const FORMS: usize = 2;

    #[inline(always)]
    fn is_zero(is_zero: impl Fn(Entity) -> bool) -> bool {
        [Entity::QLookup, Entity::LookupReadTags, Entity::LookupInverses].into_iter().all(is_zero)
    }

    /// What a table row is compressed to, and what a lookup gate is but for the steps to the next.
    #[inline(always)]
    fn forms<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>, forms: &mut [T; MAX_FORMS]) {
        forms[0] = Self::table_term(row, parameters);
        forms[1] = Self::gate_form(row, parameters);
    }

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        forms: &[T; MAX_FORMS],
        parameters: &RelationParameters<T>,
        out: &mut [T],
    ) {
        let table = forms[0];
        let lookup = forms[1] + Self::steps(row, parameters);
        let (inverse, q_lookup) = (row[Entity::LookupInverses], row[Entity::QLookup]);
        let (tag, count) = (row[Entity::LookupReadTags], row[Entity::LookupReadCounts]);

        // The inverse exists where there is a lookup gate or a table row that is read.
        let table_inverse = table * inverse;
        out[0] = out[0] + scale * (lookup * table_inverse - (tag + q_lookup - tag * q_lookup));
        // Summed over all rows, without weights: of 1 / lookup where there is a gate, less count / table.
        out[1] = out[1] + T::difference_of_products((q_lookup, table_inverse), (count, lookup * inverse));
        out[2] = out[2] + scale * (tag.square() - tag);
    }
}
