//! Gemini and Shplonk: from evaluations of multilinear polynomials at one point to one opening of one polynomial, and KZG:
//! from that to two points whose pairings must cancel.
//!
//! Gemini folds a batch of all columns round by round and opens the folds at `r`, `-r`, `r^2`, `-r^2`, ...; Shplonk batches
//! these openings into one at `z`.
//!
//! # Sources
//! - Bootle, Chiesa, Hu, Orru, "Gemini", eprint 2022/420, section 2.4.2.
//! - Boneh, Drake, Fisch, Gabizon, "Halo Infinite" and "Efficient polynomial commitment schemes for multiple points and
//!   polynomials", eprint 2020/081.
//! - Barretenberg 4.1.2 `commitment_schemes/shplonk/shplemini.hpp`.

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::field::batch_inverse;
use chinampa_kernels::{Fr, msm};

use super::VerifyError;
use super::oink::Instance;
use super::pairing_points::PairingPoints;
use super::small_subgroup_ipa::{self, SUBGROUP_GENERATOR};
use super::sumcheck::{Claim, Masking};
use crate::entity::{PRECOMPUTED, SHIFTED, UNSHIFTED};
use crate::transcript::Transcript;

/// Powers of `nu` that Barretenberg keeps for polynomials that Ultra circuits do not have, in front of Libra's.
const RESERVED_POWERS: usize = 2;

/// What the prover sends about the folds, and the challenges in between.
struct Messages {
    rho: Fr,
    /// Commitments to all folds but the batch itself.
    folds: Vec<G1Affine>,
    r: Fr,
    /// Evaluation of fold `l` at `-r^(2^l)`.
    negative: Vec<Fr>,
    libra: Option<small_subgroup_ipa::Evaluations>,
    nu: Fr,
    quotient: G1Affine,
    z: Fr,
    opening: G1Affine,
}

/// Receives the rest of the proof and leaves two points.
pub(super) fn reduce(
    instance: &Instance<'_>,
    claim: &Claim,
    transcript: &mut Transcript,
) -> Result<PairingPoints, VerifyError> {
    let messages = receive(instance, transcript)?;
    if let (Some(masking), Some(libra)) = (&claim.masking, &messages.libra) {
        let is_consistent = small_subgroup_ipa::is_consistent(libra, messages.r, &claim.point, masking.libra)
            .ok_or(VerifyError::Degenerate { what: "vanishing polynomial of the small subgroup" })?;
        if !is_consistent {
            return Err(VerifyError::SmallSubgroupIpa);
        }
    }
    let mut sum = Sum { points: vec![messages.quotient], scalars: vec![Fr::ONE], constant: Fr::ZERO };
    let openings = Openings::new(instance, claim, &messages)?;
    let batched = openings.columns(instance, claim, &messages, &mut sum);
    openings.folds(instance, &messages, batched, &mut sum);
    if let (Some(masking), Some(libra)) = (&claim.masking, &messages.libra) {
        openings.libra(&messages, masking, libra, &mut sum);
    }
    sum.push(G1Affine::GENERATOR, sum.constant);
    sum.push(messages.opening, messages.z);
    Ok(PairingPoints { first: msm(&sum.points, &sum.scalars), second: -messages.opening })
}

fn receive(instance: &Instance<'_>, transcript: &mut Transcript) -> Result<Messages, VerifyError> {
    let rounds = instance.rounds();
    let rho = transcript.challenge();
    let name = "Gemini:FOLD_";
    let mut folds = Vec::with_capacity(rounds - 1);
    for round in 1..rounds {
        // Folds beyond the circuit's size are zero in a zero-knowledge proof.
        let fold = if instance.is_padding(round) {
            let fold = transcript.receive_point_or_infinity(name)?;
            if !fold.is_identity() {
                return Err(VerifyError::Padding { round, name });
            }
            fold
        } else {
            transcript.receive_point(name)?
        };
        folds.push(fold);
    }
    let r = transcript.challenge();
    let negative = transcript.receive_scalars("Gemini:a_", rounds)?;
    if let Some(round) = (0..rounds).find(|&round| instance.is_padding(round) && !negative[round].is_zero()) {
        return Err(VerifyError::Padding { round, name: "Gemini:a_" });
    }
    let libra = instance.flavor.has_zk().then(|| receive_libra(transcript)).transpose()?;
    let nu = transcript.challenge();
    let quotient = transcript.receive_point("Shplonk:Q")?;
    let z = transcript.challenge();
    let opening = transcript.receive_point("KZG:W")?;
    Ok(Messages { rho, folds, r, negative, libra, nu, quotient, z, opening })
}

fn receive_libra(transcript: &mut Transcript) -> Result<small_subgroup_ipa::Evaluations, VerifyError> {
    Ok(small_subgroup_ipa::Evaluations {
        concatenation: transcript.receive_scalar("Libra:concatenation_eval")?,
        shifted_grand_sum: transcript.receive_scalar("Libra:shifted_grand_sum_eval")?,
        grand_sum: transcript.receive_scalar("Libra:grand_sum_eval")?,
        quotient: transcript.receive_scalar("Libra:quotient_eval")?,
    })
}

/// The sum of commitments that opens to zero at `z`.
struct Sum {
    points: Vec<G1Affine>,
    scalars: Vec<Fr>,
    constant: Fr,
}

impl Sum {
    fn push(&mut self, point: G1Affine, scalar: Fr) {
        self.points.push(point);
        self.scalars.push(scalar);
    }
}

