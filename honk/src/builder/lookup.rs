//! Lookup gates.

use std::sync::Arc;

use chinampa_kernels::Fr;

use super::block::BlockKind;
use super::circuit::Builder;
use super::palette::Shade;
use super::tables::{MultiTable, MultiTableId, Table, TableId};
use super::variables::Var;

/// A table that the circuit uses, and how often each of its rows is read.
#[derive(Debug)]
pub(crate) struct UsedTable {
    id: TableId,
    pub(crate) table: Arc<Table>,
    pub(crate) reads: Vec<u32>,
}

/// A multi-table whose tables have their place in the circuit.
#[derive(Debug)]
pub(crate) struct PlacedMultiTable {
    slices: Vec<PlacedSlice>,
}

#[derive(Debug)]
struct PlacedSlice {
    place: usize,
    size: u64,
    steps: [Fr; 3],
    selectors: [Shade; 6],
}

/// What a lookup gives: for each slice the variables of its three columns. Those of slice `i` accumulate the slices
/// from `i` on.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The variables of the columns, by slice.
    pub columns: Vec<[Var; 3]>,
}

impl Builder {
    /// Reads a table with the value of a variable as its key, or with those of two.
    pub fn add_lookup(&mut self, id: MultiTableId, first: Var, second: Option<Var>) -> Lookup {
        let multi = self.place(id);
        let rows = self.read(&multi, self.value(first), second.map(|var| self.value(var)));
        let accumulated = accumulate(&multi, rows);
        let zero = self.zero;
        let mut columns = Vec::with_capacity(multi.slices.len());
        for (index, (slice, values)) in multi.slices.iter().zip(accumulated).enumerate() {
            let first = if index == 0 { first } else { self.add_variable(values[0]) };
            let second = match second {
                Some(key) if index == 0 => key,
                _ => self.add_variable(values[1]),
            };
            let third = self.add_variable(values[2]);
            self.block(BlockKind::Lookup).push([first, second, third, zero], slice.selectors, 1);
            columns.push([first, second, third]);
        }
        Lookup { columns }
    }

    /// The values that the lookup of constants would give, by slice. It costs no gate and reads no table of the circuit.
    pub fn look_up_constants(
        &mut self,
        id: MultiTableId,
        first: Fr,
        second: Option<Fr>,
    ) -> Option<Vec<[Fr; 3]>> {
        let multi = MultiTable::of(id);
        let steps: Vec<[Fr; 3]> = multi.slices.iter().map(|slice| slice.steps).collect();
        let keys = [first, second.unwrap_or_default()];
        let sizes = multi.slices.iter().map(|slice| slice.size);
        let keys = split(keys, sizes)?;
        let mut rows = Vec::with_capacity(steps.len());
        for (slice, key) in multi.slices.iter().zip(keys) {
            let table = self.table(slice.table);
            let row = table.row(key[0], key[1])?;
            rows.push([0, 1, 2].map(|column| table.columns[column][row]));
        }
        Some(accumulate_steps(&steps, rows))
    }

    /// Gives the tables of a lookup their places, in the order in which a circuit first uses them.
    fn place(&mut self, id: MultiTableId) -> Arc<PlacedMultiTable> {
        if let Some(multi) = self.multi_tables.get(&id) {
            return Arc::clone(multi);
        }
        let multi = MultiTable::of(id);
        let mut slices = Vec::with_capacity(multi.slices.len());
        for (index, slice) in multi.slices.iter().enumerate() {
            let place = self.place_table(slice.table);
            let next = multi.slices.get(index + 1).map_or([Fr::ZERO; 3], |next| next.steps.map(|step| -step));
            let table = Fr::from(place as u64);
            let selectors = self.shades([next[1], next[2], Fr::ZERO, next[0], table, Fr::ZERO]);
            slices.push(PlacedSlice { place, size: slice.size, steps: slice.steps, selectors });
        }
        let multi = Arc::new(PlacedMultiTable { slices });
        self.multi_tables.insert(id, Arc::clone(&multi));
        multi
    }

    fn place_table(&mut self, id: TableId) -> usize {
        if let Some(place) = self.tables.iter().position(|used| used.id == id) {
            return place;
        }
        let table = self.table(id);
        let reads = vec![0; table.len()];
        self.tables.push(UsedTable { id, table, reads });
        self.tables.len() - 1
    }

    /// The contents of a table, computed once.
    fn table(&mut self, id: TableId) -> Arc<Table> {
        Arc::clone(self.table_contents.entry(id).or_insert_with(|| Arc::new(Table::of(id))))
    }

    /// The rows of the tables that keys select, counted as read.
    fn read(&mut self, multi: &PlacedMultiTable, first: Fr, second: Option<Fr>) -> Vec<[Fr; 3]> {
        let keys = [first, second.unwrap_or_default()];
        let keys = split(keys, multi.slices.iter().map(|slice| slice.size));
        let mut is_outside = keys.is_none();
        let keys = keys.unwrap_or_else(|| vec![[0; 2]; multi.slices.len()]);
        let mut rows = Vec::with_capacity(keys.len());
        for (slice, key) in multi.slices.iter().zip(keys) {
            let used = &mut self.tables[slice.place];
            let row = used.table.row(key[0], key[1]).unwrap_or_else(|| {
                is_outside = true;
                0
            });
            used.reads[row] += 1;
            rows.push([0, 1, 2].map(|column| used.table.columns[column][row]));
        }
        if is_outside {
            self.fail("a lookup table does not have the key");
        }
        rows
    }
}

fn accumulate(multi: &PlacedMultiTable, rows: Vec<[Fr; 3]>) -> Vec<[Fr; 3]> {
    let steps: Vec<[Fr; 3]> = multi.slices.iter().map(|slice| slice.steps).collect();
    accumulate_steps(&steps, rows)
}

/// Adds to every slice the one after it, times its steps.
fn accumulate_steps(steps: &[[Fr; 3]], mut rows: Vec<[Fr; 3]>) -> Vec<[Fr; 3]> {
    for index in (1..rows.len()).rev() {
        for column in 0..3 {
            let (value, step) = (rows[index][column], steps[index][column]);
            // Many columns are not accumulated, and many values have no high bits.
            if !value.is_zero() && !step.is_zero() {
                rows[index - 1][column] += value * step;
            }
        }
    }
    rows
}

/// Splits two values into the keys of slices. `None` if something remains after the last one.
fn split(values: [Fr; 2], sizes: impl Iterator<Item = u64>) -> Option<Vec<[u64; 2]>> {
    let mut rest = values.map(|value| value.to_canonical_limbs());
    let mut keys = Vec::new();
    for size in sizes {
        keys.push([divide(&mut rest[0], size), divide(&mut rest[1], size)]);
    }
    (rest == [[0; 4]; 2]).then_some(keys)
}

/// Divides an integer by `divisor` and gives the remainder.
fn divide(integer: &mut [u64; 4], divisor: u64) -> u64 {
    if let [low, 0, 0, 0] = integer {
        let remainder = *low % divisor;
        *low /= divisor;
        return remainder;
    }
    let mut remainder = 0_u64;
    for word in integer.iter_mut().rev() {
        let dividend = (u128::from(remainder) << 64) | u128::from(*word);
        *word = (dividend / u128::from(divisor)) as u64;
        remainder = (dividend % u128::from(divisor)) as u64;
    }
    remainder
}
