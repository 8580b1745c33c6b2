//! Sorted lists: neighbouring wires differ by 0 to 3.

use super::value::small;
use super::{Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// Each of the four wires, and then the next row's first, exceeds the one before it by 0, 1, 2 or 3.
#[derive(Clone, Copy, Debug)]
pub struct DeltaRange;

const SEQUENCE: [Entity; 5] = [Entity::WL, Entity::WR, Entity::WO, Entity::W4, Entity::WLShift];

impl Relation for DeltaRange {
    const NAME: &'static str = "DeltaRangeConstraint";
    const LENGTHS: &'static [usize] = &[6, 6, 6, 6];
    const SELECTOR: Option<Entity> = Some(Entity::QDeltaRange);
    const SELECTOR_IS_LINEAR: bool = true;

    #[inline]
    fn accumulate<T: Value>(row: &Row<T>, _: &RelationParameters, out: &mut [T]) {
        let q = row[Entity::QDeltaRange];
        for (pair, out) in SEQUENCE.windows(2).zip(out) {
            let delta = row[pair[1]] - row[pair[0]];
            // D (D - 1) (D - 2) (D - 3) = a (a + 2) for a = D (D - 3).
            let outer = delta * (delta - small(3));
            *out = *out + q * outer * (outer + small(2));
        }
    }
}
