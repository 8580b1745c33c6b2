//! The grand product of the copy constraints, and what public inputs contribute to it.

use chinampa_kernels::Fr;
use chinampa_kernels::field::batch_inverse;
use rayon::prelude::*;

use super::columns::Columns;
use crate::entity::Entity;
use crate::trace::Column;

/// Names of a column's cells are `row + SEPARATOR * column`.
const SEPARATOR: u64 = 1 << 28;

/// Rows that one task multiplies up.
const CHUNK: usize = 1 << 11;

const COLUMNS: [(Entity, Entity, Entity); 4] = [
    (Entity::WL, Entity::Id1, Entity::Sigma1),
    (Entity::WR, Entity::Id2, Entity::Sigma2),
    (Entity::WO, Entity::Id3, Entity::Sigma3),
    (Entity::W4, Entity::Id4, Entity::Sigma4),
];

/// The product that `z_perm` ends at: of the public inputs under the names that the permutation leaves unmatched.
pub(super) fn public_input_delta(public_inputs: &[Fr], offset: usize, beta: Fr, gamma: Fr) -> Fr {
    let (mut numerator, mut denominator) = (Fr::ONE, Fr::ONE);
    let mut above = gamma + beta * Fr::from(SEPARATOR + offset as u64);
    let mut below = gamma - beta * Fr::from(offset as u64 + 1);
    for &input in public_inputs {
        numerator *= above + input;
        denominator *= below + input;
        above += beta;
        below -= beta;
    }
    // Zero with a chance of 2^-100, and then no proof is.
    numerator * denominator.inverse().unwrap_or_default()
}

/// `z_perm`: 1 in row 1, and in each row after it up to `last_active_row` the product over the rows above of
/// `(w + beta id + gamma) / (w + beta sigma + gamma)` of the four wires.
pub(super) fn grand_product(columns: &Columns, last_active_row: usize, beta: Fr, gamma: Fr) -> Column {
    // values[i] is that of row i + 1, which rows 0..=i contribute to; row 0, without cells, contributes 1.
    let mut values = vec![Fr::ONE; last_active_row];
    let mut products: Vec<Fr> = values
        .par_chunks_mut(CHUNK)
        .enumerate()
        .map(|(number, chunk)| partial_products(columns, number * CHUNK, chunk, beta, gamma))
        .collect();
    let mut product = Fr::ONE;
    for next in &mut products {
        product *= std::mem::replace(next, product);
    }
    values.par_chunks_mut(CHUNK).zip(products).skip(1).for_each(|(chunk, product)| {
        chunk.iter_mut().for_each(|value| *value *= product);
    });
    Column::new(1, values)
}

/// Fills `chunk` with the products of the rows from `first` up to each, and returns the last.
fn partial_products(columns: &Columns, first: usize, chunk: &mut [Fr], beta: Fr, gamma: Fr) -> Fr {
    let mut numerators = vec![Fr::ONE; chunk.len()];
    chunk.fill(Fr::ONE);
    for (wire, id, sigma) in COLUMNS {
        for (offset, (numerator, denominator)) in numerators.iter_mut().zip(&mut *chunk).enumerate() {
            let row = first + offset;
            let shifted = columns.get(wire, row) + gamma;
            *numerator *= shifted + columns.get(id, row) * beta;
            *denominator *= shifted + columns.get(sigma, row) * beta;
        }
    }
    batch_inverse(chunk);
    let mut product = Fr::ONE;
    for (numerator, value) in numerators.into_iter().zip(chunk) {
        product *= numerator * *value;
        *value = product;
    }
    product
}
