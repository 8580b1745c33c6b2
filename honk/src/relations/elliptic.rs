//! Additions and doublings of points of Grumpkin, `y^2 = x^3 - 17`.

use super::value::small;
use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// The third point is the sum of the first and `q_sign` times the second (different `x`), or twice the first if
/// `q_is_double` is 1.
#[derive(Clone, Copy, Debug)]
pub struct Elliptic;

impl Relation for Elliptic {
    const NAME: &'static str = "Elliptic";
    const LENGTHS: &'static [usize] = &[6, 6];
    const CONSTANT_LENGTHS: &'static [usize] = &[5, 5];
    const SELECTOR: Option<Entity> = Some(Entity::QElliptic);
    const READS: &'static [Entity] = &[
        Entity::QL,
        Entity::QM,
        Entity::WR,
        Entity::WO,
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
        let (x_1, y_1) = (row[Entity::WR], row[Entity::WO]);
        let (x_2, y_2) = (row[Entity::WLShift], row[Entity::W4Shift]);
        let (x_3, y_3) = (row[Entity::WRShift], row[Entity::WOShift]);
        let (q_sign, q_is_double) = (row[Entity::QL], row[Entity::QM]);

        let y_1_sqr = y_1.square();
        let signed_y_2 = q_sign * y_2;
        let x_diff = x_2 - x_1;
        let y_sum = y_1 + y_3;
        // The sign is squared away in y_2^2: it is 1 or -1 in every gate.
        let add_x =
            (x_3 + x_2 + x_1) * x_diff.square() - y_2.square() - y_1_sqr + (signed_y_2 * y_1).double();
        let add_y = y_sum * x_diff + (x_3 - x_1) * (signed_y_2 - y_1);

        // x^3 is y^2 + 17 on the curve, which keeps the degree down.
        let nine_x_1 = x_1 * small(9);
        let double_x = (x_3 + x_1.double()) * y_1_sqr.double().double() - nine_x_1 * (y_1_sqr + small(17));
        let double_y = x_1.square().triple() * (x_1 - x_3) - y_1.double() * y_sum;

        let q_double = scale * q_is_double;
        let q_add = scale - q_double;
        out[0] = out[0] + T::sum_of_products([(q_add, add_x), (q_double, double_x)]);
        out[1] = out[1] + T::sum_of_products([(q_add, add_y), (q_double, double_y)]);
    }
}
