//! Fingerprints of memory records in the fourth wire.

use chinampa_kernels::Fr;

use super::columns::Columns;
use crate::entity::Entity;

/// Writes `w_4 = eta w_l + eta^2 w_r + eta^3 w_o` to the rows that read memory, and one more to those that write.
///
/// Sorted copies of records have the same fingerprints as the records, so the grand product shows that they are the same
/// records.
pub(super) fn add_memory_records(columns: &mut Columns, reads: &[u32], writes: &[u32], eta: Fr) {
    let eta_two = eta.square();
    let eta_three = eta_two * eta;
    let marked = reads.iter().map(|row| (row, Fr::ZERO)).chain(writes.iter().map(|row| (row, Fr::ONE)));
    for (&row, mark) in marked {
        let row = row as usize;
        let record = columns.get(Entity::WL, row) * eta
            + columns.get(Entity::WR, row) * eta_two
            + columns.get(Entity::WO, row) * eta_three
            + mark;
        columns.body_mut(Entity::W4).set(row, record);
    }
}
