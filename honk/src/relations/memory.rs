//! ROM and RAM: accesses are compressed to records, and the sorted copies of the records are consistent.

use super::value::ONE;
use super::{MAX_FORMS, Relation, RelationParameters, Value};
use crate::entity::{Entity, Row};

/// Six conditions on record, index, timestamp and value, chosen by `q_1`, `q_2`, `q_3`, `q_4` and `q_m`.
#[derive(Clone, Copy, Debug)]
pub struct Memory;

impl Memory {
    /// The record of an access: index, second and third wire, compressed. A write adds one.
    #[inline(always)]
    fn record<T: Value>(first: T, second: T, third: T, parameters: &RelationParameters<T>) -> T {
        T::sum_of_products([
            (first, parameters.eta),
            (second, parameters.eta_two),
            (third, parameters.eta_three),
        ])
    }
}

impl Relation for Memory {
    const NAME: &'static str = "Memory";
    // Barretenberg sets 6 for all.
    const LENGTHS: &'static [usize] = &[6, 6, 6, 6, 5, 5];
    const CONSTANT_LENGTHS: &'static [usize] = &[5, 5, 5, 5, 4, 4];
    const SELECTOR: Option<Entity> = Some(Entity::QMemory);
    const READS: &'static [Entity] = &[
        Entity::QL,
        Entity::QR,
        Entity::QM,
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
    const FORM_READS: &'static [Entity] = &[
        Entity::QC,
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

    /// How far the fourth wire is from the record of a read: in this row (zero if it is that, -1 if it is that of a write), and in
    /// the next (zero, or 1 for a write).
    #[inline(always)]
    fn forms<T: Value>(row: &Row<T>, parameters: &RelationParameters<T>, forms: &mut [T; MAX_FORMS]) {
        let record = Self::record(row[Entity::WL], row[Entity::WR], row[Entity::WO], parameters);
        let next = Self::record(row[Entity::WLShift], row[Entity::WRShift], row[Entity::WOShift], parameters);
        forms[0] = record + row[Entity::QC] - row[Entity::W4];
        forms[1] = row[Entity::W4Shift] - next;
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
        let (q, q_1, q_3) = (scale, row[Entity::QL], row[Entity::QO]);

        let (record_check, next_access_type) = (forms[0], forms[1]);
        // Zero or one, in sorted copies; zero says that the index stays. Where a subrelation is to hold only then, its
        // factor 1 - delta is written with both signs turned, here and in the difference that it multiplies.
        let index_delta = w_l_shift - w_l;
        let index_delta_less_one = index_delta - ONE;
        let index_is_monotonous = index_delta.square() - index_delta;

        let timestamp_check = index_delta_less_one * (w_r - w_r_shift) - w_o;
        let by_q_1 = T::sum_of_products([
            (record_check, row[Entity::QR] + row[Entity::QM]),
            (timestamp_check, row[Entity::Q4]),
        ]);
        // acc (acc - 1) for acc = -record_check.
        let access_is_boolean = record_check.square() + record_check;
        let q_by_q_3 = q * q_3;
        out[0] = out[0] + T::sum_of_products([(q * q_1, by_q_1), (q_by_q_3, access_is_boolean)]);

        // ROM: neighbours of the same index have the same record.
        let q_rom = q * (q_1 * row[Entity::QR]);
        out[1] = out[1] + q_rom * (index_delta_less_one * (w_4 - w_4_shift));
        out[2] = out[2] + q_rom * index_is_monotonous;

        // RAM: a read of the same index has the same value.
        out[3] = out[3] + q_by_q_3 * (index_delta_less_one * ((w_o_shift - w_o) * (next_access_type - ONE)));
        out[4] = out[4] + q_by_q_3 * index_is_monotonous;
        out[5] = out[5] + q_by_q_3 * (next_access_type.square() - next_access_type);
    }
}
