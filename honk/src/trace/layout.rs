//! From a finished circuit to columns.

use chinampa_kernels::Fr;

use super::{Column, DISABLED_ROWS, PRECOMPUTED_COLUMNS, Trace};
use crate::builder::{BlockKind, Builder, Circuit, SHARED_SELECTORS};

/// Weight of a wire's number in the name of a cell; cells are `row + wire * SEPARATOR`.
///
/// # Sources
/// Barretenberg 4.1.2, `PERMUTATION_ARGUMENT_VALUE_SEPARATOR`.
pub const PERMUTATION_SEPARATOR: u64 = 1 << 28;

/// First row of the first block: row 0 is zero.
const FIRST_ROW: usize = 1;

/// Positions of precomputed columns.
const GATE_SELECTORS: usize = SHARED_SELECTORS;
const SIGMA: usize = 14;
const ID: usize = 18;
const TABLE: usize = 22;
const LAGRANGE_FIRST: usize = 26;
const LAGRANGE_LAST: usize = 27;

impl Circuit {
    /// Base-2 logarithm of the number of rows that the circuit takes.
    pub fn log_size(&self) -> u32 {
        (self.size() + FIRST_ROW + DISABLED_ROWS).next_power_of_two().ilog2()
    }

    /// Lays the circuit out.
    pub fn into_trace(self) -> Trace {
        let log_size = self.log_size();
        let tables_len = self.table_rows();
        let builder = self.builder;
        let starts = block_starts(&builder);
        let last_active_row = starts[BlockKind::ALL.len()] - 1;
        let mut precomputed = std::array::from_fn(|_| Column::default());
        fill_selectors(&builder, &starts, &mut precomputed);
        fill_permutation(&builder, &starts, &mut precomputed);
        fill_tables(&builder, &mut precomputed);
        precomputed[LAGRANGE_FIRST] = Column::new(0, vec![Fr::ONE]);
        precomputed[LAGRANGE_LAST] = Column::new(last_active_row, vec![Fr::ONE]);
        let memory = starts[BlockKind::Memory as usize];
        let rows = |records: &[u32]| records.iter().map(|row| row + memory as u32).collect();
        let reads = builder.tables.iter().flat_map(|used| used.reads.iter().copied());
        let lookup = BlockKind::Lookup as usize;
        Trace {
            log_size,
            wires: wires(&builder),
            lookup_read_counts: trimmed(0, reads.clone().map(Fr::from).collect()),
            lookup_read_tags: trimmed(0, reads.map(|count| Fr::from(count > 0)).collect()),
            public_inputs: builder.public_inputs.iter().map(|var| builder.value(*var)).collect(),
            public_inputs_offset: starts[BlockKind::PublicInputs as usize],
            memory_read_rows: rows(&builder.read_records),
            memory_write_rows: rows(&builder.write_records),
            last_active_row,
            lookup_rows: starts[lookup]..starts[lookup + 1],
            tables_len,
            precomputed,
        }
    }
}

/// The first row of each block, and one more than the last row of all.
fn block_starts(builder: &Builder) -> [usize; BlockKind::ALL.len() + 1] {
    let mut starts = [FIRST_ROW; BlockKind::ALL.len() + 1];
    for (index, block) in builder.blocks.iter().enumerate() {
        starts[index + 1] = starts[index] + block.len();
    }
    starts
}

/// A column without the zeros at its ends.
fn trimmed(start: usize, mut values: Vec<Fr>) -> Column {
    let end = values.iter().rposition(|value| !value.is_zero()).map_or(0, |last| last + 1);
    values.truncate(end);
    let zeros = values.iter().position(|value| !value.is_zero()).unwrap_or(0);
    if zeros > 0 {
        values.drain(..zeros);
    }
    values.shrink_to_fit();
    Column::new(start + zeros, values)
}

fn fill_selectors(builder: &Builder, starts: &[usize], out: &mut [Column; PRECOMPUTED_COLUMNS]) {
    for selector in 0..SHARED_SELECTORS {
        let shades = builder.blocks.iter().flat_map(|block| block.shared.iter().map(|row| row[selector]));
        let values = shades.map(|shade| builder.palette.value(shade)).collect();
        out[selector] = trimmed(FIRST_ROW, values);
    }
    // Public input rows have no selector of their own.
    for (index, block) in builder.blocks.iter().enumerate().skip(1) {
        let values = block.gate.iter().map(|gate| Fr::from(u64::from(*gate))).collect();
        out[GATE_SELECTORS + index - 1] = trimmed(starts[index], values);
    }
}

fn wires(builder: &Builder) -> [Column; 4] {
    std::array::from_fn(|wire| {
        let vars = builder.blocks.iter().flat_map(|block| block.wires.iter().map(|row| row[wire]));
        trimmed(FIRST_ROW, vars.map(|var| builder.value(var)).collect())
    })
}

/// The permutation: every cell names the next cell of its variable, and the ends of a cycle carry tags.
fn fill_permutation(builder: &Builder, starts: &[usize], out: &mut [Column; PRECOMPUTED_COLUMNS]) {
    let rows = starts[BlockKind::ALL.len()] - FIRST_ROW;
    let cell = |wire: usize, index: usize| (FIRST_ROW + index) as u64 + PERMUTATION_SEPARATOR * wire as u64;
    let mut sigma: [Vec<u64>; 4] = std::array::from_fn(|_| vec![0; rows]);
    let mut id: [Vec<u64>; 4] =
        std::array::from_fn(|wire| (0..rows).map(|index| cell(wire, index)).collect());
    let tag_name = |tag: u32| 4 * PERMUTATION_SEPARATOR + u64::from(tag);
    // The last cell of each class so far: `4 * row + wire`, and none.
    const NONE: u64 = u64::MAX;
    let mut last = vec![NONE; builder.variables.len()];
    let all_wires = builder.blocks.iter().flat_map(|block| block.wires.iter());
    for (index, row) in all_wires.enumerate() {
        for (wire, var) in row.iter().enumerate() {
            let root = builder.variables.root_of(*var);
            let before = std::mem::replace(&mut last[root.index()], 4 * index as u64 + wire as u64);
            let tag = builder.variables.tag_of_root(root);
            if before == NONE {
                id[wire][index] = tag_name(tag);
            } else {
                sigma[(before % 4) as usize][(before / 4) as usize] = cell(wire, index);
            }
            // Overwritten by the next cell of the class, if there is one.
            sigma[wire][index] = tag_name(builder.variables.partner(tag));
        }
    }
    drop(last);
    for (column, names) in out[SIGMA..ID + 4].iter_mut().zip(sigma.into_iter().chain(id)) {
        *column = Column::new(FIRST_ROW, names.into_iter().map(Fr::from).collect());
    }
    let start = starts[BlockKind::PublicInputs as usize];
    for input in 0..builder.public_inputs.len() {
        let row = start + input;
        out[SIGMA].values[row - FIRST_ROW] = -Fr::from(row as u64 + 1);
    }
}

fn fill_tables(builder: &Builder, out: &mut [Column; PRECOMPUTED_COLUMNS]) {
    for column in 0..3 {
        let values = builder.tables.iter().flat_map(|used| used.table.columns[column].iter().copied());
        out[TABLE + column] = trimmed(0, values.collect());
    }
    let numbers = builder.tables.iter().enumerate();
    let numbers =
        numbers.flat_map(|(number, used)| std::iter::repeat_n(Fr::from(number as u64), used.table.len()));
    out[TABLE + 3] = trimmed(0, numbers.collect());
}