/// What the openings have in common.
struct Openings {
    /// `r^(2^l)` and, for each, `1 / (c (1 - u) + u)`.
    r_powers: Vec<Fr>,
    fold_inverses: Vec<Fr>,
    point: Vec<Fr>,
    /// `nu^(2 l) / (z - r^(2^l))`.
    positive: Vec<Fr>,
    /// `nu^(2 l + 1) / (z + r^(2^l))`.
    negative: Vec<Fr>,
    r_inverse: Fr,
    /// `nu^(2 L)`.
    nu_end: Fr,
    /// `1 / (z - g r)` for the subgroup's generator `g`.
    shifted_inverse: Fr,
}

impl Openings {
    fn new(instance: &Instance<'_>, claim: &Claim, messages: &Messages) -> Result<Self, VerifyError> {
        let (rounds, z) = (instance.rounds(), messages.z);
        let r_powers: Vec<Fr> =
            std::iter::successors(Some(messages.r), |power| Some(power.square())).take(rounds).collect();
        let fold = |(&c, &u): (&Fr, &Fr)| c * (Fr::ONE - u) + u;
        let mut inverses: Vec<Fr> = r_powers.iter().zip(&claim.point).map(fold).collect();
        inverses.extend(r_powers.iter().map(|&c| z - c));
        inverses.extend(r_powers.iter().map(|&c| z + c));
        inverses.extend([messages.r, z - SUBGROUP_GENERATOR * messages.r]);
        if inverses.iter().any(Fr::is_zero) {
            return Err(VerifyError::Degenerate { what: "denominator of an opening" });
        }
        batch_inverse(&mut inverses);
        let (fold_inverses, rest) = inverses.split_at(rounds);
        let (positive, rest) = rest.split_at(rounds);
        let (negative, rest) = rest.split_at(rounds);
        let mut nu_power = Fr::ONE;
        let mut next = |inverse: Fr| {
            let weight = inverse * nu_power;
            nu_power *= messages.nu;
            weight
        };
        let pairs = positive.iter().zip(negative);
        let (positive, negative) = pairs.map(|(&plus, &minus)| (next(plus), next(minus))).unzip();
        Ok(Self {
            r_powers,
            fold_inverses: fold_inverses.to_vec(),
            point: claim.point.clone(),
            positive,
            negative,
            r_inverse: rest[0],
            nu_end: nu_power,
            shifted_inverse: rest[1],
        })
    }

    /// Adds the columns' commitments, shifted ones merged; returns the batch of their evaluations.
    fn columns(&self, instance: &Instance<'_>, claim: &Claim, messages: &Messages, sum: &mut Sum) -> Fr {
        let unshifted = self.positive[0] + self.negative[0];
        let shifted = self.r_inverse * (self.positive[0] - self.negative[0]);
        let (mut batched, mut power) = (Fr::ZERO, Fr::ONE);
        let mut next = |evaluation: Fr| {
            let weight = power;
            batched += evaluation * weight;
            power *= messages.rho;
            weight
        };
        if let (Some(commitment), Some(masking)) = (instance.masking, &claim.masking) {
            sum.push(commitment, -(next(masking.evaluation) * unshifted));
        }
        let first = sum.points.len();
        let commitments = instance.key.commitments.iter().chain(&instance.witness);
        let (evaluations, shifted_evaluations) = claim.evaluations.0.split_at(UNSHIFTED);
        for (commitment, &evaluation) in commitments.zip(evaluations) {
            sum.push(*commitment, -(next(evaluation) * unshifted));
        }
        let to_be_shifted = &mut sum.scalars[first + PRECOMPUTED..][..SHIFTED];
        for (scalar, &evaluation) in to_be_shifted.iter_mut().zip(shifted_evaluations) {
            *scalar -= next(evaluation) * shifted;
        }
        batched
    }

    /// Adds the folds: their evaluations at `r^(2^l)` follow from those at `-r^(2^l)` and the next fold's.
    fn folds(&self, instance: &Instance<'_>, messages: &Messages, batched: Fr, sum: &mut Sum) {
        let mut previous = batched;
        for round in (0..instance.rounds()).rev() {
            let (c, u, negative) = (self.r_powers[round], self.point[round], messages.negative[round]);
            let mut positive = Fr::ZERO;
            if !instance.is_padding(round) {
                let numerator = (c * previous).double() - negative * (c * (Fr::ONE - u) - u);
                positive = numerator * self.fold_inverses[round];
                previous = positive;
            }
            sum.constant += positive * self.positive[round] + negative * self.negative[round];
            if round > 0 && !instance.is_padding(round) {
                sum.push(messages.folds[round - 1], -(self.positive[round] + self.negative[round]));
            }
        }
    }

    /// Adds the three commitments of the masking of sumcheck.
    fn libra(
        &self,
        messages: &Messages,
        masking: &Masking,
        evaluations: &small_subgroup_ipa::Evaluations,
        sum: &mut Sum,
    ) {
        // 1 / (z - r) without its power of nu, which is one.
        let at_r = self.positive[0];
        let mut power = self.nu_end;
        for _ in 0..RESERVED_POWERS {
            power *= messages.nu;
        }
        let weights = [at_r, self.shifted_inverse, at_r, at_r].map(|inverse| {
            let weight = power * inverse;
            power *= messages.nu;
            weight
        });
        let values = [
            evaluations.concatenation,
            evaluations.shifted_grand_sum,
            evaluations.grand_sum,
            evaluations.quotient,
        ];
        sum.constant += weights.iter().zip(values).map(|(&weight, value)| weight * value).sum();
        sum.push(masking.concatenation, -weights[0]);
        sum.push(masking.grand_sum, -(weights[1] + weights[2]));
        sum.push(masking.quotient, -weights[3]);
    }
}
