//! Points of a secret that everybody knows, for tests: with it, anybody can prove anything.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::{G1Affine, G1Projective};
use rayon::prelude::*;

use super::{ProverSrs, SrsTables};

/// Bits of a window of the secret's powers.
const WINDOW_BITS: usize = 8;
/// Points that one task computes.
const CHUNK: usize = 1 << 10;

impl ProverSrs {
    /// `[tau^i]G` for `i < count`, and the generator at least.
    pub fn development(tau: Fr, count: usize) -> Self {
        let table = multiples();
        let count = count.max(1);
        let chunks = count.div_ceil(CHUNK);
        let points = (0..chunks).into_par_iter().flat_map_iter(|number| {
            let start = number * CHUNK;
            let mut power = tau.pow(&[start as u64, 0, 0, 0]);
            let points: Vec<_> = (start..count.min(start + CHUNK))
                .map(|_| {
                    let point = multiply(&table, power);
                    power *= tau;
                    point
                })
                .collect();
            G1Projective::batch_to_affine(&points)
        });
        Self { points: points.collect(), tables: SrsTables::default() }
    }
}

/// For each window, its multiples 1, 2, ... of the generator.
fn multiples() -> Vec<Vec<G1Affine>> {
    let mut base = G1Projective::GENERATOR;
    (0..256 / WINDOW_BITS)
        .map(|_| {
            let mut multiples = vec![base];
            for index in 1..1 << WINDOW_BITS {
                multiples.push(multiples[index - 1] + base);
            }
            base = multiples.pop().expect("the last one starts the next window");
            G1Projective::batch_to_affine(&multiples)
        })
        .collect()
}

fn multiply(table: &[Vec<G1Affine>], scalar: Fr) -> G1Projective {
    let limbs = scalar.to_canonical_limbs();
    let mut sum = G1Projective::IDENTITY;
    for (window, multiples) in table.iter().enumerate() {
        let position = window * WINDOW_BITS;
        let digit = (limbs[position / 64] >> (position % 64)) as usize & ((1 << WINDOW_BITS) - 1);
        if digit > 0 {
            sum += multiples[digit - 1];
        }
    }
    sum
}
