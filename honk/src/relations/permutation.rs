//! Copy constraints: a grand product over all cells, ending in the public inputs' part.

use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// `z_perm` goes from 1 to `public_input_delta`, each row multiplying it by the ratio of its cells' names to those of the
/// cells they are copied to.
#[derive(Clone, Copy, Debug)]
pub struct Permutation;

const COLUMNS: [(Entity, Entity, Entity); 4] = [
    (Entity::WL, Entity::Id1, Entity::Sigma1),
    (Entity::WR, Entity::Id2, Entity::Sigma2),
    (Entity::WO, Entity::Id3, Entity::Sigma3),
    (Entity::W4, Entity::Id4, Entity::Sigma4),
];

/// [`Permutation`] where there is neither the first row nor the last: the first subrelation alone, in fewer products.
#[derive(Clone, Copy, Debug)]
pub struct InnerPermutation;

const FACTOR_READS: &[Entity] = &[
    Entity::WL,
    Entity::WR,
    Entity::WO,
    Entity::W4,
    Entity::Id1,
    Entity::Id2,
    Entity::Id3,
    Entity::Id4,
    Entity::Sigma1,
    Entity::Sigma2,
    Entity::Sigma3,
    Entity::Sigma4,
];

/// The four numerators, then the four denominators.
#[inline(always)]
fn factors<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>, factors: &mut [T; MAX_FORMS]) {
    for (i, (wire, id, sigma)) in COLUMNS.into_iter().enumerate() {
        let shifted = row[wire] + parameters.gamma;
        factors[i] = shifted + row[id] * parameters.beta;
        factors[4 + i] = shifted + row[sigma] * parameters.beta;
    }
}

/// The products of the numerators and of the denominators.
#[inline(always)]
fn products<T: Value>(factors: &[T; MAX_FORMS]) -> (T, T) {
    let numerator = (factors[0] * factors[1]) * (factors[2] * factors[3]);
    let denominator = (factors[4] * factors[5]) * (factors[6] * factors[7]);
    (numerator, denominator)
}

impl Relation for Permutation {
    const NAME: &'static str = "Permutation";
    const LENGTHS: &'static [usize] = &[6, 3];
    const CONSTANT_LENGTHS: &'static [usize] = &[6, 3];
    const SELECTOR: Option<Entity> = None;
    const READS: &'static [Entity] =
        &[Entity::ZPerm, Entity::ZPermShift, Entity::LagrangeFirst, Entity::LagrangeLast];
    const FORM_READS: &'static [Entity] = FACTOR_READS;
    const FORMS: usize = 8;

    #[inline(always)]
    fn is_zero(is_zero: impl Fn(Entity) -> bool) -> bool {
        [Entity::ZPerm, Entity::ZPermShift, Entity::LagrangeFirst, Entity::LagrangeLast]
            .into_iter()
            .all(is_zero)
    }

    #[inline(always)]
    fn forms<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>, forms: &mut [T; MAX_FORMS]) {
        factors(row, parameters, forms);
    }

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        forms: &[T; MAX_FORMS],
        parameters: &RelationParameters<T>,
        out: &mut [T],
    ) {
        let (numerator, denominator) = products(forms);

        let (z_perm, z_perm_shift) = (row[Entity::ZPerm], row[Entity::ZPermShift]);
        let lagrange_last = row[Entity::LagrangeLast];
        let before = z_perm + row[Entity::LagrangeFirst];
        let after = z_perm_shift + lagrange_last * parameters.public_input_delta;
        out[0] = out[0] + scale * T::difference_of_products((before, numerator), (after, denominator));
        out[1] = out[1] + scale * (lagrange_last * z_perm_shift);
    }
}

impl Relation for InnerPermutation {
    const NAME: &'static str = Permutation::NAME;
    const LENGTHS: &'static [usize] = &[6];
    const CONSTANT_LENGTHS: &'static [usize] = &[6];
    const SELECTOR: Option<Entity> = None;
    const READS: &'static [Entity] = &[Entity::ZPerm, Entity::ZPermShift];
    const FORM_READS: &'static [Entity] = FACTOR_READS;
    const FORMS: usize = Permutation::FORMS;

    #[inline(always)]
    fn is_zero(is_zero: impl Fn(Entity) -> bool) -> bool {
        Permutation::is_zero(is_zero)
    }

    #[inline(always)]
    fn forms<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>, forms: &mut [T; MAX_FORMS]) {
        factors(row, parameters, forms);
    }

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        forms: &[T; MAX_FORMS],
        _: &RelationParameters<T>,
        out: &mut [T],
    ) {
        let (numerator, denominator) = products(forms);
        let (before, after) = (row[Entity::ZPerm], row[Entity::ZPermShift]);
        out[0] = out[0] + scale * T::difference_of_products((before, numerator), (after, denominator));
    }
}
