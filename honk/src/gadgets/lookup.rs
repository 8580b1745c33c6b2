//! Lookups of field elements.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/plookup`.

use super::Field;
use crate::builder::{Builder, MultiTableId};

/// The columns of a lookup by slice. The first slice's are those of the whole value.
pub(crate) type Columns = Vec<[Field; 3]>;

/// Reads a table by one key.
pub(crate) fn read(builder: &mut Builder, id: MultiTableId, key: Field) -> Columns {
    if let Some(key) = key.as_constant() {
        return constants(builder, id, [Some(key), None]);
    }
    let key = key.into_var(builder);
    let lookup = builder.add_lookup(id, key, None);
    lookup.columns.into_iter().map(|columns| columns.map(Field::of)).collect()
}

/// Reads a table by two keys.
pub(crate) fn read_pair(builder: &mut Builder, id: MultiTableId, first: Field, second: Field) -> Columns {
    if let (Some(first), Some(second)) = (first.as_constant(), second.as_constant()) {
        return constants(builder, id, [Some(first), Some(second)]);
    }
    // Variables first: scaled ones are normalised before a constant is fixed.
    let (left, right) = (first.normalize(builder), second.normalize(builder));
    let (left, right) = (left.into_var(builder), right.into_var(builder));
    let lookup = builder.add_lookup(id, left, Some(right));
    lookup.columns.into_iter().map(|columns| columns.map(Field::of)).collect()
}

fn constants(builder: &mut Builder, id: MultiTableId, keys: [Option<chinampa_kernels::Fr>; 2]) -> Columns {
    let rows = builder.look_up_constants(id, keys[0].unwrap_or_default(), keys[1]);
    match rows {
        Some(rows) => rows.into_iter().map(|row| row.map(Field::constant)).collect(),
        None => {
            builder.fail("a lookup table does not have a constant key");
            Vec::new()
        }
    }
}
