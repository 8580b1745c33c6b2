//! Generators of Grumpkin between which nobody knows relations.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::{POINT_BYTES, grumpkin};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::IpaError;
use crate::flavor::IPA_LOG_LEN;

/// Coefficients of every polynomial, and so generators.
pub const IPA_LEN: usize = 1 << IPA_LOG_LEN;

/// SHA-256 of the first [`IPA_LEN`] points of `grumpkin_g1.flat.dat`.
const DIGEST: &[u8] = b"\xdf\x92\x9c\xc1\xd1\xa3\x59\x61\xe4\x1b\x43\xd0\x90\xc4\x5f\x30\
    \xb7\x6a\x74\x5c\x9b\x27\xc3\x6f\x64\xe4\x48\xd8\x3e\xe1\x15\x58";

/// The generators, [`IPA_LEN`] of them.
#[derive(Clone, Debug)]
pub struct GrumpkinSrs {
    points: Vec<grumpkin::Affine>,
}

impl GrumpkinSrs {
    /// Derives all generators from their indices, as Barretenberg does: the SHA-256 digest of a text, the index and the number
    /// of the attempt gives an `x` and the parity of `y`, and the first attempt that is a point counts.
    ///
    /// # Cost
    /// Two square roots per point on average, on all threads of the current rayon pool.
    pub fn derive() -> Self {
        Self { points: (0..IPA_LEN as u64).into_par_iter().map(generator).collect() }
    }

    /// Reads the contents of `grumpkin_g1.flat.dat`: 64 bytes a point, x and y big-endian. Further points do not count.
    ///
    /// # Errors
    /// [`IpaError::SrsLength`], [`IpaError::Srs`] if the points are others than those that [`derive`](Self::derive) gives: whoever
    /// knows relations between generators can prove anything.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IpaError> {
        let expected = IPA_LEN * POINT_BYTES;
        let Some(bytes) = bytes.get(..expected) else {
            return Err(IpaError::SrsLength { expected, actual: bytes.len() });
        };
        if Sha256::digest(bytes).as_slice() != DIGEST {
            return Err(IpaError::Srs);
        }
        let (encoded, _) = bytes.as_chunks::<POINT_BYTES>();
        let decode = |bytes| grumpkin::Affine::from_be_bytes(bytes).map_err(|_| IpaError::Srs);
        Ok(Self { points: encoded.par_iter().map(decode).collect::<Result<_, _>>()? })
    }

    /// What [`from_bytes`](Self::from_bytes) reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.points.iter().flat_map(grumpkin::Affine::to_be_bytes).collect()
    }

    /// The generators.
    pub fn points(&self) -> &[grumpkin::Affine] {
        &self.points
    }
}

fn generator(index: u64) -> grumpkin::Affine {
    let attempt = |attempt: u64| {
        let mut hash = Sha256::new();
        hash.update(b"BARRETENBERG_GRUMPKIN_IPA_CRS");
        hash.update(index.to_be_bytes());
        hash.update(attempt.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        // Four words of 64 bits, the least significant first; the top bit is the parity.
        let (words, _) = digest.as_chunks::<8>();
        let mut bytes = [words[3], words[2], words[1], words[0]].concat();
        let y_is_odd = bytes[0] & 0x80 != 0;
        bytes[0] &= 0x7f;
        let x = Fr::from_be_bytes_reduced(bytes.as_slice().try_into().expect("four words"));
        grumpkin::Affine::from_x(x, y_is_odd)
    };
    (0..).find_map(attempt).expect("every second attempt is a point")
}
