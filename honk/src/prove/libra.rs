//! Libra: a random polynomial that hides what sumcheck's univariates tell of the witness.
//!
//! `Libra(X) = c + sum g_k(X_k)` with random `c` and `g_k` of degree 8. Its sum is claimed, and `rho` times it is added to the
//! sum of the relations. Its value at the challenges is shown to be right by a univariate argument over a subgroup of 256
//! elements: `c` and the coefficients of the `g_k`, as values on the subgroup, times powers of the challenges.
//!
//! # Sources
//! Xie, Zhang, Zhang, Papamanthou, Song, "Libra", eprint 2019/317; Barretenberg 4.1.2 `small_subgroup_ipa`.

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::{Fr, msm};

use super::polynomial::evaluate;
use super::randomness::Randomness;
use super::shplonk::Claim;
use super::sumcheck::powers;
use crate::transcript::Transcript;

/// Order of the subgroup.
const ORDER: usize = 256;
/// Its generator, Barretenberg's choice.
const GENERATOR: Fr = match Fr::from_canonical_limbs([
    0xc893_6191_74a5_7a76,
    0x6179_4254_6750_f230,
    0xf086_204a_9f36_ffb0,
    0x07b0_c561_a614_8404,
]) {
    Some(generator) => generator,
    None => panic!("the generator is below the modulus"),
};
/// Coefficients of each random univariate: as many as sumcheck sends values.
const UNIVARIATE_LENGTH: usize = 9;

/// The prover's side of the argument.
pub(super) struct Libra {
    univariates: Vec<[Fr; UNIVARIATE_LENGTH]>,
    /// `c` and all coefficients, as values on the subgroup, and as a polynomial with a random multiple of the vanishing one.
    values: Vec<Fr>,
    concatenation: Vec<Fr>,
    /// `rho`.
    challenge: Fr,
    /// `c + g_0(u_0) + ...` up to the challenges so far.
    partial: Fr,
    point: Vec<Fr>,
}

impl Libra {
    /// Draws the polynomial; commits to it and claims its sum.
    pub(super) fn new(
        log_size: usize,
        randomness: &mut Randomness,
        points: &[G1Affine],
        transcript: &mut Transcript,
    ) -> Self {
        let random = randomness.elements(1 + UNIVARIATE_LENGTH * log_size + 2);
        let (random, mask) = random.split_at(1 + UNIVARIATE_LENGTH * log_size);
        let constant = random[0];
        let univariates = random[1..].as_chunks().0.to_vec();
        let mut values = random.to_vec();
        values.resize(ORDER, Fr::ZERO);
        let concatenation = masked(interpolate(&values), mask);
        transcript.send_point(&msm(points, &concatenation));
        let mut libra = Self {
            univariates,
            values,
            concatenation,
            challenge: Fr::ZERO,
            partial: constant,
            point: Vec::new(),
        };
        let pairs = libra.pair_sums(0);
        let sum = Fr::from(1u64 << (log_size - 1)) * pairs + Fr::from(1u64 << log_size) * constant;
        transcript.send_scalar(sum);
        libra.challenge = transcript.challenge();
        libra
    }

    /// `sum g_k(0) + g_k(1)` over the univariates from `first` on.
    fn pair_sums(&self, first: usize) -> Fr {
        self.univariates[first..].iter().map(|univariate| univariate[0] + univariate.iter().sum()).sum()
    }

    /// Adds what round `k` sums of the polynomial.
    pub(super) fn add_round(&self, k: usize, univariate: &mut [Fr]) {
        let Some(current) = self.univariates.get(k) else {
            return;
        };
        let later = self.univariates.len() - 1 - k;
        let scale = Fr::from(1u64 << later);
        let rest = if later == 0 { Fr::ZERO } else { Fr::from(1u64 << (later - 1)) * self.pair_sums(k + 1) };
        for (x, value) in univariate.iter_mut().enumerate() {
            let here = self.partial + evaluate(current, Fr::from(x as u64));
            *value += self.challenge * (scale * here + rest);
        }
    }

    /// Takes note of a round's challenge.
    pub(super) fn note(&mut self, challenge: Fr) {
        if let Some(univariate) = self.univariates.get(self.point.len()) {
            self.partial += evaluate(univariate, challenge);
        }
        self.point.push(challenge);
    }

    /// Claims the polynomial's value at the challenges, and commits to what shows that it is right. Returns the polynomials that
    /// will be opened: the coefficients', the running sums' and the quotient.
    pub(super) fn finish(
        self,
        randomness: &mut Randomness,
        points: &[G1Affine],
        transcript: &mut Transcript,
    ) -> [Vec<Fr>; 3] {
        let claimed = self.partial;
        transcript.send_scalar(claimed);
        let mut challenges = vec![Fr::ONE];
        challenges.extend(self.point.iter().flat_map(|&challenge| powers(challenge, UNIVARIATE_LENGTH)));
        challenges.resize(ORDER, Fr::ZERO);

        let mut sum = Fr::ZERO;
        let sums = challenges.iter().zip(&self.values).map(|(&challenge, &value)| {
            let before = sum;
            sum += challenge * value;
            before
        });
        let sums = interpolate(&sums.collect::<Vec<_>>());
        let grand_sum = masked(sums, &randomness.elements(3));
        transcript.send_point(&msm(points, &grand_sum));

        let quotient = identity_quotient(&grand_sum, &interpolate(&challenges), &self.concatenation, claimed);
        transcript.send_point(&msm(points, &quotient));
        [self.concatenation, grand_sum, quotient]
    }
}

