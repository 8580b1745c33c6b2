//! The grand product of the copy constraints, and what public inputs contribute to it.

use chinampa_kernels::Fr;
use chinampa_kernels::field::{FrParams, batch_inverse};
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, dispatch};
use rayon::prelude::*;

use super::columns::Columns;
use crate::entity::Entity;
use crate::trace::Column;

/// Names of a column's cells are `row + SEPARATOR * column`.
const SEPARATOR: u64 = 1 << 28;

/// Rows that one task multiplies up.
const CHUNK: usize = 1 << 11;
/// Rows that a lane has of a chunk where each row needs the one before.
const STREAM: usize = CHUNK / LANES;
/// Pairs of neighbours in a stream.
const STREAM_PAIRS: usize = STREAM / 2;

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
    let products: Vec<[Fr; LANES]> = values
        .par_chunks_mut(CHUNK)
        .enumerate()
        .map_init(Buffers::default, |buffers, (number, chunk)| {
            for ([above, below], (wire, id, sigma)) in buffers.iter_mut().zip(COLUMNS) {
                let [wire, id, sigma] = [wire, id, sigma].map(|entity| &columns.bodies[entity.index()]);
                above.resize(chunk.len(), Fr::ZERO);
                wire.read(number * CHUNK, above);
                below.clone_from(above);
                id.add_multiple(number * CHUNK, beta, above);
                sigma.add_multiple(number * CHUNK, beta, below);
            }
            dispatch(Ratios { cells: buffers, gamma, out: chunk });
            running_products(chunk)
        })
        .collect();
    let mut products = products.into_flattened();
    let mut product = Fr::ONE;
    for next in &mut products {
        product *= std::mem::replace(next, product);
    }
    values
        .par_chunks_mut(STREAM)
        .zip(products)
        .skip(1)
        .for_each(|(stream, factor)| dispatch(Scale { elements: stream, factor }));
    Column::new(1, values)
}

/// `w + beta id` and `w + beta sigma` of some rows, four times.
type Buffers = [[Vec<Fr>; 2]; 4];

/// Each row's ratio of names to the names that they are copied to.
struct Ratios<'a> {
    cells: &'a Buffers,
    gamma: Fr,
    out: &'a mut [Fr],
}

impl Kernel<FrParams> for Ratios<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let gamma = L::splat(self.gamma);
        // Numerators, denominators and the products of the denominators in front.
        let mut groups: Vec<[L; 3]> = Vec::with_capacity(CHUNK / LANES);
        let mut product = L::one();
        for first in (0..self.out.len()).step_by(LANES) {
            let mut above = [gamma; 4];
            let mut below = [gamma; 4];
            for (wire, cells) in self.cells.iter().enumerate() {
                above[wire] += L::load_some(&cells[0][first..]);
                below[wire] += L::load_some(&cells[1][first..]);
            }
            let numerator = (above[0] * above[1]) * (above[2] * above[3]);
            let denominator = (below[0] * below[1]) * (below[2] * below[3]);
            groups.push([numerator, denominator, product]);
            product *= denominator;
        }
        // Zero with a chance of 2^-200, and then no proof is.
        let mut inverses = product.to_array();
        batch_inverse(&mut inverses);
        let mut suffix = L::load(&inverses);
        for (out, &[numerator, denominator, prefix]) in self.out.chunks_mut(LANES).zip(&groups).rev() {
            (numerator * (suffix * prefix)).store_some(out);
            suffix *= denominator;
        }
    }
}

/// Replaces each element of a chunk by the product of those of its stream up to it; returns the products of whole streams.
fn running_products(chunk: &mut [Fr]) -> [Fr; LANES] {
    if chunk.len() == CHUNK {
        return dispatch(RunningProducts { pairs: chunk.as_chunks_mut().0 });
    }
    let mut longer = chunk.to_vec();
    longer.resize(CHUNK, Fr::ONE);
    let products = dispatch(RunningProducts { pairs: longer.as_chunks_mut().0 });
    chunk.copy_from_slice(&longer[..chunk.len()]);
    products
}

struct RunningProducts<'a> {
    pairs: &'a mut [[Fr; 2]],
}

impl Kernel<FrParams> for RunningProducts<'_> {
    type Output = [Fr; LANES];

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) -> [Fr; LANES] {
        let mut product = L::one();
        let mut streams = self.pairs.chunks_exact_mut(STREAM_PAIRS);
        let mut streams: [&mut [[Fr; 2]]; LANES] =
            std::array::from_fn(|_| streams.next().expect("a chunk has as many streams as there are lanes"));
        for i in 0..STREAM_PAIRS {
            let (first, second) = L::load_pairs(streams.each_ref().map(|stream| &stream[i]));
            let both = first * second;
            let first = product * first;
            product *= both;
            L::store_pairs(first, product, streams.each_mut().map(|stream| &mut stream[i]));
        }
        product.to_array()
    }
}

/// Multiplies all elements.
struct Scale<'a> {
    elements: &'a mut [Fr],
    factor: Fr,
}

impl Kernel<FrParams> for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let factor = L::splat(self.factor);
        for group in self.elements.chunks_mut(LANES) {
            (L::load_some(group) * factor).store_some(group);
        }
    }
}
