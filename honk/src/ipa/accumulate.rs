//! Folding two claims, each with a proof whose cheap half is verified elsewhere, into one.
//!
//! The expensive half of each verification is that `G_0` is the folded generator, that is, the commitment to the polynomial
//! of the challenges' inverses. That is a claim about a polynomial that everybody knows, so the two polynomials are
//! combined at random and opened at a random point.

use chinampa_kernels::Fq;

use super::verify::{Messages, folded_powers, folding_vector};
use super::{IPA_LEN, IpaClaim, IpaError};
use crate::flavor::OracleHash;
use crate::transcript::{Transcript, Word};

/// A claim and the polynomial that it is about, by which it can be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accumulated {
    /// The claim.
    pub claim: IpaClaim,
    /// Coefficients of the polynomial.
    pub coefficients: Box<[Fq; IPA_LEN]>,
}

/// Folds two claims with their proofs into a claim whose proof stands for the expensive halves of both.
///
/// Nothing is verified here but the form of the proofs: the claims' openings are checked by the circuit that folds them.
///
/// # Errors
/// [`IpaError::Transcript`], [`IpaError::Degenerate`] for either proof, [`IpaError::Infinity`] if the folded generators cancel.
pub fn accumulate(
    first: (&IpaClaim, &[Word]),
    second: (&IpaClaim, &[Word]),
) -> Result<Accumulated, IpaError> {
    let first = Messages::receive(first.0, first.1)?;
    let second = Messages::receive(second.0, second.1)?;
    let mut transcript = Transcript::prover(OracleHash::Poseidon2);
    for messages in [&first, &second] {
        for &inverse in &messages.inverses {
            transcript.absorb_base(inverse);
        }
        transcript.absorb_grumpkin(&messages.generator);
    }
    let (alpha, challenge) = transcript.challenge_integers();
    let (alpha, challenge) = (Fq::from(alpha), Fq::from(challenge));

    let evaluation = |messages: &Messages| folded_powers(&messages.inverses, challenge);
    let claim = IpaClaim {
        commitment: (second.generator * alpha + first.generator).to_affine(),
        challenge,
        evaluation: evaluation(&first) + alpha * evaluation(&second),
    };
    if claim.commitment.is_identity() {
        return Err(IpaError::Infinity);
    }
    let mut coefficients = folding_vector(&first.inverses);
    for (coefficient, other) in coefficients.iter_mut().zip(folding_vector(&second.inverses)) {
        *coefficient += alpha * other;
    }
    let coefficients = coefficients.into_boxed_slice().try_into().expect("two to the number of rounds");
    Ok(Accumulated { claim, coefficients })
}
