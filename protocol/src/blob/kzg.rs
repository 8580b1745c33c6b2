//! One blob: 4,096 fields, its commitment, its value at a point with the proof of it.

use std::sync::OnceLock;

use c_kzg::KzgSettings;
use chinampa_kernels::Fr;
use sha2::{Digest, Sha256};

use super::{BlsPoint, BlsScalar};
use crate::constants::{BLOBS_PER_CHECKPOINT, FIELDS_PER_BLOB};
use crate::hash::digest_to_field;

/// Bytes of a blob.
const BLOB_LEN_BYTES: usize = 32 * FIELDS_PER_BLOB;

/// Why a blob cannot be made or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Not as long as a blob is.
    #[error("expected a blob of {expected} bytes, got {actual}")]
    Length {
        /// 131,072.
        expected: usize,
        /// What came.
        actual: usize,
    },
    /// More fields than all blobs of a checkpoint hold.
    #[error("expected at most {limit} fields in a checkpoint, got {actual}")]
    TooManyFields {
        /// 24,576.
        limit: usize,
        /// What came.
        actual: usize,
    },
    /// A word that is no BN254 scalar: nothing that Aztec publishes.
    #[error("word {index} of the blob: {source}")]
    Field {
        /// Position in the blob.
        index: usize,
        /// The word.
        source: chinampa_kernels::FieldError,
    },
    /// The KZG library refused.
    #[error("KZG failed: {0}")]
    Kzg(String),
    /// A commitment or proof that is not on the curve.
    #[error("commitment or proof {index} is not a point of BLS12-381")]
    NotOnCurve {
        /// Position among the blobs.
        index: usize,
    },
    /// The batched opening does not verify.
    #[error("the batched opening of {blobs} blobs does not verify")]
    Opening {
        /// Blobs in the batch.
        blobs: usize,
    },
    /// What was accumulated blob by blob is not what the challenges were made for.
    #[error("the blobs accumulate to {what} {actual}, the challenges have {expected}")]
    Challenge {
        /// `z` or `gamma`.
        what: &'static str,
        /// The challenge.
        expected: Fr,
        /// What the blobs give.
        actual: Fr,
    },
}

impl From<c_kzg::Error> for BlobError {
    fn from(error: c_kzg::Error) -> Self {
        Self::Kzg(format!("{error:?}"))
    }
}

/// The setup of Ethereum's ceremony, read once per process.
fn settings() -> &'static KzgSettings {
    c_kzg::ethereum_kzg_settings(0)
}

/// A KZG commitment, compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 48]);

impl Commitment {
    /// `0x01` and the last 31 bytes of SHA-256 over the commitment: what L1 knows of the blob.
    pub fn versioned_hash(&self) -> [u8; 32] {
        let mut hash: [u8; 32] = Sha256::digest(self.0).into();
        hash[0] = 1;
        hash
    }

    /// The commitment as two fields: its first 31 bytes and its last 17.
    pub fn to_fields(&self) -> [Fr; 2] {
        split_compressed(&self.0)
    }

    /// The commitment as a point.
    ///
    /// # Errors
    /// [`BlobError::NotOnCurve`], with index 0, if it is none.
    pub fn to_point(&self) -> Result<BlsPoint, BlobError> {
        BlsPoint::from_compressed(&self.0).ok_or(BlobError::NotOnCurve { index: 0 })
    }
}

/// A compressed point as two fields, 31 bytes and 17 bytes.
pub(super) fn split_compressed(bytes: &[u8; 48]) -> [Fr; 2] {
    let (mut high, mut low) = ([0; 32], [0; 32]);
    high[1..].copy_from_slice(&bytes[..31]);
    low[15..].copy_from_slice(&bytes[31..]);
    [high, low].map(|word| Fr::from_be_bytes(&word).expect("at most 248 bits are canonical"))
}

/// SHA-256 over the versioned hashes of a checkpoint's blobs, cut to a field.
pub fn blobs_hash(commitments: &[Commitment]) -> Fr {
    let mut digest = Sha256::new();
    for commitment in commitments {
        digest.update(commitment.versioned_hash());
    }
    digest_to_field(digest.finalize().into())
}

/// A blob's value at a point, and the proof of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The value.
    pub y: BlsScalar,
    /// The KZG proof, compressed.
    pub proof: [u8; 48],
}

