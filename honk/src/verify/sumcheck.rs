//! Sumcheck: from a sum over all rows to the evaluations of all columns at one point.

use std::sync::LazyLock;

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::field::batch_inverse;

use super::VerifyError;
use super::oink::Instance;
use crate::entity::{ENTITIES, Row};
use crate::relations::{self, LINEARLY_DEPENDENT_SUBRELATION};
use crate::transcript::Transcript;

/// What is left to show after sumcheck: these columns have these evaluations at this point.
#[derive(Debug)]
pub(super) struct Claim {
    /// One coordinate per round.
    pub(super) point: Vec<Fr>,
    pub(super) evaluations: Row<Fr>,
    /// Zero-knowledge flavors only.
    pub(super) masking: Option<Masking>,
}

/// What the zero-knowledge flavors add.
#[derive(Debug)]
pub(super) struct Masking {
    /// Evaluation of the polynomial that masks evaluations.
    pub(super) evaluation: Fr,
    /// Claimed evaluation of the polynomial that masked sumcheck (Libra).
    pub(super) libra: Fr,
    /// Commitment to Libra's coefficients.
    pub(super) concatenation: G1Affine,
    /// Commitment to their running sum against the powers of the point.
    pub(super) grand_sum: G1Affine,
    /// Commitment to the quotient that shows the running sum right.
    pub(super) quotient: G1Affine,
}

/// Checks all rounds and that the claimed evaluations satisfy the relations.
pub(super) fn verify(instance: &Instance<'_>, transcript: &mut Transcript) -> Result<Claim, VerifyError> {
    let flavor = instance.flavor;
    let gate_challenge = transcript.challenge();
    let libra = flavor.has_zk().then(|| Libra::receive(transcript)).transpose()?;
    let mut rounds = Rounds {
        target: libra.as_ref().map_or(Fr::ZERO, |libra| libra.sum * libra.challenge),
        power: Fr::ONE,
        point: Vec::with_capacity(instance.rounds()),
    };
    let mut separator = gate_challenge;
    for round in 0..instance.rounds() {
        rounds.verify(instance, round, separator, transcript)?;
        separator = separator.square();
    }

    let masking_evaluation =
        flavor.has_zk().then(|| transcript.receive_scalar("Sumcheck:evaluations")).transpose()?;
    let evaluations = transcript.receive_scalars("Sumcheck:evaluations", ENTITIES)?;
    let evaluations = Row(evaluations.try_into().expect("as many as were asked for"));

    let mut value = relation_value(instance, &evaluations, rounds.power);
    let mut masking = None;
    if let (Some(libra), Some(evaluation)) = (libra, masking_evaluation) {
        let claimed = transcript.receive_scalar("Libra:claimed_evaluation")?;
        value = value * enabled_rows(instance, &rounds.point) + claimed * libra.challenge;
        masking = Some(Masking {
            evaluation,
            libra: claimed,
            concatenation: libra.concatenation,
            grand_sum: transcript.receive_point("Libra:grand_sum_commitment")?,
            quotient: transcript.receive_point("Libra:quotient_commitment")?,
        });
    }
    if value != rounds.target {
        return Err(VerifyError::SumcheckEvaluation);
    }
    Ok(Claim { point: rounds.point, evaluations, masking })
}

/// What Libra adds to the sum before the rounds.
struct Libra {
    concatenation: G1Affine,
    sum: Fr,
    challenge: Fr,
}

impl Libra {
    fn receive(transcript: &mut Transcript) -> Result<Self, VerifyError> {
        let concatenation = transcript.receive_point("Libra:concatenation_commitment")?;
        let sum = transcript.receive_scalar("Libra:Sum")?;
        Ok(Self { concatenation, sum, challenge: transcript.challenge() })
    }
}

/// State between rounds.
struct Rounds {
    /// What the next univariate's values at 0 and 1 must sum to.
    target: Fr,
    /// The power polynomial in the coordinates so far.
    power: Fr,
    point: Vec<Fr>,
}

