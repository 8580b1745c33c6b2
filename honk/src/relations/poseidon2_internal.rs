//! Partial rounds of Poseidon2: an S-box on the first lane, then the internal matrix.

use chinampa_kernels::hash::poseidon2::constants::INTERNAL_DIAGONAL;

use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// The next row's wires are this row's after a partial round with constant `q_1`.
#[derive(Clone, Copy, Debug)]
pub struct Poseidon2Internal;

impl Relation for Poseidon2Internal {
    const NAME: &'static str = "Poseidon2Internal";
    const LENGTHS: &'static [usize] = &[7, 7, 7, 7];
    const CONSTANT_LENGTHS: &'static [usize] = &[6, 6, 6, 6];
    const SELECTOR: Option<Entity> = Some(Entity::QPoseidon2Internal);
    const READS: &'static [Entity] = &[
        Entity::QL,
        Entity::WL,
        Entity::WR,
        Entity::WO,
        Entity::W4,
        Entity::WLShift,
        Entity::WRShift,
        Entity::WOShift,
        Entity::W4Shift,
    ];

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        _: &[T; MAX_FORMS],
        _: &RelationParameters<T>,
        out: &mut [T],
    ) {
        let first = (row[Entity::WL] + row[Entity::QL]).fifth_power();
        let lanes = [first, row[Entity::WR], row[Entity::WO], row[Entity::W4]];
        let sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        let next = [row[Entity::WLShift], row[Entity::WRShift], row[Entity::WOShift], row[Entity::W4Shift]];
        for (i, out) in out.iter_mut().enumerate() {
            let lane = lanes[i] * INTERNAL_DIAGONAL[i] + sum;
            *out = *out + scale * (lane - next[i]);
        }
    }
}
