//! Proving: fold coefficients, powers of the point and generators in halves, fifteen times.

use chinampa_kernels::curve::grumpkin;
use chinampa_kernels::msm::{Span, msm_many};
use chinampa_kernels::{Fq, msm};
use rayon::prelude::*;
use sha3::Shake256;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};

use super::{GrumpkinSrs, IPA_LEN, IpaClaim};
use crate::flavor::OracleHash;
use crate::transcript::{Transcript, Word};

/// The commitment to a polynomial of [`IPA_LEN`] coefficients.
pub fn commit(srs: &GrumpkinSrs, coefficients: &[Fq; IPA_LEN]) -> grumpkin::Affine {
    msm(srs.points(), coefficients)
}

/// The true claim about a polynomial of [`IPA_LEN`] coefficients at `challenge`.
pub fn claim(srs: &GrumpkinSrs, coefficients: &[Fq; IPA_LEN], challenge: Fq) -> IpaClaim {
    let horner = |value, &coefficient| value * challenge + coefficient;
    let evaluation = coefficients.iter().rev().fold(Fq::ZERO, horner);
    IpaClaim { commitment: commit(srs, coefficients), challenge, evaluation }
}

/// A true claim about a polynomial that stands for nothing, with its proof: what a circuit of the rollup carries that verifies
/// no proof. Barretenberg draws the polynomial at random; nothing has to be hidden here, so it is always the same and a
/// proof is a function of its circuit.
pub fn filler(srs: &GrumpkinSrs) -> (IpaClaim, Vec<Word>) {
    let mut hash = Shake256::default();
    hash.update(b"polynomial of an IPA claim that stands for nothing");
    let mut reader = hash.finalize_xof();
    let mut element = || {
        let mut bytes = [0; 64];
        reader.read(&mut bytes);
        Fq::from_be_bytes_wide(&bytes)
    };
    let challenge = element();
    let mut coefficients = Box::new([Fq::ZERO; IPA_LEN]);
    coefficients.fill_with(element);
    let claim = claim(srs, &coefficients, challenge);
    (claim, prove(srs, &coefficients, &claim))
}

/// Proves that the polynomial with these coefficients has the value at the point that `claim` says; [`IPA_PROOF_LENGTH`]
/// words. Of a claim that is false or about another polynomial, the proof is one that no verifier takes.
///
/// [`IPA_PROOF_LENGTH`]: crate::IPA_PROOF_LENGTH
///
/// # Cost
/// Sums of `2^16` multiples in all, and as many multiples by 127 bits, on all threads of the current rayon pool.
pub fn prove(srs: &GrumpkinSrs, coefficients: &[Fq; IPA_LEN], claim: &IpaClaim) -> Vec<Word> {
    let mut transcript = Transcript::prover(OracleHash::Poseidon2);
    let evaluation_generator = claim.begin(&mut transcript);
    let mut fold = Fold {
        coefficients: coefficients.to_vec(),
        powers: powers(claim.challenge),
        generators: srs.points().to_vec(),
        scale: Fq::ONE,
    };
    while fold.coefficients.len() > 1 {
        let (left, right) = fold.crossed(evaluation_generator);
        transcript.send_grumpkin(&left);
        transcript.send_grumpkin(&right);
        fold.halve(transcript.challenge_base());
    }
    transcript.send_grumpkin(&(fold.generators[0] * fold.scale).to_affine());
    transcript.send_base(fold.coefficients[0]);
    transcript.into_words()
}

fn powers(x: Fq) -> Vec<Fq> {
    std::iter::successors(Some(Fq::ONE), |&power| Some(power * x)).take(IPA_LEN).collect()
}

/// Three vectors of one length.
struct Fold {
    coefficients: Vec<Fq>,
    powers: Vec<Fq>,
    /// The generators over `scale`: a challenge has 127 bits, its inverse twice as many, so lower halves are multiplied instead of
    /// upper halves, and what that is too much is kept apart.
    generators: Vec<grumpkin::Affine>,
    scale: Fq,
}

impl Fold {
    /// Lower coefficients against upper generators and powers, and the other way round.
    fn crossed(&self, evaluation_generator: grumpkin::Affine) -> (grumpkin::Affine, grumpkin::Affine) {
        let half = self.coefficients.len() / 2;
        let (low, high) = self.coefficients.split_at(half);
        let (low_powers, high_powers) = self.powers.split_at(half);
        let scaled: Vec<Fq> = self.coefficients.iter().map(|&a| a * self.scale).collect();
        let (scaled_low, scaled_high) = scaled.split_at(half);
        let spans = [Span { first: half, scalars: scaled_low }, Span { first: 0, scalars: scaled_high }];
        let sums = msm_many(&self.generators, &spans);
        let commitment = |sum: grumpkin::Affine, coefficients: &[Fq], powers: &[Fq]| {
            let product: Fq = coefficients.iter().zip(powers).map(|(&a, &b)| a * b).sum();
            (evaluation_generator * product + sum).to_affine()
        };
        (commitment(sums[0], low, high_powers), commitment(sums[1], high, low_powers))
    }

    /// Lower halves plus upper halves times the challenge, or its inverse for powers and generators.
    fn halve(&mut self, challenge: Fq) {
        // A challenge is zero with a probability of 2^-127; a verifier refuses that proof, whatever is in it.
        let inverse = challenge.inverse().unwrap_or_default();
        fold(&mut self.coefficients, challenge);
        fold(&mut self.powers, inverse);
        let (low, high) = self.generators.split_at(self.generators.len() / 2);
        let pairs = low.par_iter().zip(high).with_min_len(64);
        let sums: Vec<_> = pairs.map(|(&low, &high)| low * challenge + high).collect();
        self.generators = grumpkin::Projective::batch_to_affine(&sums);
        self.scale *= inverse;
    }
}

fn fold(values: &mut Vec<Fq>, factor: Fq) {
    let upper = values.split_off(values.len() / 2);
    for (value, upper) in values.iter_mut().zip(upper) {
        *value += upper * factor;
    }
}
