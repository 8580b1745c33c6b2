//! Sums and products of wires; `q_arith` of 2 or 3 also reads the next row.

use super::value::{NEGATED_HALF, ONE, small};
use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// `q_m w_l w_r + q_l w_l + q_r w_r + q_o w_o + q_4 w_4 + q_c = 0` for `q_arith = 1`, with two more forms for 2 and 3.
#[derive(Clone, Copy, Debug)]
pub struct Arithmetic;

/// [`Arithmetic`] where `q_arith` is one, as it nearly always is: the first subrelation alone, in fewer products.
#[derive(Clone, Copy, Debug)]
pub struct PlainArithmetic;

/// `product w_l w_r + q_l w_l + q_r w_r + q_o w_o + q_4 w_4`.
#[inline(always)]
fn sum<T: Value>(product: T, row: &Row<T>) -> T {
    let (w_l, w_r) = (row[Entity::WL], row[Entity::WR]);
    T::sum_of_products([
        (product * w_l, w_r),
        (row[Entity::QL], w_l),
        (row[Entity::QR], w_r),
        (row[Entity::QO], row[Entity::WO]),
        (row[Entity::Q4], row[Entity::W4]),
    ])
}

impl Relation for Arithmetic {
    const NAME: &'static str = "Arithmetic";
    const LENGTHS: &'static [usize] = &[6, 5];
    const CONSTANT_LENGTHS: &'static [usize] = &[4, 2];
    const SELECTOR: Option<Entity> = Some(Entity::QArith);
    const READS: &'static [Entity] = &[
        Entity::QM,
        Entity::QC,
        Entity::QL,
        Entity::QR,
        Entity::QO,
        Entity::Q4,
        Entity::QArith,
        Entity::WL,
        Entity::WR,
        Entity::WO,
        Entity::W4,
        Entity::WLShift,
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
        let q = row[Entity::QArith];
        let q_minus_one = q - ONE;
        // The product counts once for q = 1, half for q = 2, and is off for q = 3.
        let sum = sum((q - small(3)) * NEGATED_HALF * row[Entity::QM], row);
        out[0] = out[0] + scale * (sum + row[Entity::QC] + q_minus_one * row[Entity::W4Shift]);

        let is_three = scale * q_minus_one * (q - small(2));
        out[1] =
            out[1] + is_three * (row[Entity::WL] + row[Entity::W4] - row[Entity::WLShift] + row[Entity::QM]);
    }
}

impl Relation for PlainArithmetic {
    const NAME: &'static str = Arithmetic::NAME;
    const LENGTHS: &'static [usize] = &[5];
    const CONSTANT_LENGTHS: &'static [usize] = &[4];
    const SELECTOR: Option<Entity> = Some(Entity::QArith);
    const READS: &'static [Entity] = &[
        Entity::QM,
        Entity::QC,
        Entity::QL,
        Entity::QR,
        Entity::QO,
        Entity::Q4,
        Entity::WL,
        Entity::WR,
        Entity::WO,
        Entity::W4,
    ];

    #[inline(always)]
    fn accumulate<T: Value>(
        scale: T,
        row: &Row<T>,
        _: &[T; MAX_FORMS],
        _: &RelationParameters<T>,
        out: &mut [T],
    ) {
        out[0] = out[0] + scale * (sum(row[Entity::QM], row) + row[Entity::QC]);
    }
}
