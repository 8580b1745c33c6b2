//! What an argument is about.

use chinampa_kernels::curve::grumpkin;
use chinampa_kernels::{Fq, Fr};

use super::IpaError;
use crate::flavor::IPA_CLAIM_SIZE;
use crate::transcript::{Transcript, decode_halves, encode_halves};

/// The polynomial with this commitment has this value at this point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpaClaim {
    /// The commitment.
    pub commitment: grumpkin::Affine,
    /// The point.
    pub challenge: Fq,
    /// The value.
    pub evaluation: Fq,
}

impl IpaClaim {
    /// Reads challenge and evaluation, each as its low 136 bits and the rest, and the commitment's coordinates.
    ///
    /// # Errors
    /// [`IpaError::Scalar`], [`IpaError::Commitment`], [`IpaError::Infinity`].
    pub fn from_public_inputs(inputs: &[Fr; IPA_CLAIM_SIZE]) -> Result<Self, IpaError> {
        let scalar = |field, start: usize| {
            let [low, high] = [inputs[start], inputs[start + 1]].map(|half| half.to_be_bytes());
            decode_halves(&low, &high).map_err(|source| IpaError::Scalar { field, source })
        };
        let (challenge, evaluation) = (scalar("challenge", 0)?, scalar("evaluation", 2)?);
        let commitment = grumpkin::Affine::new(inputs[4], inputs[5]).map_err(IpaError::Commitment)?;
        if commitment.is_identity() {
            return Err(IpaError::Infinity);
        }
        Ok(Self { commitment, challenge, evaluation })
    }

    /// What [`from_public_inputs`](Self::from_public_inputs) reads.
    pub fn to_public_inputs(&self) -> [Fr; IPA_CLAIM_SIZE] {
        let scalar = |value| {
            encode_halves(value).map(|half| Fr::from_be_bytes(&half).expect("halves are below the modulus"))
        };
        let ([c0, c1], [e0, e1]) = (scalar(self.challenge), scalar(self.evaluation));
        [c0, c1, e0, e1, self.commitment.x(), self.commitment.y()]
    }

    /// Starts a transcript with the claim; returns the generator that evaluations are committed to with.
    pub(super) fn begin(&self, transcript: &mut Transcript) -> grumpkin::Affine {
        transcript.absorb_grumpkin(&self.commitment);
        transcript.absorb_base(self.challenge);
        transcript.absorb_base(self.evaluation);
        (grumpkin::Affine::GENERATOR * transcript.challenge_base()).to_affine()
    }
}