/// 4,096 words of 32 bytes. The commitment is computed once, on first use.
#[derive(Clone, Debug)]
pub struct Blob {
    bytes: Box<c_kzg::Blob>,
    commitment: OnceLock<Commitment>,
}

impl Blob {
    /// A blob of `fields`, zero padded.
    ///
    /// # Errors
    /// [`BlobError::TooManyFields`] above 4,096.
    pub fn from_fields(fields: &[Fr]) -> Result<Self, BlobError> {
        if fields.len() > FIELDS_PER_BLOB {
            return Err(BlobError::TooManyFields { limit: FIELDS_PER_BLOB, actual: fields.len() });
        }
        let mut bytes = vec![0; BLOB_LEN_BYTES];
        for (word, field) in bytes.chunks_exact_mut(32).zip(fields) {
            word.copy_from_slice(&field.to_be_bytes());
        }
        Self::from_bytes(&bytes)
    }

    /// A blob as L1 published it. Its words are not looked at; [`fields`](Self::fields) does that.
    ///
    /// # Errors
    /// [`BlobError::Length`] unless there are 131,072 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlobError> {
        if bytes.len() != BLOB_LEN_BYTES {
            return Err(BlobError::Length { expected: BLOB_LEN_BYTES, actual: bytes.len() });
        }
        Ok(Self { bytes: Box::new(c_kzg::Blob::from_bytes(bytes)?), commitment: OnceLock::new() })
    }

    /// The 131,072 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_ref().as_ref()
    }

    /// All 4,096 words as fields.
    ///
    /// # Errors
    /// [`BlobError::Field`] at the first word that is not below the modulus of BN254's scalar field.
    pub fn fields(&self) -> Result<Vec<Fr>, BlobError> {
        let words = self.as_bytes().chunks_exact(32).enumerate();
        words
            .map(|(index, word)| {
                let word = word.try_into().expect("chunks of 32");
                Fr::from_be_bytes(word).map_err(|source| BlobError::Field { index, source })
            })
            .collect()
    }

    /// The KZG commitment.
    ///
    /// # Errors
    /// [`BlobError::Kzg`] if a word is not below the order of BLS12-381.
    pub fn commitment(&self) -> Result<Commitment, BlobError> {
        if let Some(commitment) = self.commitment.get() {
            return Ok(*commitment);
        }
        let computed = settings().blob_to_kzg_commitment(&self.bytes)?;
        Ok(*self.commitment.get_or_init(|| Commitment(computed.to_bytes().into_inner())))
    }

    /// The value at `z` and the proof of it.
    ///
    /// # Errors
    /// [`BlobError::Kzg`] if a word is not below the order of BLS12-381.
    pub fn evaluate(&self, z: Fr) -> Result<Evaluation, BlobError> {
        let (proof, y) = settings().compute_kzg_proof(&self.bytes, &c_kzg::Bytes32::new(z.to_be_bytes()))?;
        let y =
            BlsScalar::from_be_bytes(*y).ok_or_else(|| BlobError::Kzg("value out of range".to_owned()))?;
        Ok(Evaluation { y, proof: proof.to_bytes().into_inner() })
    }
}

/// A checkpoint's fields over its blobs: 4,096 a blob, the last one zero padded.
///
/// # Errors
/// [`BlobError::TooManyFields`] above six blobs.
pub fn blobs_of_fields(fields: &[Fr]) -> Result<Vec<Blob>, BlobError> {
    let limit = BLOBS_PER_CHECKPOINT * FIELDS_PER_BLOB;
    if fields.len() > limit {
        return Err(BlobError::TooManyFields { limit, actual: fields.len() });
    }
    fields.chunks(FIELDS_PER_BLOB).map(Blob::from_fields).collect()
}

/// Whether `proof` shows that what `commitment` commits to is `y` at `z`.
///
/// # Errors
/// [`BlobError::Kzg`] if an argument is not a point or scalar.
pub(super) fn verify_opening(
    commitment: [u8; 48],
    z: Fr,
    y: BlsScalar,
    proof: [u8; 48],
) -> Result<bool, BlobError> {
    let (z, y) = (c_kzg::Bytes32::new(z.to_be_bytes()), c_kzg::Bytes32::new(y.to_be_bytes()));
    Ok(settings().verify_kzg_proof(&c_kzg::Bytes48::new(commitment), &z, &y, &c_kzg::Bytes48::new(proof))?)
}
