//! Read-only memory: a record for each cell and each read, checked against a copy sorted by index.

use chinampa_kernels::Fr;

use super::arithmetic::{Equals, Sum};
use super::block::BlockKind;
use super::circuit::Builder;
use super::range::integer;
use super::variables::Var;

/// Number of a ROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RomId(usize);

/// The cells of a ROM, each of one or two values, and all accesses.
#[derive(Debug)]
pub(crate) struct Rom {
    cells: Vec<Option<[Var; 2]>>,
    records: Vec<RomRecord>,
}

#[derive(Clone, Copy, Debug)]
struct RomRecord {
    index: usize,
    values: [Var; 2],
    fingerprint: Var,
    row: u32,
}

impl Builder {
    /// A ROM of `len` cells.
    pub fn add_rom(&mut self, len: usize) -> RomId {
        self.roms.push(Rom { cells: vec![None; len], records: Vec::new() });
        RomId(self.roms.len() - 1)
    }

    /// Sets a cell of a ROM of single values.
    pub fn set_rom(&mut self, rom: RomId, index: usize, value: Var) {
        let zero = self.zero;
        let at = if index == 0 { zero } else { self.constant(Fr::from(index as u64)) };
        self.set_rom_cell(rom, index, at, [value, zero]);
    }

    /// Sets a cell of a ROM of pairs.
    pub fn set_rom_pair(&mut self, rom: RomId, index: usize, values: [Var; 2]) {
        let at = self.constant(Fr::from(index as u64));
        self.set_rom_cell(rom, index, at, values);
    }

    fn set_rom_cell(&mut self, rom: RomId, index: usize, at: Var, values: [Var; 2]) {
        self.roms[rom.0].cells[index] = Some(values);
        self.add_rom_record(rom, index, at, values);
    }

    /// Reads a cell of a ROM of single values.
    pub fn read_rom(&mut self, rom: RomId, index: Var) -> Var {
        let (at, [value, _]) = self.rom_cell(rom, index);
        let value = self.add_variable(value);
        self.add_rom_record(rom, at, index, [value, self.zero]);
        value
    }

    /// Reads a cell of a ROM of pairs.
    pub fn read_rom_pair(&mut self, rom: RomId, index: Var) -> [Var; 2] {
        let (at, values) = self.rom_cell(rom, index);
        let values = values.map(|value| self.add_variable(value));
        self.add_rom_record(rom, at, index, values);
        values
    }

    /// The cell that an index names, and its values. Outside of the memory: the first cell.
    fn rom_cell(&mut self, rom: RomId, index: Var) -> (usize, [Fr; 2]) {
        let cells = &self.roms[rom.0].cells;
        let at = integer(self.value(index)).and_then(|index| usize::try_from(index).ok());
        match at.and_then(|at| Some((at, (*cells.get(at)?)?))) {
            Some((at, values)) => (at, values.map(|value| self.value(value))),
            None => {
                self.fail("a read is outside of its memory");
                (0, [Fr::ZERO; 2])
            }
        }
    }

    fn add_rom_record(&mut self, rom: RomId, index: usize, at: Var, values: [Var; 2]) {
        let fingerprint = self.add_variable(Fr::ZERO);
        let selectors = self.shades([Fr::ONE, Fr::ZERO, Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]);
        let wires = [at, values[0], values[1], fingerprint];
        let row = self.block(BlockKind::Memory).push(wires, selectors, 1) as u32;
        self.roms[rom.0].records.push(RomRecord { index, values, fingerprint, row });
    }

    /// Checks every ROM against its sorted copy.
    pub(super) fn finish_roms(&mut self) {
        for rom in 0..self.roms.len() {
            self.finish_rom(RomId(rom));
        }
    }

    fn finish_rom(&mut self, rom: RomId) {
        let (tag, sorted_tag) = self.variables.add_tag_pair();
        for index in 0..self.roms[rom.0].cells.len() {
            if self.roms[rom.0].cells[index].is_none() {
                self.set_rom_pair(rom, index, [self.zero; 2]);
            }
        }
        let len = self.roms[rom.0].cells.len();
        let mut records = std::mem::take(&mut self.roms[rom.0].records);
        records.sort_by_key(|record| record.index);
        let selectors = self.shades([Fr::ZERO, Fr::ZERO, Fr::ONE, Fr::ONE, Fr::ZERO, Fr::ZERO]);
        for record in records {
            let index = self.add_variable(Fr::from(record.index as u64));
            let values = record.values.map(|value| self.add_variable(self.value(value)));
            let fingerprint = self.add_variable(Fr::ZERO);
            let wires = [index, values[0], values[1], fingerprint];
            let row = self.block(BlockKind::Memory).push(wires, selectors, 1) as u32;
            self.variables.set_tag(record.fingerprint, tag);
            self.variables.set_tag(fingerprint, sorted_tag);
            self.read_records.extend([row, record.row]);
        }
        let zero = self.zero;
        let end = Fr::from(len as u64);
        let last = self.add_variable(end);
        self.add_unconstrained(BlockKind::Memory, [last, zero, zero, zero]);
        let sum = Sum::linear([Fr::ONE, Fr::ZERO, Fr::ZERO, Fr::ZERO]).plus(-end);
        self.add_arithmetic([last, zero, zero, zero], sum, Equals::Zero);
    }
}
