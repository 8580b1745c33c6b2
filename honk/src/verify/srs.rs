//! What a verifier knows of the reference strings.

use std::sync::OnceLock;

use chinampa_kernels::pairing::{G2Affine, G2Error, G2Prepared};

use crate::ipa::GrumpkinSrs;

/// The two points of the second group that a verifier pairs with, and the points of Grumpkin for rollup proofs.
#[derive(Debug)]
pub struct VerifierSrs {
    pub(super) one: G2Prepared,
    pub(super) tau: G2Prepared,
    grumpkin: OnceLock<GrumpkinSrs>,
}

impl VerifierSrs {
    /// The string whose secret times the generator of the second group is `tau`.
    pub fn new(tau: &G2Affine) -> Self {
        Self {
            one: G2Prepared::new(&G2Affine::GENERATOR),
            tau: G2Prepared::new(tau),
            grumpkin: OnceLock::new(),
        }
    }

    /// As [`new`](Self::new), from the contents of `bn254_g2.dat`.
    ///
    /// # Errors
    /// All of [`G2Error`].
    pub fn from_bytes(bytes: &[u8; chinampa_kernels::pairing::G2_BYTES]) -> Result<Self, G2Error> {
        Ok(Self::new(&G2Affine::from_be_bytes(bytes)?))
    }

    /// The string of the Ignition ceremony, which Aztec uses.
    pub fn ignition() -> Self {
        Self::new(&Self::ignition_tau())
    }

    /// The secret of that ceremony times the generator of the second group.
    pub fn ignition_tau() -> G2Affine {
        G2Affine::from_be_bytes(&IGNITION_G2).expect("a point of the second group")
    }

    /// The same with points of Grumpkin that were read from a file, which is faster than deriving them.
    #[must_use]
    pub fn with_grumpkin(self, srs: GrumpkinSrs) -> Self {
        Self { grumpkin: OnceLock::from(srs), ..self }
    }

    /// The points of Grumpkin, derived when first asked for if none were given.
    pub fn grumpkin(&self) -> &GrumpkinSrs {
        self.grumpkin.get_or_init(GrumpkinSrs::derive)
    }
}

/// Contents of `bn254_g2.dat` of the Ignition ceremony. Source: Barretenberg 4.1.2 `srs/factories/bn254_g2_data.hpp`.
#[rustfmt::skip]
const IGNITION_G2: [u8; 128] = [
    0x01, 0x18, 0xc4, 0xd5, 0xb8, 0x37, 0xbc, 0xc2, 0xbc, 0x89, 0xb5, 0xb3, 0x98, 0xb5, 0x97, 0x4e,
    0x9f, 0x59, 0x44, 0x07, 0x3b, 0x32, 0x07, 0x8b, 0x7e, 0x23, 0x1f, 0xec, 0x93, 0x88, 0x83, 0xb0,
    0x26, 0x0e, 0x01, 0xb2, 0x51, 0xf6, 0xf1, 0xc7, 0xe7, 0xff, 0x4e, 0x58, 0x07, 0x91, 0xde, 0xe8,
    0xea, 0x51, 0xd8, 0x7a, 0x35, 0x8e, 0x03, 0x8b, 0x4e, 0xfe, 0x30, 0xfa, 0xc0, 0x93, 0x83, 0xc1,
    0x22, 0xfe, 0xbd, 0xa3, 0xc0, 0xc0, 0x63, 0x2a, 0x56, 0x47, 0x5b, 0x42, 0x14, 0xe5, 0x61, 0x5e,
    0x11, 0xe6, 0xdd, 0x3f, 0x96, 0xe6, 0xce, 0xa2, 0x85, 0x4a, 0x87, 0xd4, 0xda, 0xcc, 0x5e, 0x55,
    0x04, 0xfc, 0x63, 0x69, 0xf7, 0x11, 0x0f, 0xe3, 0xd2, 0x51, 0x56, 0xc1, 0xbb, 0x9a, 0x72, 0x85,
    0x9c, 0xf2, 0xa0, 0x46, 0x41, 0xf9, 0x9b, 0xa4, 0xee, 0x41, 0x3c, 0x80, 0xda, 0x6a, 0x5f, 0xe4,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceremonys_point_is_one_of_the_second_group() {
        let srs = VerifierSrs::ignition();
        assert_ne!(srs.one, srs.tau);
    }
}
