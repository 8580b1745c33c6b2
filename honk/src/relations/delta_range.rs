//! Sorted lists: neighbouring wires differ by 0 to 3.

use super::value::small;
use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// Each of the four wires, and then the next row's first, exceeds the one before it by 0, 1, 2 or 3.
#[derive(Clone, Copy, Debug)]
pub struct DeltaRange;

const SEQUENCE: [Entity; 5] = [Entity::WL, Entity::WR, Entity::WO, Entity::W4, Entity::WLShift];

impl Relation for DeltaRange {
    const NAME: &'static str = "DeltaRangeConstraint";
    const LENGTHS: &'static [usize] = &[6, 6, 6, 6];
    const CONSTANT_LENGTHS: &'static [usize] = &[5, 5, 5, 5];
    const SELECTOR: Option<Entity> = Some(Entity::QDeltaRange);
    const READS: &'static [Entity] = &[Entity::WL, Entity::WR, Entity::WO, Entity::W4, Entity::WLShift];

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        _: &[T; MAX_FORMS],
        _: &RelationParameters<T>,
        out: &mut [T],
    ) {
        for (pair, out) in SEQUENCE.windows(2).zip(out) {
            let delta = row[pair[1]] - row[pair[0]];
            // D (D - 1) (D - 2) (D - 3) = a (a + 2) for a = D (D - 3).
            let outer = delta * (delta - small(3));
            *out = *out + scale * outer * (outer + small(2));
        }
    }
}
