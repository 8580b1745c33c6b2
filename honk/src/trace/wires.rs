//! The wires: what stands in the cells of all rows.

use std::ops::Range;
use std::sync::Arc;

use chinampa_kernels::Fr;
use rayon::prelude::*;

use super::Column;
use super::layout::{FIRST_ROW, collected};
use crate::builder::{Block, BlockKind, Var, Variables};

/// Rows that one task looks up.
const CHUNK: usize = 1 << 14;

/// The variables of all cells, each by the one that stands for its class.
pub(super) struct Wires {
    blocks: [Vec<[Var; 4]>; BlockKind::ALL.len()],
}

impl Wires {
    /// The wires of blocks.
    pub(super) fn new(blocks: [Block; BlockKind::ALL.len()], variables: &Variables) -> Self {
        let mut blocks = blocks.map(|block| block.wires);
        for block in &mut blocks {
            block.par_chunks_mut(CHUNK).for_each(|rows| {
                rows.iter_mut().flatten().for_each(|var| *var = variables.root_of(*var));
            });
        }
        Self { blocks }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// The cells of all rows, in order.
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &[Var; 4]> {
        self.blocks.iter().flatten()
    }

    /// The cells of some rows of one wire.
    fn cells(&self, wire: usize, rows: &Range<usize>) -> impl Iterator<Item = usize> {
        self.rows().skip(rows.start).take(rows.len()).map(move |row| row[wire].index())
    }

    /// The rows of a wire without the zeros at its ends.
    fn nonzero(&self, wire: usize, values: &[Fr]) -> Range<usize> {
        let is_nonzero = |row: &[Var; 4]| !values[row[wire].index()].is_zero();
        let Some(first) = self.rows().position(is_nonzero) else { return 0..0 };
        let zeros = self.rows().rev().position(is_nonzero).expect("a row is not zero");
        first..self.len() - zeros
    }

    /// The columns: numbers of values that all four share, or where that takes more memory, a value for each cell.
    pub(super) fn into_columns(self, values: Vec<Fr>) -> [Column; 4] {
        let ranges: Vec<Range<usize>> =
            (0..4).into_par_iter().map(|wire| self.nonzero(wire, &values)).collect();
        let mut numbers = vec![0; values.len()];
        for (wire, range) in ranges.iter().enumerate() {
            self.cells(wire, range).for_each(|var| numbers[var] = 1);
        }
        let used: usize = numbers.iter().map(|&is_used| is_used as usize).sum();
        let cells: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        let is_numbered = cells * size_of::<u32>() + used * size_of::<Fr>() < cells * size_of::<Fr>();
        let values = Arc::new(if is_numbered { compacted(values, &mut numbers) } else { values });
        let mut columns = [const { Column::EMPTY }; 4];
        columns.par_iter_mut().zip(&ranges).enumerate().for_each(|(wire, (column, range))| {
            let start = FIRST_ROW + range.start;
            let cells = self.cells(wire, range);
            *column = if is_numbered {
                let numbers = collected(range.len(), cells.map(|var| numbers[var]));
                Column::shades32(start, Arc::clone(&values), numbers)
            } else {
                Column::new(start, collected(range.len(), cells.map(|var| values[var])))
            };
        });
        columns
    }
}

/// The values whose number is 1; their numbers become their positions.
fn compacted(mut values: Vec<Fr>, numbers: &mut [u32]) -> Vec<Fr> {
    let mut count = 0;
    for (index, number) in numbers.iter_mut().enumerate().filter(|(_, number)| **number == 1) {
        values[count] = values[index];
        *number = count as u32;
        count += 1;
    }
    values.truncate(count);
    values.shrink_to_fit();
    values
}
