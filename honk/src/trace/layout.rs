//! From a finished circuit to columns.

use std::sync::Arc;

use chinampa_kernels::Fr;
use rayon::prelude::*;

use super::permutation::permutation;
use super::wires::Wires;
use super::{Column, DISABLED_ROWS, PRECOMPUTED_COLUMNS, Trace};
use crate::builder::{
    Block, BlockKind, Builder, Circuit, Palette, SHARED_SELECTORS, Shade, UsedTable, Var, Variables,
};

/// First row of the first block: row 0 is zero.
pub(super) const FIRST_ROW: usize = 1;

/// Positions of precomputed columns.
const GATE_SELECTORS: usize = SHARED_SELECTORS;
const SIGMA: usize = 14;
const TABLE: usize = 22;
const LAGRANGE_FIRST: usize = 26;
const LAGRANGE_LAST: usize = 27;

/// What a trace is made of. Each part is given up as soon as its columns are written.
struct Parts {
    variables: Variables,
    palette: Palette,
    blocks: [Block; BlockKind::ALL.len()],
    tables: Vec<UsedTable>,
    public_inputs: Vec<Var>,
    read_records: Vec<u32>,
    write_records: Vec<u32>,
}

impl Parts {
    /// Drops all that only building needs.
    fn of(builder: Builder) -> Self {
        Self {
            variables: builder.variables,
            palette: builder.palette,
            blocks: builder.blocks,
            tables: builder.tables,
            public_inputs: builder.public_inputs,
            read_records: builder.read_records,
            write_records: builder.write_records,
        }
    }
}

impl Circuit {
    /// Base-2 logarithm of the number of rows that the circuit takes.
    pub fn log_size(&self) -> u32 {
        (self.size() + FIRST_ROW + DISABLED_ROWS).next_power_of_two().ilog2()
    }

    /// Lays the circuit out.
    pub fn into_trace(self) -> Trace {
        let log_size = self.log_size();
        let tables_len = self.table_rows();
        let mut parts = Parts::of(self.builder);
        let starts = block_starts(&parts.blocks);
        let last_active_row = starts[BlockKind::ALL.len()] - 1;
        let public_inputs_offset = starts[BlockKind::PublicInputs as usize];
        let public_inputs = parts.public_inputs.iter().map(|var| parts.variables.value(*var)).collect();

        let mut precomputed = std::array::from_fn(|_| Column::default());
        let [lookup_read_counts, lookup_read_tags] = read_columns(&parts.tables);
        fill_tables(&parts.tables, &mut precomputed);
        drop(parts.tables);
        fill_selectors(&mut parts.blocks, &parts.palette, &starts, &mut precomputed);
        let wires = Wires::new(parts.blocks, &parts.variables);
        let inputs = public_inputs_offset..public_inputs_offset + parts.public_inputs.len();
        let permutation = permutation(&wires, &parts.variables, inputs);
        for (column, names) in precomputed[SIGMA..TABLE].iter_mut().zip(permutation.into_iter().flatten()) {
            *column = names;
        }
        precomputed[LAGRANGE_FIRST] = Column::new(0, vec![Fr::ONE]);
        precomputed[LAGRANGE_LAST] = Column::new(last_active_row, vec![Fr::ONE]);

        let memory = starts[BlockKind::Memory as usize] as u32;
        let rows = |records: Vec<u32>| records.into_iter().map(|row| row + memory).collect();
        let lookup = BlockKind::Lookup as usize;
        Trace {
            log_size,
            wires: wires.into_columns(parts.variables.into_values()),
            lookup_read_counts,
            lookup_read_tags,
            public_inputs,
            public_inputs_offset,
            memory_read_rows: rows(parts.read_records),
            memory_write_rows: rows(parts.write_records),
            last_active_row,
            lookup_rows: starts[lookup]..starts[lookup + 1],
            tables_len,
            precomputed,
        }
    }
}

/// The first row of each block, and one more than the last row of all.
fn block_starts(blocks: &[Block; BlockKind::ALL.len()]) -> [usize; BlockKind::ALL.len() + 1] {
    let mut starts = [FIRST_ROW; BlockKind::ALL.len() + 1];
    for (index, block) in blocks.iter().enumerate() {
        starts[index + 1] = starts[index] + block.len();
    }
    starts
}

