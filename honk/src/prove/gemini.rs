//! Gemini: from claims about multilinear polynomials at one point to claims about univariate ones.
//!
//! All columns and shifted columns are batched with powers of `rho` into `F` and `G`, and `A_0 = F + G / X` is folded with the
//! challenges of sumcheck. Source: Bootle, Chiesa, Hu, Orru, "Gemini", eprint 2022/420, section 2.4.2.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;
use rayon::prelude::*;

use super::columns::Columns;
use super::polynomial::{CHUNK, Term, add_terms, fold, fold_sum};
use super::sumcheck::powers;
use crate::commit::{BATCH_TERMS, CommitmentKey};
use crate::entity::{Entity, SHIFTED, UNSHIFTED};
use crate::flavor::Flavor;
use crate::trace::Column;
use crate::transcript::Transcript;

/// The batched polynomials and their folds.
pub(super) struct Folds {
    /// Batch of the columns.
    pub(super) unshifted: Vec<Fr>,
    /// Batch of the columns that are shifted, before they are; its constant coefficient is zero.
    pub(super) shifted: Vec<Fr>,
    /// The polynomials `A_1, A_2, ...` up to the circuit's last variable but one.
    pub(super) folds: Vec<Vec<Fr>>,
    /// For the rounds after those, the constants that they are; zeros in zero-knowledge.
    pub(super) constants: Vec<Fr>,
}

/// Batches, folds, and sends the commitments to the folds.
pub(super) fn fold_all(
    flavor: Flavor,
    columns: Columns,
    point: &[Fr],
    key: CommitmentKey<'_>,
    transcript: &mut Transcript,
) -> Folds {
    let rho = transcript.challenge();
    let (unshifted, shifted) = batch(flavor, &columns, rho);
    let real = columns.log_size;
    drop(columns);
    let mut folds: Vec<Vec<Fr>> = Vec::with_capacity(real);
    for (l, &challenge) in point[..real - 1].iter().enumerate() {
        let next = match l {
            0 => fold_first(&unshifted, &shifted, challenge),
            _ => fold(&folds[l - 1], challenge),
        };
        folds.push(next);
    }
    for commitment in commit_folds(key, &folds) {
        transcript.send_point(&commitment);
    }
    let constants = constants(flavor, folds.last().map_or(&[], Vec::as_slice), &point[real - 1..]);
    for &constant in &constants {
        transcript.send_point(&(G1Affine::GENERATOR * constant).to_affine());
    }
    Folds { unshifted, shifted, folds, constants }
}

/// The folds that are short are committed to together; a long first one, which is as long as all others, by itself.
fn commit_folds(key: CommitmentKey<'_>, folds: &[Vec<Fr>]) -> Vec<G1Affine> {
    let folds: Vec<&[Fr]> = folds.iter().map(Vec::as_slice).collect();
    let is_long = folds.first().is_some_and(|first| 2 * first.len() > BATCH_TERMS);
    let (first, others) = folds.split_at(usize::from(is_long));
    [key.sums_of(first), key.sums_of(others)].concat()
}

/// `sum rho^j column_j` over the columns (the masking polynomial first, if there is one), and over those that are shifted with
/// the powers after.
fn batch(flavor: Flavor, columns: &Columns, rho: Fr) -> (Vec<Fr>, Vec<Fr>) {
    let masked = usize::from(flavor.has_zk());
    let powers = powers(rho, masked + UNSHIFTED + SHIFTED);
    let (now, next) = powers.split_at(masked + UNSHIFTED);
    let masking = flavor.has_zk().then_some((&columns.masking, Fr::ONE));
    let terms = |entities: &[Entity], powers: &[Fr]| -> Vec<(&Column, Fr)> {
        let parts = entities
            .iter()
            .zip(powers)
            .flat_map(|(&entity, &power)| columns.parts(entity).map(|part| (part, power)));
        parts.filter(|(part, _)| !part.is_empty()).collect()
    };
    let mut unshifted = terms(&Entity::ALL[..UNSHIFTED], &now[masked..]);
    unshifted.extend(masking);
    let shifted = terms(&Entity::TO_BE_SHIFTED, next);
    (combine(&unshifted), combine(&shifted))
}

/// `sum power * column`.
fn combine(terms: &[(&Column, Fr)]) -> Vec<Fr> {
    let len = terms.iter().map(|(column, _)| column.end()).max().unwrap_or(0);
    let mut sum = vec![Fr::ZERO; len];
    let wide: Vec<Term<'_>> = terms
        .iter()
        .filter_map(|&(column, factor)| {
            Some(Term { start: column.start(), values: column.as_fields()?, factor })
        })
        .collect();
    add_terms(&mut sum, &wide);
    sum.par_chunks_mut(CHUNK).enumerate().for_each(|(number, chunk)| {
        for (column, factor) in terms.iter().filter(|(column, _)| column.as_fields().is_none()) {
            column.add_multiple(number * CHUNK, *factor, chunk);
        }
    });
    sum
}

/// `A_1`, the fold of `A_0[i] = unshifted[i] + shifted[i + 1]`.
fn fold_first(unshifted: &[Fr], shifted: &[Fr], challenge: Fr) -> Vec<Fr> {
    fold_sum(unshifted, shifted.get(1..).unwrap_or_default(), challenge)
}

/// The folds by the last real challenge and by those of virtual rounds but the last: constants, which the virtual rounds scale.
fn constants(flavor: Flavor, last: &[Fr], challenges: &[Fr]) -> Vec<Fr> {
    let count = challenges.len() - 1;
    if flavor.has_zk() {
        return vec![Fr::ZERO; count];
    }
    let mut value = fold(last, challenges[0]).first().copied().unwrap_or_default();
    (1..=count)
        .map(|k| {
            let constant = value;
            value *= Fr::ONE - challenges[k];
            constant
        })
        .collect()
}
