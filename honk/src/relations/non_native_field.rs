//! Products of elements of other fields, held in limbs of 68 bits, and limbs put together from pieces of 14 bits.

use super::value::{LIMB, SUBLIMB};
use super::{MAX_FORMS, Relation, RelationParameters, Value};
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
    const CONSTANT_LENGTHS: &'static [usize] = &[5];
    const SELECTOR: Option<Entity> = Some(Entity::QNnf);
    const READS: &'static [Entity] = &[
        Entity::QR,
        Entity::QO,
        Entity::Q4,
        Entity::QM,
        Entity::WL,
        Entity::WR,
        Entity::WO,
        Entity::W4,
        Entity::WLShift,
        Entity::WRShift,
        Entity::WOShift,
        Entity::W4Shift,
    ];
    const FORM_READS: &'static [Entity] = &[
        Entity::WL,
        Entity::WR,
        Entity::WO,
        Entity::W4,
        Entity::WLShift,
        Entity::WRShift,
        Entity::WOShift,
        Entity::W4Shift,
    ];
    const FORMS: usize = 2;

    /// How far a limb is from what its pieces make, of two limbs.
    #[inline(always)]
    fn forms<T: Value>(row: &Row<T>, _: &RelationParameters<T>, forms: &mut [T; MAX_FORMS]) {
        let (w_l_shift, w_r_shift) = (row[Entity::WLShift], row[Entity::WRShift]);
        let (w_o, w_4) = (row[Entity::WO], row[Entity::W4]);
        let first = Self::from_sublimbs([w_r_shift, w_l_shift, w_o, row[Entity::WR], row[Entity::WL]]);
        let second = Self::from_sublimbs([row[Entity::WOShift], w_r_shift, w_l_shift, w_4, w_o]);
        forms[0] = first - w_4;
        forms[1] = second - row[Entity::W4Shift];
    }

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        forms: &[T; MAX_FORMS],
        _: &RelationParameters<T>,
        out: &mut [T],
    ) {
        let (w_l, w_r, w_o, w_4) = (row[Entity::WL], row[Entity::WR], row[Entity::WO], row[Entity::W4]);
        let (w_l_shift, w_r_shift) = (row[Entity::WLShift], row[Entity::WRShift]);
        let (w_o_shift, w_4_shift) = (row[Entity::WOShift], row[Entity::W4Shift]);
        let (q_3, q_4, q_m) = (row[Entity::QO], row[Entity::Q4], row[Entity::QM]);

        let crossed = T::sum_of_products([(w_l, w_r_shift), (w_l_shift, w_r)]);
        let low = crossed * LIMB + w_l_shift * w_r_shift;
        let product_1 = (low - w_o - w_4) * q_3;
        let product_2 =
            ((T::sum_of_products([(w_l, w_4), (w_r, w_o)]) - w_o_shift) * LIMB - w_4_shift + crossed) * q_4;
        let product_3 = (low + w_4 - w_o_shift - w_4_shift) * q_m;

        let products = (product_1 + product_2 + product_3) * row[Entity::QR];
        let accumulators = T::sum_of_products([(forms[0], q_4), (forms[1], q_m)]) * q_3;
        out[0] = out[0] + scale * (products + accumulators);
    }
}