/// Sends the openings of the three polynomials at `r`, and of the running sums also at the next element of the subgroup.
pub(super) fn open(
    [concatenation, grand_sum, quotient]: [Vec<Fr>; 3],
    r: Fr,
    transcript: &mut Transcript,
) -> Vec<Claim> {
    let claims = [(concatenation, r), (grand_sum.clone(), r * GENERATOR), (grand_sum, r), (quotient, r)];
    let claims = claims.map(|(polynomial, point)| {
        let evaluation = evaluate(&polynomial, point);
        transcript.send_scalar(evaluation);
        Claim { polynomial, point, evaluation }
    });
    claims.into()
}

/// The quotient by `X^256 - 1` of
/// `L_1 A + (X - 1/g) (A(gX) - A - F C) + L_256 (A - claimed)`, with `A` the running sums, `F` the challenges' polynomial and `C`
/// the coefficients': `A` starts at zero, grows by `F C`, and ends at what is claimed.
fn identity_quotient(grand_sum: &[Fr], challenges: &[Fr], concatenation: &[Fr], claimed: Fr) -> Vec<Fr> {
    let generator_inverse = GENERATOR.pow(&[ORDER as u64 - 1, 0, 0, 0]);
    let order_inverse = Fr::from(ORDER as u64).inverse().expect("256 is not zero");
    // L_256 is 1 at 1/g: its coefficient j is g^j / 256.
    let last: Vec<Fr> = powers(GENERATOR, ORDER).into_iter().map(|power| power * order_inverse).collect();

    let mut growth = multiply(challenges, concatenation);
    for value in &mut growth {
        *value = -*value;
    }
    for ((value, &sum), power) in growth.iter_mut().zip(grand_sum).zip(powers(GENERATOR, grand_sum.len())) {
        *value += sum * power - sum;
    }
    let mut ends = grand_sum.to_vec();
    let mut total = multiply(&vec![order_inverse; ORDER], grand_sum);
    ends[0] -= claimed;
    add(&mut total, &multiply(&last, &ends));
    add(&mut total, &multiply(&[-generator_inverse, Fr::ONE], &growth));

    let mut quotient = vec![Fr::ZERO; total.len() - ORDER];
    for i in (ORDER..total.len()).rev() {
        let coefficient = total[i];
        quotient[i - ORDER] = coefficient;
        total[i - ORDER] += coefficient;
    }
    while quotient.last().is_some_and(Fr::is_zero) {
        quotient.pop();
    }
    quotient
}

/// Adds `mask (X^256 - 1)`.
fn masked(mut polynomial: Vec<Fr>, mask: &[Fr]) -> Vec<Fr> {
    for (low, &random) in polynomial.iter_mut().zip(mask) {
        *low -= random;
    }
    polynomial.extend_from_slice(mask);
    polynomial
}

fn add(sum: &mut Vec<Fr>, polynomial: &[Fr]) {
    if sum.len() < polynomial.len() {
        sum.resize(polynomial.len(), Fr::ZERO);
    }
    for (sum, &value) in sum.iter_mut().zip(polynomial) {
        *sum += value;
    }
}

fn multiply(a: &[Fr], b: &[Fr]) -> Vec<Fr> {
    let mut product = vec![Fr::ZERO; a.len() + b.len() - 1];
    for (i, &left) in a.iter().enumerate() {
        if !left.is_zero() {
            for (sum, &right) in product[i..].iter_mut().zip(b) {
                *sum += left * right;
            }
        }
    }
    product
}

/// The polynomial with the given values on the subgroup.
fn interpolate(values: &[Fr]) -> Vec<Fr> {
    let root = GENERATOR.pow(&[ORDER as u64 - 1, 0, 0, 0]);
    let scale = Fr::from(ORDER as u64).inverse().expect("256 is not zero");
    transform(values, root).into_iter().map(|value| value * scale).collect()
}

/// `sum values[i] root^(i j)` for each `j`; the length is a power of two and the root's order.
fn transform(values: &[Fr], root: Fr) -> Vec<Fr> {
    if let [value] = values {
        return vec![*value];
    }
    let half = |start: usize| -> Vec<Fr> {
        transform(&values[start..].iter().step_by(2).copied().collect::<Vec<_>>(), root.square())
    };
    let (even, odd) = (half(0), half(1));
    let twisted: Vec<Fr> =
        odd.into_iter().zip(powers(root, even.len())).map(|(odd, power)| odd * power).collect();
    let low = even.iter().zip(&twisted).map(|(&even, &odd)| even + odd);
    let high = even.iter().zip(&twisted).map(|(&even, &odd)| even - odd);
    low.chain(high).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_has_the_order() {
        assert_eq!(GENERATOR.pow(&[ORDER as u64, 0, 0, 0]), Fr::ONE);
        assert_ne!(GENERATOR.pow(&[ORDER as u64 / 2, 0, 0, 0]), Fr::ONE);
        assert_eq!(
            GENERATOR.to_string(),
            "0x07b0c561a6148404f086204a9f36ffb0617942546750f230c893619174a57a76"
        );
    }

    #[test]
    fn interpolation_goes_through_the_values() {
        let values: Vec<Fr> = (0..ORDER as u64).map(|i| Fr::from(i * i + 5)).collect();
        let polynomial = interpolate(&values);
        for (i, power) in powers(GENERATOR, ORDER).into_iter().enumerate() {
            assert_eq!(evaluate(&polynomial, power), values[i]);
        }
        let masked = masked(polynomial, &[Fr::from(3u64), Fr::from(4u64)]);
        assert_eq!(evaluate(&masked, GENERATOR), values[1]);
        assert_eq!(masked.len(), ORDER + 2);
    }
}
