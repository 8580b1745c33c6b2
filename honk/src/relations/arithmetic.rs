//! Sums and products of wires; `q_arith` of 2 or 3 also reads the next row.

use super::value::{NEGATED_HALF, ONE, small};
use super::{Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// `q_m w_l w_r + q_l w_l + q_r w_r + q_o w_o + q_4 w_4 + q_c = 0` for `q_arith = 1`, with two more forms for 2 and 3.
#[derive(Clone, Copy, Debug)]
pub struct Arithmetic;

impl Relation for Arithmetic {
    const NAME: &'static str = "Arithmetic";
    const LENGTHS: &'static [usize] = &[6, 5];
    const SELECTOR: Option<Entity> = Some(Entity::QArith);
    const SELECTOR_IS_LINEAR: bool = false;

    #[inline]
    fn accumulate<T: Value>(row: &Row<T>, _: &RelationParameters, out: &mut [T]) {
        let q = row[Entity::QArith];
        let (w_l, w_r, w_o, w_4) = (row[Entity::WL], row[Entity::WR], row[Entity::WO], row[Entity::W4]);
        let q_minus_one = q - ONE;
        // The product counts once for q = 1, half for q = 2, and is off for q = 3.
        let product = (q - small(3)) * NEGATED_HALF * (row[Entity::QM] * w_l) * w_r;
        let linear =
            row[Entity::QL] * w_l + row[Entity::QR] * w_r + row[Entity::QO] * w_o + row[Entity::Q4] * w_4;
        let sum = product + linear + row[Entity::QC] + q_minus_one * row[Entity::W4Shift];
        out[0] = out[0] + q * sum;

        let is_three = q * q_minus_one * (q - small(2));
        out[1] = out[1] + is_three * (w_l + w_4 - row[Entity::WLShift] + row[Entity::QM]);
    }
}
