//! Tables of bitwise operations on two keys.

use chinampa_kernels::Fr;

use super::{Keys, MultiTable, Table, TableId};
use crate::builder::power_of_two;

/// Value numbers of the two tables that every circuit has. They are positions in Barretenberg's list of all tables.
const DUMMY_NUMBERS: [u64; 2] = [95, 96];

fn pairs(size: u64, result: impl Fn(u64, u64) -> u64) -> Table {
    let rows = (0..size).flat_map(|left| (0..size).map(move |right| (left, right)));
    let rows = rows.map(|(left, right)| [left, right, result(left, right)].map(Fr::from));
    Table::new(rows, Keys::Pair { size })
}

/// `rotr32((left ^ right) & mask, rotate)`.
pub(super) fn xor(bits: u32, rotate: u32, mask: u64) -> Table {
    pairs(1 << bits, |left, right| u64::from((((left ^ right) & mask) as u32).rotate_right(rotate)))
}

/// `left & right`.
pub(super) fn and(bits: u32) -> Table {
    pairs(1 << bits, |left, right| left & right)
}

/// The table of four rows that differs by its number.
pub(super) fn dummy(number: u64) -> Table {
    pairs(2, |left, right| 3 * left + 4 * right + number * 0x1337)
}

/// A 32-bit operation: five slices of six bits and one of two.
pub(super) fn uint32(table: impl Fn(u32) -> TableId) -> MultiTable {
    let steps = [Fr::from(64_u64); 3];
    let slices = [6, 6, 6, 6, 6, 2].map(|bits| (table(bits), 1 << bits, steps));
    MultiTable::new(slices)
}

/// XOR of values of up to 35 bits modulo 2^32, rotated right: five slices of six bits and one of five, of which two
/// count. The slice that the rotation cuts rotates within its table.
pub(super) fn blake(rotate: u32) -> MultiTable {
    let weights: Vec<Fr> = (0..6).map(|slice| power_of_two(6 * slice)).collect();
    let cut = rotate / 6;
    // Scaled so that the first slice has weight one: it would have `2^(32 - rotate)`.
    let scale = power_of_two(32 - rotate).inverse().expect("a power of two is not zero");
    let rotated_weight = |slice: u32| match slice {
        _ if rotate == 0 || slice < cut => power_of_two(6 * slice),
        _ if slice == cut => scale,
        _ => power_of_two(6 * slice - rotate) * scale,
    };
    let rotated: Vec<Fr> = (0..6).map(rotated_weight).collect();
    let table = |slice: u32| match slice {
        5 => (TableId::BlakeXorMod4, 32),
        _ if rotate != 0 && slice == cut => (TableId::BlakeXor { rotate: rotate % 6 }, 64),
        _ => (TableId::BlakeXor { rotate: 0 }, 64),
    };
    let slices: Vec<_> = (0..6).map(table).collect();
    MultiTable::weighted(&slices, [&weights, &weights, &rotated])
}

/// The lookup that every circuit has.
pub(super) fn dummy_slices() -> MultiTable {
    MultiTable::new(DUMMY_NUMBERS.map(|number| (TableId::Dummy { number }, 2, [Fr::from(2_u64); 3])))
}
