//! Products of elements of other fields, held in limbs of 68 bits, and limbs put together from pieces of 14 bits.

use super::value::{LIMB, SUBLIMB};
use super::{Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// Five kinds of gates, chosen by `q_2`, `q_3`, `q_4` and `q_m`.
#[derive(Clone, Copy, Debug)]
pub struct NonNativeField;

impl NonNativeField {
    /// `(((first 2^14 + second) 2^14 + third) 2^14 + fourth) 2^14 + fifth`.
    #[inline(always)]
    fn from_sublimbs<T: Value>(sublimbs: [T; 5]) -> T {
        let [first, rest @ ..] = sublimbs;
        rest.into_iter().fold(first, |sum, sublimb| sum * SUBLIMB + sublimb)
    }
}

impl Relation for NonNativeField {
    const NAME: &'static str = "NonNativeField";
    const LENGTHS: &'static [usize] = &[6];
    const SELECTOR: Option<Entity> = Some(Entity::QNnf);
    const SELECTOR_IS_LINEAR: bool = true;

    #[inline]
    fn accumulate<T: Value>(row: &Row<T>, _: &RelationParameters, out: &mut [T]) {
        let (w_l, w_r, w_o, w_4) = (row[Entity::WL], row[Entity::WR], row[Entity::WO], row[Entity::W4]);
        let (w_l_shift, w_r_shift) = (row[Entity::WLShift], row[Entity::WRShift]);
        let (w_o_shift, w_4_shift) = (row[Entity::WOShift], row[Entity::W4Shift]);
        let (q_3, q_4, q_m) = (row[Entity::QO], row[Entity::Q4], row[Entity::QM]);

        let crossed = w_l * w_r_shift + w_l_shift * w_r;
        let low = crossed * LIMB + w_l_shift * w_r_shift;
        let product_1 = (low - w_o - w_4) * q_3;
        let product_2 = ((w_l * w_4 + w_r * w_o - w_o_shift) * LIMB - w_4_shift + crossed) * q_4;
        let product_3 = (low + w_4 - w_o_shift - w_4_shift) * q_m;

        let accumulator_1 = Self::from_sublimbs([w_r_shift, w_l_shift, w_o, w_r, w_l]) - w_4;
        let accumulator_2 = Self::from_sublimbs([w_o_shift, w_r_shift, w_l_shift, w_4, w_o]) - w_4_shift;

        let products = (product_1 + product_2 + product_3) * row[Entity::QR];
        let accumulators = (accumulator_1 * q_4 + accumulator_2 * q_m) * q_3;
        out[0] = out[0] + row[Entity::QNnf] * (products + accumulators);
    }
}
