//! Shplonk: one quotient for all claims of Gemini (and Libra), and KZG's opening of what is left of it at one point.
//!
//! Source: Boneh, Drake, Fisch, Gabizon, "Efficient polynomial commitment schemes for multiple points and polynomials", eprint
//! 2020/081, section 4. Claims come in pairs, at `x` and `-x` on the same polynomial or on `F + G/r` and `F - G/r`; the sum of a
//! pair's quotients is one quotient by `X^2 - x^2`.

use chinampa_kernels::Fr;
use chinampa_kernels::field::batch_inverse;

use super::gemini::Folds;
use super::polynomial::{Term, add_quotient_by_square, add_terms, divide, evaluate, evaluate_pair};
use super::sumcheck::powers;

/// A claim besides Gemini's, of Libra.
pub(super) struct Claim {
    pub(super) polynomial: Vec<Fr>,
    pub(super) point: Fr,
    pub(super) evaluation: Fr,
}

/// The claims, and the challenges that batch them.
pub(super) struct Claims<'a> {
    folds: &'a Folds,
    /// `r`, `r^2`, `r^4`, ...: one per round.
    points: Vec<Fr>,
    r_inverse: Fr,
    /// Values at the points, and at their negatives, which are in the proof.
    positive: Vec<Fr>,
    pub(super) negative: Vec<Fr>,
    libra: Vec<Claim>,
    /// Powers of `nu`.
    nu: Vec<Fr>,
}

impl<'a> Claims<'a> {
    /// Evaluates the folds at the powers of `r` and their negatives.
    pub(super) fn new(folds: &'a Folds, r: Fr) -> Self {
        let rounds = 1 + folds.folds.len() + folds.constants.len();
        let points: Vec<Fr> =
            std::iter::successors(Some(r), |point| Some(point.square())).take(rounds).collect();
        // Zero with a chance of 2^-127, and then no proof is.
        let r_inverse = r.inverse().unwrap_or_default();
        let (unshifted, shifted) = (evaluate_pair(&folds.unshifted, r), evaluate_pair(&folds.shifted, r));
        let mut positive = vec![unshifted.0 + shifted.0 * r_inverse];
        let mut negative = vec![unshifted.1 - shifted.1 * r_inverse];
        for (fold, &point) in folds.folds.iter().zip(&points[1..]) {
            let (above, below) = evaluate_pair(fold, point);
            positive.push(above);
            negative.push(below);
        }
        positive.extend(&folds.constants);
        negative.extend(&folds.constants);
        Self { folds, points, r_inverse, positive, negative, libra: Vec::new(), nu: Vec::new() }
    }

    /// Adds the claims of Libra, and the challenge that batches all.
    pub(super) fn batch(&mut self, libra: Vec<Claim>, nu: Fr) {
        self.nu = powers(nu, 2 * self.points.len() + 2 + libra.len());
        self.libra = libra;
    }

    /// The powers of `nu` of Libra's claims. Two powers between Gemini's and these belong to a batch that Ultra does not have.
    fn libra_nu(&self) -> &[Fr] {
        &self.nu[2 * self.points.len() + 2..]
    }

    /// `Q = sum nu^e (f_e - v_e) / (X - x_e)`.
    pub(super) fn quotient(&self) -> Vec<Fr> {
        let (unshifted, shifted) = (&self.folds.unshifted, &self.folds.shifted);
        let longest_libra = self.libra.iter().map(|claim| claim.polynomial.len()).max().unwrap_or(0);
        let len = unshifted.len().max(shifted.len()).max(longest_libra);
        let mut quotient = vec![Fr::ZERO; len];
        self.add_batched_quotient(&mut quotient);
        for (l, fold) in self.folds.folds.iter().enumerate() {
            let (x, s, t) = (self.points[l + 1], self.nu[2 * l + 2], self.nu[2 * l + 3]);
            let (sum, difference) = (s + t, (s - t) * x);
            // s f / (X - x) + t f / (X + x) = f ((s + t) X + (s - t) x) / (X^2 - x^2)
            add_quotient_by_square(fold, [sum, difference], x.square(), &mut quotient);
        }
        for (claim, &nu) in self.libra.iter().zip(self.libra_nu()) {
            let mut part = claim.polynomial.clone();
            divide(&mut part, claim.point);
            for (sum, value) in quotient.iter_mut().zip(part) {
                *sum += value * nu;
            }
        }
        quotient
    }

    /// The pair of claims on `F + G/r` at `r` and on `F - G/r` at `-r`.
    fn add_batched_quotient(&self, quotient: &mut [Fr]) {
        let (unshifted, shifted) = (&self.folds.unshifted, &self.folds.shifted);
        let (r, s, t) = (self.points[0], self.nu[0], self.nu[1]);
        let (sum, difference) = (s + t, s - t);
        add_quotient_by_square(unshifted, [sum, difference * r], r.square(), quotient);
        // Divided by r.
        add_quotient_by_square(shifted, [difference * self.r_inverse, sum], r.square(), quotient);
    }

    /// `(Q - sum nu^e (f_e - v_e) / (z - x_e)) / (X - z)`: the proof that what is left of `Q` is zero at `z`.
    pub(super) fn opening(&self, quotient: Vec<Fr>, z: Fr) -> Vec<Fr> {
        let mut inverses: Vec<Fr> = self.points.iter().flat_map(|&x| [z - x, z + x]).collect();
        inverses.extend(self.libra.iter().map(|claim| z - claim.point));
        batch_inverse(&mut inverses);
        let gemini = 2 * self.points.len();
        let scales: Vec<Fr> =
            inverses[..gemini].iter().zip(&self.nu).map(|(inverse, nu)| *inverse * *nu).collect();
        let libra = inverses[gemini..].iter().zip(self.libra_nu()).map(|(inverse, nu)| *inverse * *nu);

        let mut constant = Fr::ZERO;
        for (l, pair) in scales.chunks_exact(2).enumerate() {
            constant += pair[0] * self.positive[l] + pair[1] * self.negative[l];
        }
        let mut left = quotient;
        let shifted_scale = (scales[0] - scales[1]) * self.r_inverse;
        let negated = |values, scale: Fr| Term { start: 0, values, factor: -scale };
        let mut terms: Vec<Term<'_>> = vec![
            negated(&self.folds.unshifted, scales[0] + scales[1]),
            negated(&self.folds.shifted, shifted_scale),
        ];
        for (fold, pair) in self.folds.folds.iter().zip(scales[2..].chunks_exact(2)) {
            terms.push(negated(fold, pair[0] + pair[1]));
        }
        for (constant_fold, pair) in
            self.folds.constants.iter().zip(scales[2 + 2 * self.folds.folds.len()..].chunks_exact(2))
        {
            constant -= *constant_fold * (pair[0] + pair[1]);
        }
        for (claim, scale) in self.libra.iter().zip(libra) {
            terms.push(negated(&claim.polynomial, scale));
            constant += scale * claim.evaluation;
        }
        add_terms(&mut left, &terms);
        if let Some(first) = left.first_mut() {
            *first += constant;
        }
        debug_assert!(evaluate(&left, z).is_zero());
        divide(&mut left, z);
        left
    }
}
