//! Why a claim or its proof is refused.

use chinampa_kernels::curve::PointError;

use crate::transcript::{TranscriptError, WordError};

/// Why a claim about a polynomial, or its proof, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IpaError {
    /// Public inputs do not encode a scalar of Grumpkin.
    #[error("the {field} of the IPA claim")]
    Scalar {
        /// `challenge` or `evaluation`.
        field: &'static str,
        /// What is wrong.
        #[source]
        source: WordError,
    },
    /// Public inputs do not encode a point of Grumpkin.
    #[error("the commitment of the IPA claim")]
    Commitment(#[source] PointError),
    /// The commitment is to zero.
    #[error("the commitment of the IPA claim is the point at infinity")]
    Infinity,
    /// The proof's words do not encode what the protocol expects.
    #[error("IPA proof")]
    Transcript(#[from] TranscriptError),
    /// A challenge is zero, which it is with a probability of `2^-127`.
    #[error("IPA round {round} has the challenge zero")]
    Degenerate {
        /// Which round.
        round: usize,
    },
    /// The folded generator is not the one that the challenges give.
    #[error("IPA:G_0 is not the folded generator")]
    Generator,
    /// The folded commitment is not the one that the last coefficient gives.
    #[error("the folded commitment of the IPA claim does not open")]
    Opening,
    /// A file has other points than those that follow from their indices.
    #[error("the points are not Grumpkin's generators")]
    Srs,
    /// A file has too few points.
    #[error("{actual} bytes of Grumpkin's generators, expected {expected}")]
    SrsLength {
        /// Bytes needed.
        expected: usize,
        /// Bytes there.
        actual: usize,
    },
}
