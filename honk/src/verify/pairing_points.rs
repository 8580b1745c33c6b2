//! Two points whose pairings with `[1]` and `[tau]` must cancel: what a KZG verifier is left with, and what a circuit that
//! verifies proofs leaves to its own verifier.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::PointError;
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::pairing::pairing_product;

use super::srs::VerifierSrs;
use crate::flavor::PAIRING_POINTS_SIZE;
use crate::transcript::{WordError, decode_halves};

/// Why public inputs are not pairing points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairingPointsError {
    /// Halves of a coordinate are too long, or the coordinate is not below its modulus.
    #[error("coordinate {coordinate} of the pairing points")]
    Coordinate {
        /// Which of the four.
        coordinate: usize,
        /// What is wrong.
        #[source]
        source: WordError,
    },
    /// The coordinates are not those of a point.
    #[error("point {point} of the pairing points")]
    Point {
        /// Which of the two.
        point: usize,
        /// What is wrong.
        #[source]
        source: PointError,
    },
    /// One point is at infinity and the other is not.
    #[error("only point {point} of the pairing points is at infinity")]
    Infinity {
        /// Which of the two.
        point: usize,
    },
}

/// `P0` and `P1` with `e(P0, [1]) e(P1, [tau]) = 1` if all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairingPoints {
    /// Paired with the generator.
    pub first: G1Affine,
    /// Paired with the secret's point.
    pub second: G1Affine,
}

impl PairingPoints {
    /// Reads `P0.x`, `P0.y`, `P1.x`, `P1.y`, each as its low 136 bits and the rest. All zero means that the circuit verifies no
    /// proof.
    ///
    /// # Errors
    /// [`PairingPointsError`]
    pub fn from_public_inputs(
        inputs: &[Fr; PAIRING_POINTS_SIZE],
    ) -> Result<Option<Self>, PairingPointsError> {
        if inputs.iter().all(Fr::is_zero) {
            return Ok(None);
        }
        let coordinate = |coordinate: usize| {
            let [low, high] = [0, 1].map(|half| inputs[2 * coordinate + half].to_be_bytes());
            decode_halves(&low, &high).map_err(|source| PairingPointsError::Coordinate { coordinate, source })
        };
        let point = |index: usize| {
            let (x, y) = (coordinate(2 * index)?, coordinate(2 * index + 1)?);
            let point =
                G1Affine::new(x, y).map_err(|source| PairingPointsError::Point { point: index, source })?;
            if point.is_identity() {
                return Err(PairingPointsError::Infinity { point: index });
            }
            Ok(point)
        };
        Ok(Some(Self { first: point(0)?, second: point(1)? }))
    }

    /// `self + weight * other`, which cancels if both do, and for a random weight almost certainly only then.
    #[must_use]
    pub fn plus(&self, other: &Self, weight: Fr) -> Self {
        let sum = |a: G1Affine, b: G1Affine| (b * weight + a).to_affine();
        Self { first: sum(self.first, other.first), second: sum(self.second, other.second) }
    }

    /// Whether the pairings cancel.
    pub fn cancel(&self, srs: &VerifierSrs) -> bool {
        pairing_product([(self.first, &srs.one), (self.second, &srs.tau)]).is_one()
    }
}
