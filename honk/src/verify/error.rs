//! Why a proof is refused.

use super::pairing_points::PairingPointsError;
use crate::ipa::IpaError;
use crate::proof::ProofError;
use crate::transcript::TranscriptError;

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The lengths are wrong for the key.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Words do not encode what the protocol expects.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// A challenge hit a value that a formula divides by. Honest proofs meet that with a probability of `2^-100`.
    #[error("a challenge makes the {what} zero")]
    Degenerate {
        /// What is divided by.
        what: &'static str,
    },
    /// A round's univariate does not have the sum that the round before claimed.
    #[error("sumcheck round {round}: the univariate's sum is not the target")]
    SumcheckRound {
        /// Which round.
        round: usize,
    },
    /// The claimed evaluations do not satisfy the relations as the last round claimed.
    #[error("the claimed evaluations do not give the value that sumcheck ends in")]
    SumcheckEvaluation,
    /// Something other than zero in a round that only pads the proof.
    #[error("round {round} pads the proof, but {name} is not zero")]
    Padding {
        /// Which round.
        round: usize,
        /// Barretenberg's name of the message.
        name: &'static str,
    },
    /// The evaluations that masked sumcheck do not add up.
    #[error("the evaluations of the Libra polynomials are inconsistent")]
    SmallSubgroupIpa,
    /// The backend's public inputs are not pairing points.
    #[error(transparent)]
    PairingPoints(#[from] PairingPointsError),
    /// The final pairings do not cancel: an evaluation is wrong, or the pairing points of a proof inside the circuit are.
    #[error("the pairings do not cancel")]
    Pairing,
    /// The claim about a polynomial over Grumpkin, or its proof, is wrong.
    #[error(transparent)]
    Ipa(#[from] IpaError),
}
