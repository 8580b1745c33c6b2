//! Verification: fold the commitment by the rounds' challenges, and compare with the one coefficient that is left.

use chinampa_kernels::curve::grumpkin;
use chinampa_kernels::field::batch_inverse;
use chinampa_kernels::{Fq, msm};

use super::{GrumpkinSrs, IpaClaim, IpaError};
use crate::flavor::{IPA_LOG_LEN, OracleHash};
use crate::transcript::{Transcript, Word};

/// The messages of a proof and the challenges in between.
pub(super) struct Messages {
    /// What evaluations are committed to with.
    pub(super) evaluation_generator: grumpkin::Affine,
    /// `L` and `R` of each round, in the order in which they are sent: the highest bit of positions first.
    pub(super) rounds: [(grumpkin::Affine, grumpkin::Affine); IPA_LOG_LEN],
    /// Challenges, in the same order.
    pub(super) challenges: [Fq; IPA_LOG_LEN],
    /// Their inverses.
    pub(super) inverses: [Fq; IPA_LOG_LEN],
    /// The folded generator.
    pub(super) generator: grumpkin::Affine,
    /// The folded polynomial.
    pub(super) coefficient: Fq,
}

impl Messages {
    /// Reads a proof of `claim`.
    ///
    /// # Errors
    /// [`IpaError::Transcript`], [`IpaError::Degenerate`].
    pub(super) fn receive(claim: &IpaClaim, proof: &[Word]) -> Result<Self, IpaError> {
        let mut transcript = Transcript::verifier(OracleHash::Poseidon2, proof.to_vec());
        let evaluation_generator = claim.begin(&mut transcript);
        let mut rounds = [Default::default(); IPA_LOG_LEN];
        let mut challenges = [Fq::ZERO; IPA_LOG_LEN];
        for (round, challenge) in rounds.iter_mut().zip(&mut challenges) {
            *round = (transcript.receive_grumpkin("IPA:L_")?, transcript.receive_grumpkin("IPA:R_")?);
            *challenge = transcript.challenge_base();
        }
        if let Some(position) = challenges.iter().position(Fq::is_zero) {
            return Err(IpaError::Degenerate { round: IPA_LOG_LEN - 1 - position });
        }
        let generator = transcript.receive_grumpkin("IPA:G_0")?;
        let coefficient = transcript.receive_base("IPA:a_0")?;
        transcript.finish()?;
        let mut inverses = challenges;
        batch_inverse(&mut inverses);
        Ok(Self { evaluation_generator, rounds, challenges, inverses, generator, coefficient })
    }
}

/// Verifies a proof of `claim`.
///
/// # Errors
/// All of [`IpaError`] that concern proofs.
///
/// # Cost
/// A sum of `2^15` multiples, on all threads of the current rayon pool.
pub fn verify(claim: &IpaClaim, proof: &[Word], srs: &GrumpkinSrs) -> Result<(), IpaError> {
    let messages = Messages::receive(claim, proof)?;
    if msm(srs.points(), &folding_vector(&messages.inverses)) != messages.generator {
        return Err(IpaError::Generator);
    }
    let (mut points, mut scalars) = (vec![claim.commitment], vec![Fq::ONE]);
    let challenges = messages.challenges.iter().zip(&messages.inverses);
    for (&(left, right), (&challenge, &inverse)) in messages.rounds.iter().zip(challenges) {
        points.extend([left, right]);
        scalars.extend([inverse, challenge]);
    }
    // Everything on one side: the folded commitment less what the last coefficient gives.
    let power = folded_powers(&messages.inverses, claim.challenge);
    points.extend([messages.evaluation_generator, messages.generator]);
    scalars.extend([claim.evaluation - messages.coefficient * power, -messages.coefficient]);
    if msm(&points, &scalars).is_identity() { Ok(()) } else { Err(IpaError::Opening) }
}

/// What each generator is multiplied by in the folded one: the product of the inverses of the rounds in which it was in the
/// upper half. As a polynomial, `prod (1 + inverse_i X^(2^i))`.
pub(super) fn folding_vector(inverses: &[Fq; IPA_LOG_LEN]) -> Vec<Fq> {
    let mut vector = vec![Fq::ONE];
    for &inverse in inverses.iter().rev() {
        let upper: Vec<Fq> = vector.iter().map(|&scalar| scalar * inverse).collect();
        vector.extend(upper);
    }
    vector
}

/// The value of [`folding_vector`] as a polynomial at `x`.
pub(super) fn folded_powers(inverses: &[Fq; IPA_LOG_LEN], x: Fq) -> Fq {
    let mut power = x;
    inverses.iter().rev().fold(Fq::ONE, |value, &inverse| {
        let factor = Fq::ONE + inverse * power;
        power = power.square();
        value * factor
    })
}
