//! One round's univariate.

use std::ops::Range;

use chinampa_kernels::Fr;
use rayon::prelude::*;

use super::super::columns::View;
use super::block::{BLOCK, Block, Scratch, Sums};
use crate::entity::ENTITIES;
use crate::flavor::MAX_PARTIAL_RELATION_LENGTH;
use crate::relations::{
    LINEARLY_DEPENDENT_SUBRELATION, NUM_SUBRELATIONS, Relation, RelationParameters, Visitor, visit,
};

/// What a round depends on.
pub(super) struct Round<'a> {
    pub(super) views: &'a [View<'a>; ENTITIES],
    pub(super) parameters: &'a RelationParameters,
    pub(super) alphas: &'a [Fr],
    /// Separator of this round's variable.
    pub(super) beta: Fr,
    /// Separators of the variables that the edges' numbers are the bits of.
    pub(super) later_betas: &'a [Fr],
    /// `pow` of the challenges so far.
    pub(super) partial_pow: Fr,
    pub(super) is_first: bool,
    /// Evaluations wanted.
    pub(super) length: usize,
}

impl Round<'_> {
    /// The sum over the given pairs of rows, at 0, 1, ...: `pow` of challenges, this variable and the pair's number, times
    /// the relations.
    pub(super) fn univariate(&self, edges: Range<usize>) -> Vec<Fr> {
        let sums = self.sums(edges);
        let mut weighted = vec![Fr::ZERO; self.length];
        let mut unweighted = vec![Fr::ZERO; self.length];
        for (sums, lengths) in sums.0.iter().zip(lengths()) {
            for (j, &length) in lengths.iter().enumerate() {
                let mut values: Vec<Fr> = sums[..length].iter().map(|values| values[j]).collect();
                if values.iter().all(Fr::is_zero) {
                    continue;
                }
                extend(&mut values, self.length);
                let total = if j == LINEARLY_DEPENDENT_SUBRELATION { &mut unweighted } else { &mut weighted };
                for (total, value) in total.iter_mut().zip(values) {
                    *total += value * self.alphas[j];
                }
            }
        }
        let mut pow = self.partial_pow;
        let step = self.partial_pow * (self.beta - Fr::ONE);
        let univariate = weighted.into_iter().zip(unweighted).map(|(weighted, unweighted)| {
            let value = weighted * pow + unweighted;
            pow += step;
            value
        });
        univariate.collect()
    }

    /// For each subrelation, its sums at 0, 1, ... up to its length, weighted with the edges' part of `pow`.
    fn sums(&self, edges: Range<usize>) -> Sums {
        if edges.is_empty() {
            return Sums::ZERO;
        }
        let low_bits = (BLOCK.ilog2() as usize).min(self.later_betas.len());
        let (low_betas, high_betas) = self.later_betas.split_at(low_bits);
        let weights = subset_products(low_betas);
        let blocks = edges.start / BLOCK..edges.end.div_ceil(BLOCK);
        blocks
            .into_par_iter()
            .fold(
                || (Sums::ZERO, Scratch::new()),
                |(mut sums, mut scratch), number| {
                    let start = number * BLOCK;
                    let block = Block {
                        views: self.views,
                        parameters: self.parameters,
                        weights: &weights,
                        start,
                        edges: edges.start.max(start) - start..edges.end.min(start + BLOCK) - start,
                        is_first: self.is_first,
                    };
                    sums.add(&block.sums(&mut scratch), product_of_bits(high_betas, number));
                    (sums, scratch)
                },
            )
            .map(|(sums, _)| sums)
            .reduce(
                || Sums::ZERO,
                |mut sums, other| {
                    sums.add(&other, Fr::ONE);
                    sums
                },
            )
    }
}

/// The lengths of all subrelations, where selectors change and where they do not.
fn lengths() -> [[usize; NUM_SUBRELATIONS]; 2] {
    struct Lengths([[usize; NUM_SUBRELATIONS]; 2]);
    impl Visitor for Lengths {
        fn relation<R: Relation>(&mut self, first: usize) {
            self.0[0][first..][..R::LENGTHS.len()].copy_from_slice(R::LENGTHS);
            self.0[1][first..][..R::LENGTHS.len()].copy_from_slice(R::CONSTANT_LENGTHS);
        }
    }
    let mut lengths = Lengths([[0; NUM_SUBRELATIONS]; 2]);
    visit(&mut lengths);
    lengths.0
}

/// `prod factors[b]^(bit b of i)` for every `i`.
fn subset_products(factors: &[Fr]) -> Vec<Fr> {
    let mut products = vec![Fr::ONE];
    for &factor in factors {
        products.extend_from_within(..);
        let half = products.len() / 2;
        products[half..].iter_mut().for_each(|product| *product *= factor);
    }
    products
}

/// `prod factors[b]^(bit b of number)`.
fn product_of_bits(factors: &[Fr], number: usize) -> Fr {
    factors.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1).map(|(_, factor)| factor).product()
}

/// Continues the values of a polynomial of degree below their number at 0, 1, ... to `length` values, by finite differences.
fn extend(values: &mut Vec<Fr>, length: usize) {
    let known = values.len();
    let mut differences = [Fr::ZERO; MAX_PARTIAL_RELATION_LENGTH];
    differences[..known].copy_from_slice(values);
    // differences[i] becomes the difference of order known - 1 - i that ends at the last value.
    for order in 1..known {
        for i in 0..known - order {
            differences[i] = differences[i + 1] - differences[i];
        }
    }
    while values.len() < length {
        for i in 1..known {
            let lower = differences[i - 1];
            differences[i] += lower;
        }
        values.push(differences[known - 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_continued() {
        for degree in 0..MAX_PARTIAL_RELATION_LENGTH {
            let at = |x: usize| Fr::from(x as u64 + 3).pow(&[degree as u64, 0, 0, 0]) + Fr::ONE;
            let mut values: Vec<Fr> = (0..=degree).map(at).collect();
            extend(&mut values, 9);
            assert_eq!(values, (0..9).map(at).collect::<Vec<_>>());
        }
    }

    #[test]
    fn products_of_bits_are_those_of_subsets() {
        let factors: Vec<Fr> = (2u64..7).map(Fr::from).collect();
        for (number, product) in subset_products(&factors).into_iter().enumerate() {
            assert_eq!(product, product_of_bits(&factors, number));
        }
        assert_eq!(product_of_bits(&factors, 0b10101), Fr::from(2u64 * 4 * 6));
    }
}
