//! Memory that is written: a record for each access, with the time of it, checked against a copy sorted by index and
//! time.

use chinampa_kernels::Fr;

use super::arithmetic::{Equals, Sum};
use super::block::BlockKind;
use super::circuit::Builder;
use super::range::integer;
use super::variables::Var;

/// Number of a RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RamId(usize);

/// The present cells of a RAM, and all accesses.
#[derive(Debug)]
pub(crate) struct Ram {
    cells: Vec<Option<Var>>,
    records: Vec<RamRecord>,
}

#[derive(Clone, Copy, Debug)]
struct RamRecord {
    index: usize,
    time: u64,
    value: Var,
    is_write: bool,
    fingerprint: Var,
    row: u32,
}

/// The first three wires of a sorted record, and what they hold.
#[derive(Clone, Copy)]
struct Sorted {
    index_var: Var,
    time_var: Var,
    index: usize,
    time: u64,
}

impl Builder {
    /// A RAM of `len` cells.
    pub fn add_ram(&mut self, len: usize) -> RamId {
        self.rams.push(Ram { cells: vec![None; len], records: Vec::new() });
        RamId(self.rams.len() - 1)
    }

    /// Sets a cell for the first time. All cells are set before the first access.
    pub fn init_ram(&mut self, ram: RamId, index: usize, value: Var) {
        let at = if index == 0 { self.zero } else { self.constant(Fr::from(index as u64)) };
        self.rams[ram.0].cells[index] = Some(value);
        self.add_ram_record(ram, index, at, value, true);
    }

    /// Reads a cell.
    pub fn read_ram(&mut self, ram: RamId, index: Var) -> Var {
        let at = self.ram_cell(ram, index);
        let value = self.rams[ram.0].cells.get(at).copied().flatten();
        let value = value.map_or(Fr::ZERO, |value| self.value(value));
        let value = self.add_variable(value);
        self.add_ram_record(ram, at, index, value, false);
        value
    }

    /// Writes a cell.
    pub fn write_ram(&mut self, ram: RamId, index: Var, value: Var) {
        let at = self.ram_cell(ram, index);
        self.add_ram_record(ram, at, index, value, true);
        if let Some(cell) = self.rams[ram.0].cells.get_mut(at) {
            *cell = Some(value);
        }
    }

    /// The cell that an index names. Outside of the memory: the first one.
    fn ram_cell(&mut self, ram: RamId, index: Var) -> usize {
        let at = integer(self.value(index)).and_then(|index| usize::try_from(index).ok());
        at.filter(|at| *at < self.rams[ram.0].cells.len()).unwrap_or_else(|| {
            self.fail("an access is outside of its memory");
            0
        })
    }

    fn add_ram_record(&mut self, ram: RamId, index: usize, at: Var, value: Var, is_write: bool) {
        let time = self.rams[ram.0].records.len() as u64;
        let time_var = self.constant(Fr::from(time));
        let fingerprint = self.add_variable(Fr::ZERO);
        let flag = Fr::from(is_write);
        let selectors = self.shades([Fr::ONE, flag, Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]);
        let row = self.block(BlockKind::Memory).push([at, time_var, value, fingerprint], selectors, 1) as u32;
        self.rams[ram.0].records.push(RamRecord { index, time, value, is_write, fingerprint, row });
    }

    /// Checks every RAM against its sorted copy.
    pub(super) fn finish_rams(&mut self) {
        for ram in 0..self.rams.len() {
            self.finish_ram(ram);
        }
    }

    fn finish_ram(&mut self, ram: usize) {
        let (tag, sorted_tag) = self.variables.add_tag_pair();
        let mut records = std::mem::take(&mut self.rams[ram].records);
        let cells = self.rams[ram].cells.len();
        let accesses = records.len() as u64;
        records.sort_by_key(|record| (record.index, record.time));
        let selectors = self.shades([Fr::ZERO, Fr::ZERO, Fr::ZERO, Fr::ZERO, Fr::ONE, Fr::ZERO]);
        let mut sorted = Vec::with_capacity(records.len());
        for (position, record) in records.iter().enumerate() {
            let index_var = self.add_variable(Fr::from(record.index as u64));
            let time_var = self.add_variable(Fr::from(record.time));
            let value_var = self.add_variable(self.value(record.value));
            let fingerprint = self.add_variable(Fr::ZERO);
            let wires = [index_var, time_var, value_var, fingerprint];
            let row = if position + 1 < records.len() {
                self.block(BlockKind::Memory).push(wires, selectors, 1)
            } else {
                self.add_last_sorted(wires, cells)
            };
            self.variables.set_tag(record.fingerprint, tag);
            self.variables.set_tag(fingerprint, sorted_tag);
            let rows = if record.is_write { &mut self.write_records } else { &mut self.read_records };
            rows.extend([row as u32, record.row]);
            sorted.push(Sorted { index_var, time_var, index: record.index, time: record.time });
        }
        self.add_time_checks(&sorted, accesses);
    }

    /// The last record only has to be of the last cell.
    fn add_last_sorted(&mut self, wires: [Var; 4], cells: usize) -> usize {
        let zero = self.zero;
        let row = self.add_unconstrained(BlockKind::Memory, wires);
        let last = Fr::from(cells as u64) - Fr::ONE;
        let sum = Sum::linear([Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]).plus(-last);
        self.add_arithmetic([wires[0], zero, zero, zero], sum, Equals::Zero);
        row
    }

    /// Accesses of one cell happen at growing times.
    fn add_time_checks(&mut self, sorted: &[Sorted], accesses: u64) {
        let Some(last) = sorted.last().filter(|_| sorted.len() > 1) else { return };
        let zero = self.zero;
        let selectors = self.shades([Fr::ZERO, Fr::ZERO, Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ONE]);
        let mut steps = Vec::with_capacity(sorted.len() - 1);
        for pair in sorted.windows(2) {
            let [current, next] = pair else { unreachable!("windows of two") };
            let step = if current.index == next.index { next.time - current.time } else { 0 };
            let step = self.add_variable(Fr::from(step));
            self.block(BlockKind::Memory).push(
                [current.index_var, current.time_var, step, zero],
                selectors,
                1,
            );
            steps.push(step);
        }
        self.add_unconstrained(BlockKind::Memory, [last.index_var, last.time_var, zero, zero]);
        for step in steps {
            self.constrain_bound(step, accesses - 1);
        }
    }
}
