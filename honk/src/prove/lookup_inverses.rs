//! Inverses of the lookup argument.

use chinampa_kernels::Fr;
use chinampa_kernels::field::{FrParams, batch_inverse};
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, dispatch};
use rayon::prelude::*;

use super::columns::Columns;
use super::sumcheck::Packed;
use crate::entity::{Entity, Row};
use crate::relations::{LogDerivLookup, RelationParameters};
use crate::trace::Column;

/// Rows that one task inverts together.
const CHUNK: usize = 1 << 10;

/// What the terms of a row are made of.
const READ: [Entity; 11] = [
    Entity::Table1,
    Entity::Table2,
    Entity::Table3,
    Entity::Table4,
    Entity::WL,
    Entity::WR,
    Entity::WO,
    Entity::QR,
    Entity::QM,
    Entity::QC,
    Entity::QO,
];
const READ_BELOW: [(Entity, Entity); 3] =
    [(Entity::WLShift, Entity::WL), (Entity::WRShift, Entity::WR), (Entity::WOShift, Entity::WO)];

/// `1 / (table_term lookup_term)` in rows with a lookup gate or a table row that is read, zero elsewhere.
///
/// Both terms are of the same row, although the gate and the table row that it reads are in different ones: one column of
/// inverses serves both.
pub(super) fn lookup_inverses(columns: &Columns, parameters: &RelationParameters) -> Column {
    let (gates, tags) =
        (&columns.bodies[Entity::QLookup.index()], &columns.bodies[Entity::LookupReadTags.index()]);
    let columns_in_use = [gates, tags].into_iter().filter(|column| !column.is_empty());
    let Some(start) = columns_in_use.clone().map(|column| column.start()).min() else {
        return Column::EMPTY;
    };
    let end = columns_in_use.map(Column::end).max().unwrap_or(start);
    let mut values = vec![Fr::ZERO; end - start];
    values.par_chunks_mut(CHUNK).enumerate().for_each_init(Buffers::new, |buffers, (number, chunk)| {
        let first = start + number * CHUNK;
        buffers.read(columns, first, chunk.len());
        dispatch(Terms { buffers, parameters, out: chunk });
        batch_inverse(chunk);
    });
    Column::new(start, values)
}

/// Some rows of the columns that terms are made of.
struct Buffers {
    gates: Vec<Fr>,
    tags: Vec<Fr>,
    /// Entities and their values.
    read: Vec<(Entity, Vec<Fr>)>,
}

impl Buffers {
    fn new() -> Self {
        let entities = READ.into_iter().chain(READ_BELOW.map(|(shifted, _)| shifted));
        Self {
            gates: Vec::new(),
            tags: Vec::new(),
            read: entities.map(|entity| (entity, Vec::new())).collect(),
        }
    }

    /// Reads `len` rows from `first` on.
    fn read(&mut self, columns: &Columns, first: usize, len: usize) {
        let read = |entity: Entity, first: usize, values: &mut Vec<Fr>| {
            values.resize(len, Fr::ZERO);
            columns.bodies[entity.index()].read(first, values);
        };
        read(Entity::QLookup, first, &mut self.gates);
        read(Entity::LookupReadTags, first, &mut self.tags);
        for (entity, values) in &mut self.read {
            match READ_BELOW.iter().find(|(shifted, _)| shifted == entity) {
                Some((_, below)) => read(*below, first + 1, values),
                None => read(*entity, first, values),
            }
        }
    }
}

/// The products of both terms; zero in rows without a gate and a table row that is read.
struct Terms<'a> {
    buffers: &'a Buffers,
    parameters: &'a RelationParameters,
    out: &'a mut [Fr],
}

impl Kernel<FrParams> for Terms<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let parameters = &self.parameters.map(|parameter| Packed(L::splat(parameter)));
        let mut row = Row([Packed(L::zero()); crate::ENTITIES]);
        for (number, out) in self.out.chunks_mut(LANES).enumerate() {
            let first = number * LANES;
            let gates = L::load_some(&self.buffers.gates[first..]);
            let unused = gates.zeros() & L::load_some(&self.buffers.tags[first..]).zeros();
            if unused == u8::MAX {
                continue;
            }
            for (entity, values) in &self.buffers.read {
                row[*entity] = Packed(L::load_some(&values[first..]));
            }
            let table = LogDerivLookup::table_term(&row, parameters);
            let lookup = LogDerivLookup::lookup_term(&row, parameters);
            (table * lookup).0.replace(unused, L::zero()).store_some(out);
        }
    }
}
