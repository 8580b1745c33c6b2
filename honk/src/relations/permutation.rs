//! Copy constraints: a grand product over all cells, ending in the public inputs' part.

use super::{Relation, RelationParameters, Value};
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

impl Relation for Permutation {
    const NAME: &'static str = "Permutation";
    const LENGTHS: &'static [usize] = &[6, 3];
    const SELECTOR: Option<Entity> = None;
    const SELECTOR_IS_LINEAR: bool = false;

    #[inline(always)]
    fn is_zero<T: Value>(row: &Row<T>) -> bool {
        row[Entity::ZPerm].is_zero()
            && row[Entity::ZPermShift].is_zero()
            && row[Entity::LagrangeFirst].is_zero()
            && row[Entity::LagrangeLast].is_zero()
    }

    #[inline]
    fn accumulate<T: Value>(row: &Row<T>, parameters: &RelationParameters, out: &mut [T]) {
        let [first, second, third, fourth] = COLUMNS.map(|(wire, id, sigma)| {
            let shifted = row[wire] + parameters.gamma;
            (shifted + row[id] * parameters.beta, shifted + row[sigma] * parameters.beta)
        });
        let numerator = (first.0 * second.0) * (third.0 * fourth.0);
        let denominator = (first.1 * second.1) * (third.1 * fourth.1);

        let (z_perm, z_perm_shift) = (row[Entity::ZPerm], row[Entity::ZPermShift]);
        let lagrange_last = row[Entity::LagrangeLast];
        let before = z_perm + row[Entity::LagrangeFirst];
        let after = z_perm_shift + lagrange_last * parameters.public_input_delta;
        out[0] = out[0] + (before * numerator - after * denominator);
        out[1] = out[1] + lagrange_last * z_perm_shift;
    }
}