/// Values and the row of the first of them, without the zeros at their ends.
fn trimmed<T>(start: usize, mut values: Vec<T>, is_zero: impl Fn(&T) -> bool) -> (usize, Vec<T>) {
    values.truncate(values.iter().rposition(|value| !is_zero(value)).map_or(0, |last| last + 1));
    let zeros = values.iter().position(|value| !is_zero(value)).unwrap_or(0);
    values.drain(..zeros);
    values.shrink_to_fit();
    (start + zeros, values)
}

/// Selectors are taken out of the blocks.
fn fill_selectors(
    blocks: &mut [Block],
    palette: &Palette,
    starts: &[usize],
    out: &mut [Column; PRECOMPUTED_COLUMNS],
) {
    out[..SHARED_SELECTORS].par_iter_mut().enumerate().for_each(|(selector, column)| {
        let shades = blocks.iter().flat_map(|block| block.shared.iter().map(move |row| row[selector]));
        *column = selector_column(shades, palette);
    });
    for block in &mut *blocks {
        block.shared = Vec::new();
    }
    let largest = blocks.iter().flat_map(|block| &block.gate).copied().max().unwrap_or(0);
    let numbers = Arc::new((0..=u64::from(largest)).map(Fr::from).collect());
    // Public input rows have no selector of their own.
    for (index, block) in blocks.iter_mut().enumerate().skip(1) {
        let gates = std::mem::take(&mut block.gate);
        let (start, gates) = trimmed(starts[index], gates, |gate| *gate == 0);
        out[GATE_SELECTORS + index - 1] = Column::shades8(start, Arc::clone(&numbers), gates);
    }
}

/// A selector of all rows, with numbers of the values that it has.
fn selector_column(shades: impl Iterator<Item = Shade> + Clone, palette: &Palette) -> Column {
    const UNUSED: u32 = u32::MAX;
    let mut numbers = vec![UNUSED; palette.len()];
    let mut values = Vec::new();
    let mut rows = None;
    for (row, shade) in shades.clone().enumerate() {
        let number = &mut numbers[shade as usize];
        if *number == UNUSED {
            *number = values.len() as u32;
            values.push(palette.value(shade));
        }
        if shade != Palette::ZERO {
            rows = Some((rows.map_or(row, |(first, _)| first), row));
        }
    }
    let Some((first, last)) = rows else {
        return Column::EMPTY;
    };
    let (start, len, count) = (FIRST_ROW + first, last + 1 - first, values.len());
    let values = Arc::new(values);
    let numbers = shades.skip(first).take(len).map(|shade| numbers[shade as usize]);
    if count <= 1 << 8 {
        Column::shades8(start, values, collected(len, numbers.map(|number| number as u8)))
    } else if count <= 1 << 16 {
        Column::shades16(start, values, collected(len, numbers.map(|number| number as u16)))
    } else {
        Column::shades32(start, values, collected(len, numbers))
    }
}

/// Collects `len` items without room for more.
pub(super) fn collected<T>(len: usize, items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::with_capacity(len);
    all.extend(items);
    all
}

/// How often each table row is read, and whether it is.
fn read_columns(tables: &[UsedTable]) -> [Column; 2] {
    let reads = tables.iter().flat_map(|used| used.reads.iter().copied());
    let count = |count: u32| i32::try_from(count).expect("a circuit has fewer than 2^28 rows");
    let (start, counts) = trimmed(0, reads.map(count).collect(), |count| *count == 0);
    let tags = counts.iter().map(|count| u8::from(*count > 0)).collect();
    [Column::integers(start, counts), Column::shades8(start, Arc::new(vec![Fr::ZERO, Fr::ONE]), tags)]
}

fn fill_tables(tables: &[UsedTable], out: &mut [Column; PRECOMPUTED_COLUMNS]) {
    for column in 0..3 {
        let values = tables.iter().flat_map(|used| used.table.columns[column].iter().copied());
        let (start, values) = trimmed(0, values.collect(), Fr::is_zero);
        out[TABLE + column] = Column::narrowed(start, values);
    }
    let numbers = (0..).zip(tables);
    let numbers = numbers.flat_map(|(number, used)| std::iter::repeat_n(number, used.table.len()));
    let (start, numbers) = trimmed(0, numbers.collect(), |number| *number == 0);
    out[TABLE + 3] = Column::integers(start, numbers);
}
