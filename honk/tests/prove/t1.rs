//! The trace of the smallest program, `x0^2 - x1 = 0` with `x0 = 3` private and `x1 = 9` public, written out row by row.

use chinampa_honk::Entity;
use chinampa_honk::trace::{Column, Trace};
use chinampa_kernels::Fr;

/// Columns' share of cell names.
const SEPARATOR: u64 = 1 << 28;
const LAST_ROW: usize = 36;
/// Identifiers of the two tables of the dummy lookups.
const TABLES: [u64; 2] = [95, 96];
/// What sets two such tables apart.
const TABLE_FACTOR: u64 = 0x1337;

/// A variable: number and value.
type Variable = (usize, u64);

const ZERO: Variable = (0, 0);
const X0: Variable = (1, 3);
const X1: Variable = (2, 9);
const ONE: Variable = (3, 1);
const M_C: Variable = (4, 7 + TABLES[1] * TABLE_FACTOR);
const L_C: Variable = (5, 7 + TABLES[0] * TABLE_FACTOR + 2 * M_C.1);

const fn backend(index: usize) -> Variable {
    (6 + index, 0)
}

/// Four wires in each row from 1 on.
fn rows() -> Vec<[Variable; 4]> {
    let mut rows = vec![[X1, X1, ZERO, ZERO]];
    rows.extend((0..8).map(|i| [backend(i), backend(i), ZERO, ZERO]));
    let (la, lb, ma, mb) = ((14, 3), (15, 3), (16, 1), (17, 1));
    rows.push([la, lb, L_C, ZERO]);
    rows.push([ma, mb, M_C, ZERO]);
    // The gate that fixes zero is written while the zero variable's number is still that of the first witness.
    rows.push([ZERO, X0, X0, X0]);
    rows.push([X0, X0, X1, ZERO]);
    rows.extend((0..8).map(|i| [backend(i), ZERO, ZERO, ZERO]));
    rows.push([ZERO; 4]);
    rows.push([ONE, ZERO, ZERO, ZERO]);
    rows.push([ZERO, ZERO, ZERO, ONE]);
    rows.resize(LAST_ROW, [ZERO; 4]);
    rows
}

fn set(columns: &mut [Vec<Fr>], entity: Entity, rows: impl IntoIterator<Item = usize>, value: Fr) {
    for row in rows {
        columns[entity.index()][row] = value;
    }
}

fn selectors(columns: &mut [Vec<Fr>]) {
    let one = Fr::ONE;
    let minus_two = -Fr::from(2u64);
    for entity in [Entity::QR, Entity::QM, Entity::QC] {
        set(columns, entity, [10], minus_two);
    }
    set(columns, Entity::QLookup, [10, 11], one);
    set(columns, Entity::QO, [11, 22], one);
    set(columns, Entity::QO, [13], -one);
    set(columns, Entity::QR, [22], one);
    set(columns, Entity::QM, [13, 22], one);
    set(columns, Entity::QC, [23, 24], -one);
    set(columns, Entity::QL, std::iter::once(12).chain(14..24), one);
    set(columns, Entity::Q4, [22, 24], one);
    set(columns, Entity::QArith, (12..25).filter(|&row| row != 22), one);
    for (entity, row) in [
        (Entity::QDeltaRange, 25),
        (Entity::QElliptic, 27),
        (Entity::QMemory, 29),
        (Entity::QNnf, 31),
        (Entity::QPoseidon2External, 33),
        (Entity::QPoseidon2Internal, 35),
    ] {
        set(columns, entity, [row], one);
    }
    set(columns, Entity::LagrangeFirst, [0], one);
    set(columns, Entity::LagrangeLast, [LAST_ROW], one);
}

fn tables(columns: &mut [Vec<Fr>]) {
    for (table, id) in TABLES.into_iter().enumerate() {
        for entry in 0..4 {
            let (i, j) = (entry as u64 / 2, entry as u64 % 2);
            let values = [i, j, 3 * i + 4 * j + id * TABLE_FACTOR, table as u64];
            for (column, value) in values.into_iter().enumerate() {
                columns[Entity::Table1.index() + column][4 * table + entry] = Fr::from(value);
            }
        }
    }
}

fn permutation(columns: &mut [Vec<Fr>], rows: &[[Variable; 4]]) {
    let mut cycles: Vec<Vec<(usize, usize)>> = vec![Vec::new(); 18];
    for (index, row) in rows.iter().enumerate() {
        for (column, (variable, _)) in row.iter().enumerate() {
            cycles[*variable].push((column, index + 1));
        }
    }
    let name = |(column, row): (usize, usize)| Fr::from(row as u64 + SEPARATOR * column as u64);
    let end = Fr::from(4 * SEPARATOR);
    for cycle in cycles {
        for (position, &(column, row)) in cycle.iter().enumerate() {
            let id = if position == 0 { end } else { name((column, row)) };
            let sigma = cycle.get(position + 1).map_or(end, |&next| name(next));
            columns[Entity::Id1.index() + column][row] = id;
            columns[Entity::Sigma1.index() + column][row] = sigma;
        }
    }
    for (row, sigma) in columns[Entity::Sigma1.index()].iter_mut().enumerate().take(10).skip(1) {
        *sigma = -Fr::from(row as u64 + 1);
    }
}

/// A column without the zeros around it.
fn trimmed(values: &[Fr]) -> Column {
    let Some(start) = values.iter().position(|value| !value.is_zero()) else {
        return Column::EMPTY;
    };
    let end = values.iter().rposition(|value| !value.is_zero()).map_or(start, |last| last + 1);
    Column::new(start, values[start..end].to_vec())
}

pub(crate) fn trace() -> Trace {
    let rows = rows();
    let mut columns = vec![vec![Fr::ZERO; LAST_ROW + 1]; 28];
    selectors(&mut columns);
    tables(&mut columns);
    permutation(&mut columns, &rows);
    let wire = |column: usize| rows.iter().map(|row| Fr::from(row[column].1)).collect();
    let read = Column::new(3, [1u64, 0, 0, 0, 1].map(Fr::from).to_vec());
    Trace {
        log_size: 6,
        precomputed: std::array::from_fn(|i| trimmed(&columns[i])),
        wires: std::array::from_fn(|column| Column::new(1, wire(column))),
        lookup_read_counts: read.clone(),
        lookup_read_tags: read,
        public_inputs: std::iter::once(X1)
            .chain((0..8).map(backend))
            .map(|(_, value)| Fr::from(value))
            .collect(),
        public_inputs_offset: 1,
        memory_read_rows: Vec::new(),
        memory_write_rows: Vec::new(),
        last_active_row: LAST_ROW,
        lookup_rows: 10..12,
        tables_len: 8,
    }
}