impl Rounds {
    fn verify(
        &mut self,
        instance: &Instance<'_>,
        round: usize,
        separator: Fr,
        transcript: &mut Transcript,
    ) -> Result<(), VerifyError> {
        let name = "Sumcheck:univariate_";
        let univariate = transcript.receive_scalars(name, instance.flavor.univariate_length())?;
        let challenge = transcript.challenge();
        self.point.push(challenge);
        if instance.is_padding(round) {
            let is_zero = univariate.iter().all(Fr::is_zero);
            return if is_zero { Ok(()) } else { Err(VerifyError::Padding { round, name }) };
        }
        if univariate[0] + univariate[1] != self.target {
            return Err(VerifyError::SumcheckRound { round });
        }
        self.target = interpolate(&univariate, challenge);
        self.power *= Fr::ONE + challenge * (separator - Fr::ONE);
        Ok(())
    }
}

/// `pow * sum of alpha^j R_j`, but without `pow` for the subrelation that holds only in sum.
fn relation_value(instance: &Instance<'_>, evaluations: &Row<Fr>, power: Fr) -> Fr {
    let values = relations::evaluate(evaluations, &instance.parameters);
    let (mut weighted, mut plain, mut separator) = (Fr::ZERO, Fr::ZERO, Fr::ONE);
    for (subrelation, value) in values.into_iter().enumerate() {
        if subrelation == LINEARLY_DEPENDENT_SUBRELATION {
            plain += separator * value;
        } else {
            weighted += separator * value;
        }
        separator *= instance.alpha;
    }
    weighted * power + plain
}

/// One less the multilinear extension of the indicator of the last four rows.
fn enabled_rows(instance: &Instance<'_>, point: &[Fr]) -> Fr {
    let disabled: Fr = point[2..instance.log_circuit_size()].iter().product();
    Fr::ONE - disabled
}

/// `1 / prod_{j != i} (i - j)` for `i < len`.
fn barycentric_weights(len: u64) -> Vec<Fr> {
    let weight = |i| (0..len).filter(|&j| j != i).map(|j| Fr::from(i) - Fr::from(j)).product();
    let mut weights: Vec<Fr> = (0..len).map(weight).collect();
    batch_inverse(&mut weights);
    weights
}

/// For univariates of 8 and of 9 values.
static WEIGHTS: LazyLock<[Vec<Fr>; 2]> = LazyLock::new(|| [8, 9].map(barycentric_weights));

/// The value at `x` of the polynomial with `values` at 0, 1, ...
fn interpolate(values: &[Fr], x: Fr) -> Fr {
    let weights = WEIGHTS.iter().find(|weights| weights.len() == values.len());
    let weights = weights.expect("univariates have eight or nine values");
    let mut differences: Vec<Fr> = (0..values.len() as u64).map(|i| x - Fr::from(i)).collect();
    if let Some(position) = differences.iter().position(Fr::is_zero) {
        return values[position];
    }
    let vanishing: Fr = differences.iter().product();
    batch_inverse(&mut differences);
    let terms = values.iter().zip(weights).zip(differences);
    let sum: Fr = terms.map(|((&value, &weight), inverse)| value * weight * inverse).sum();
    sum * vanishing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn horner(coefficients: &[u64], x: Fr) -> Fr {
        coefficients.iter().rev().fold(Fr::ZERO, |value, &coefficient| value * x + Fr::from(coefficient))
    }

    proptest! {
        #[test]
        fn interpolation_finds_the_polynomial(coefficients: [u64; 9], x: [u8; 32], len in 8usize..=9) {
            let coefficients = &coefficients[..len];
            let values: Vec<Fr> = (0..len as u64).map(|i| horner(coefficients, Fr::from(i))).collect();
            let x = Fr::from_be_bytes_reduced(&x);
            prop_assert_eq!(interpolate(&values, x), horner(coefficients, x));
            for (i, &value) in values.iter().enumerate() {
                prop_assert_eq!(interpolate(&values, Fr::from(i as u64)), value);
            }
        }
    }
}
