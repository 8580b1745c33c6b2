//! Two points whose pairings with `[1]` and `[tau]` must cancel: what a KZG verifier is left with, and what a circuit that
//! verifies proofs leaves to its own verifier.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::PointError;
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::pairing::pairing_product;

use super::srs::VerifierSrs;
use crate::flavor::PAIRING_POINTS_SIZE;
use crate::transcript::{WordError, decode_halves, encode_halves};

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

    /// What [`from_public_inputs`](Self::from_public_inputs) reads.
    pub fn to_public_inputs(&self) -> [Fr; PAIRING_POINTS_SIZE] {
        let [a, b, c, d] =
            [self.first.x(), self.first.y(), self.second.x(), self.second.y()].map(|coordinate| {
                encode_halves(coordinate)
                    .map(|half| Fr::from_be_bytes(&half).expect("halves are below the modulus"))
            });
        [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]]
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use chinampa_testkit::vectors;

    use super::*;

    static SRS: LazyLock<VerifierSrs> = LazyLock::new(|| {
        VerifierSrs::from_bytes(&vectors::bytes("srs/dev-bn254_g2.dat").try_into().unwrap()).unwrap()
    });

    /// `multiple` of the generator for the secret, and what it takes to cancel.
    fn cancelling(multiple: u64) -> PairingPoints {
        let tau: Fr = vectors::text("srs/dev-tau.txt").trim().parse().unwrap();
        let second = G1Affine::GENERATOR * Fr::from(multiple);
        PairingPoints { first: -(second * tau).to_affine(), second: second.to_affine() }
    }

    #[test]
    fn points_cancel_only_together() {
        let (good, other) = (cancelling(3), cancelling(4));
        let bad = PairingPoints { second: other.second, ..good };
        let weight = Fr::from(5u64);
        assert!(good.cancel(&SRS) && other.cancel(&SRS) && good.plus(&other, weight).cancel(&SRS));
        assert!(
            !bad.cancel(&SRS)
                && !bad.plus(&good, weight).cancel(&SRS)
                && !good.plus(&bad, weight).cancel(&SRS)
        );
        let swapped = PairingPoints { first: good.second, second: good.first };
        assert!(!swapped.cancel(&SRS));
        let identity = PairingPoints { first: G1Affine::IDENTITY, second: G1Affine::IDENTITY };
        assert!(identity.cancel(&SRS));
        assert!(!PairingPoints { first: G1Affine::IDENTITY, ..good }.cancel(&SRS));
    }

    #[test]
    fn public_inputs_are_read_strictly() {
        let points = cancelling(7);
        let inputs = points.to_public_inputs();
        assert_eq!(PairingPoints::from_public_inputs(&inputs), Ok(Some(points)));
        assert_eq!(PairingPoints::from_public_inputs(&[Fr::ZERO; PAIRING_POINTS_SIZE]), Ok(None));
        let with = |changes: &[(usize, Fr)]| {
            let mut inputs = inputs;
            for &(position, value) in changes {
                inputs[position] = value;
            }
            PairingPoints::from_public_inputs(&inputs).unwrap_err()
        };
        for coordinate in 0..4 {
            let low = with(&[(2 * coordinate, Fr::from(2u64).pow(&[136, 0, 0, 0]))]);
            let source = WordError::Half { half: "low", bits: 136 };
            assert_eq!(low, PairingPointsError::Coordinate { coordinate, source });
            // 2^118 in the high half makes 2^254, which is above the modulus.
            let high = with(&[(2 * coordinate + 1, Fr::from(2u64).pow(&[118, 0, 0, 0]))]);
            assert!(
                matches!(&high, PairingPointsError::Coordinate { coordinate: found, source: WordError::Field(_) } if *found == coordinate),
                "{high:?}"
            );
        }
        let one = Fr::ONE;
        assert!(matches!(with(&[(2, inputs[2] + one)]), PairingPointsError::Point { point: 0, .. }));
        assert!(matches!(with(&[(4, inputs[4] + one)]), PairingPointsError::Point { point: 1, .. }));
        let zero = |start: usize| [0, 1, 2, 3].map(|i| (start + i, Fr::ZERO));
        assert_eq!(with(&zero(0)), PairingPointsError::Infinity { point: 0 });
        assert_eq!(with(&zero(4)), PairingPointsError::Infinity { point: 1 });
    }
}
