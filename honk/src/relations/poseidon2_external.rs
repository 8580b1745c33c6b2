//! Full rounds of Poseidon2: S-boxes on all four lanes, then the external matrix.

use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// The next row's wires are this row's after a full round with constants `q_1` to `q_4`.
#[derive(Clone, Copy, Debug)]
pub struct Poseidon2External;

impl Poseidon2External {
    /// Multiplies by `[[5, 7, 1, 3], [4, 6, 1, 1], [1, 3, 5, 7], [1, 1, 4, 6]]`, by the chain of eight additions and four
    /// doublings of the paper's appendix B.
    #[inline(always)]
    fn external_matrix<T: Value>([a, b, c, d]: [T; 4]) -> [T; 4] {
        let (a_b, c_d) = (a + b, c + d);
        let two_b = b.double() + c_d;
        let two_d = d.double() + a_b;
        let fourth = c_d.double().double() + two_d;
        let second = a_b.double().double() + two_b;
        [two_d + second, second, two_b + fourth, fourth]
    }
}

impl Relation for Poseidon2External {
    const NAME: &'static str = "Poseidon2External";
    const LENGTHS: &'static [usize] = &[7, 7, 7, 7];
    const CONSTANT_LENGTHS: &'static [usize] = &[6, 6, 6, 6];
    const SELECTOR: Option<Entity> = Some(Entity::QPoseidon2External);
    const READS: &'static [Entity] = &[
        Entity::QL,
        Entity::QR,
        Entity::QO,
        Entity::Q4,
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
        let boxed = [
            row[Entity::WL] + row[Entity::QL],
            row[Entity::WR] + row[Entity::QR],
            row[Entity::WO] + row[Entity::QO],
            row[Entity::W4] + row[Entity::Q4],
        ]
        .map(Value::fifth_power);
        let next = [row[Entity::WLShift], row[Entity::WRShift], row[Entity::WOShift], row[Entity::W4Shift]];
        let lanes = Self::external_matrix(boxed).into_iter().zip(next);
        for ((lane, next), out) in lanes.zip(out) {
            *out = *out + scale * (lane - next);
        }
    }
}
