//! All blobs of an epoch opened at one point: challenges, accumulation, the opening that L1 checks.
//!
//! # Method
//! With the blobs `0..n` of the epoch in order, `C_i` their commitments and `H` Poseidon2:
//! 1. `z_i = H(blob_fields_hash of the blob's checkpoint, C_i[0..31], C_i[31..48])`, then
//!    `z = z_0`, `z = H(z, z_i)` for the others.
//! 2. `y_i`, the value of blob `i` at `z`, with its KZG proof `Q_i`.
//! 3. `g = H(limbs of y_0)`, `g = H(g, H(limbs of y_i))` for the others, `gamma = H(g, z)`.
//! 4. `C = sum gamma^i C_i`, `y = sum gamma^i y_i`, `Q = sum gamma^i Q_i`: one opening for all.
//!
//! `z` depends on every blob and `gamma` on every value, so an epoch takes two passes over its blobs. The second
//! computes `y_i` and `Q_i` together, once each.
//!
//! # Sources
//! Aztec 4.1.2 `blob-lib/src/blob_batching.ts` and the blob section of the checkpoint root circuit.

use std::num::NonZero;

use blstrs::{G1Affine, G1Projective, Scalar};
use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::{hash, hash_pair};
use ff::Field as _;
use group::Curve as _;

use super::kzg::{split_compressed, verify_opening};
use super::{Blob, BlobError, BlsPoint, BlsScalar, Commitment, Evaluation};
use crate::circuits::SpongeBlob;
use crate::codec::{
    AbiError, Decode, DecodeError, Encode, FieldReader, FromFields, Reader, ToFields, output,
};
use crate::hash::sha256_to_field;

output! {
    /// Where and how all blobs of an epoch are opened. 64 bytes, 4 fields.
    #[derive(Copy, Hash)]
    pub struct FinalBlobBatchingChallenges {
        /// The point of all openings.
        pub z: Fr,
        /// Its powers combine the openings.
        pub gamma: BlsScalar,
    }
}

output! {
    /// The blobs of an epoch up to a checkpoint, as circuits carry them. 256 bytes, 18 fields.
    #[derive(Copy, Hash)]
    pub struct BlobAccumulator {
        /// SHA-256 chain over the commitments, each step cut to a field.
        pub blob_commitments_hash_acc: Fr,
        /// Poseidon2 chain over the `z_i`.
        pub z_acc: Fr,
        /// Combined value.
        pub y_acc: BlsScalar,
        /// Combined commitment.
        pub c_acc: BlsPoint,
        /// Poseidon2 chain over the values.
        pub gamma_acc: Fr,
        /// The power of gamma for the next blob.
        pub gamma_pow_acc: BlsScalar,
    }
}

/// All blobs of an epoch, as the root returns them. 192 bytes, 7 fields: circuits see the combined commitment
/// compressed, as 31 bytes and 17 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinalBlobAccumulator {
    /// SHA-256 chain over the commitments.
    pub blob_commitments_hash: Fr,
    /// The point of all openings.
    pub z: Fr,
    /// Combined value.
    pub y: BlsScalar,
    /// Combined commitment.
    pub c: BlsPoint,
}

impl Encode for FinalBlobAccumulator {
    fn encode(&self, out: &mut Vec<u8>) {
        self.blob_commitments_hash.encode(out);
        self.z.encode(out);
        self.y.encode(out);
        self.c.encode(out);
    }
}

impl Decode for FinalBlobAccumulator {
    const LEN_BYTES_MIN: usize = 192;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            blob_commitments_hash: Fr::decode(reader)
                .map_err(|error| error.in_member("blob_commitments_hash"))?,
            z: Fr::decode(reader).map_err(|error| error.in_member("z"))?,
            y: BlsScalar::decode(reader).map_err(|error| error.in_member("y"))?,
            c: BlsPoint::decode(reader).map_err(|error| error.in_member("c"))?,
        })
    }
}

impl ToFields for FinalBlobAccumulator {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.extend([self.blob_commitments_hash, self.z]);
        self.y.to_fields(out);
        out.extend(split_compressed(&self.c.to_compressed()));
    }
}

impl FromFields for FinalBlobAccumulator {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let (blob_commitments_hash, z) = (reader.take()?, reader.take()?);
        let y = BlsScalar::from_fields(reader)?;
        let index = reader.index();
        let (high, low) = (reader.take()?.to_be_bytes(), reader.take()?.to_be_bytes());
        if high[0] != 0 || low[..15].iter().any(|byte| *byte != 0) {
            return Err(AbiError::new(index, 248));
        }
        let mut compressed = [0; 48];
        compressed[..31].copy_from_slice(&high[1..]);
        compressed[31..].copy_from_slice(&low[15..]);
        let c = BlsPoint::from_compressed(&compressed).ok_or_else(|| AbiError::new(index, 381))?;
        Ok(Self { blob_commitments_hash, z, y, c })
    }
}

/// The hash of a checkpoint's blob fields, end marker included, padding excluded.
pub fn blob_fields_hash(fields: &[Fr]) -> Fr {
    let mut sponge = SpongeBlob::init();
    sponge.absorb(fields).expect("a new sponge absorbs");
    sponge.squeezed().expect("a new sponge was never squeezed")
}

/// `z_i`: where blob `i` alone would be opened.
fn challenge_z(blob_fields_hash: Fr, commitment: &Commitment) -> Fr {
    let [high, low] = commitment.to_fields();
    hash(&[blob_fields_hash, high, low])
}

/// The hash of a value's limbs.
fn value_hash(y: BlsScalar) -> Fr {
    hash(&y.fields())
}

/// A checkpoint's blobs with the hash of its fields.
#[derive(Clone, Debug)]
pub struct CheckpointBlobs {
    /// Hash of the fields, from [`blob_fields_hash`].
    pub blob_fields_hash: Fr,
    /// The blobs.
    pub blobs: Vec<Blob>,
}

impl CheckpointBlobs {
    /// Lays a checkpoint's fields over blobs.
    ///
    /// # Errors
    /// [`BlobError::TooManyFields`] above six blobs.
    pub fn new(fields: &[Fr]) -> Result<Self, BlobError> {
        Ok(Self { blob_fields_hash: blob_fields_hash(fields), blobs: super::blobs_of_fields(fields)? })
    }
}

/// Challenges and openings of all blobs of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochOpenings {
    /// The challenges that every checkpoint root of the epoch is given.
    pub challenges: FinalBlobBatchingChallenges,
    /// Value and proof of each blob at `z`, in order.
    pub evaluations: Vec<Evaluation>,
}

impl EpochOpenings {
    /// Both passes over the blobs of an epoch. Cost: one commitment and one opening a blob.
    ///
    /// # Errors
    /// [`BlobError::Kzg`] if a blob has a word that is not below the order of BLS12-381.
    pub fn compute(checkpoints: &[CheckpointBlobs]) -> Result<Self, BlobError> {
        let blobs = || checkpoints.iter().flat_map(|checkpoint| &checkpoint.blobs);
        let mut z_acc = PoseidonChain::default();
        for checkpoint in checkpoints {
            for blob in &checkpoint.blobs {
                z_acc.push(challenge_z(checkpoint.blob_fields_hash, &blob.commitment()?));
            }
        }
        let z = z_acc.0.unwrap_or_default();
        let evaluations = evaluate(&blobs().collect::<Vec<_>>(), z)?;
        let mut gamma_acc = PoseidonChain::default();
        evaluations.iter().for_each(|evaluation| gamma_acc.push(value_hash(evaluation.y)));
        let gamma = hash_pair(gamma_acc.0.unwrap_or_default(), z);
        let challenges = FinalBlobBatchingChallenges { z, gamma: gamma.into() };
        Ok(Self { challenges, evaluations })
    }
}

/// The values of `blobs` at `z`, in order, shared among the machine's threads: everything else of an epoch waits for
/// them.
fn evaluate(blobs: &[&Blob], z: Fr) -> Result<Vec<Evaluation>, BlobError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = blobs.len().div_ceil(threads).max(1);
    let shares: Vec<Result<Vec<Evaluation>, BlobError>> = std::thread::scope(|scope| {
        let evaluate = |share: &[&Blob]| share.iter().map(|blob| blob.evaluate(z)).collect();
        let running: Vec<_> = blobs.chunks(share).map(|share| scope.spawn(move || evaluate(share))).collect();
        running.into_iter().map(|share| share.join().expect("opening a blob does not panic")).collect()
    });
    Ok(shares.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// A Poseidon2 chain whose first element stands as it is.
#[derive(Default)]
struct PoseidonChain(Option<Fr>);

impl PoseidonChain {
    fn push(&mut self, next: Fr) {
        self.0 = Some(self.0.map_or(next, |acc| hash_pair(acc, next)));
    }
}

/// The accumulator with the combined proof, which circuits do not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchAccumulator {
    /// What circuits see.
    pub public: BlobAccumulator,
    /// Combined proof.
    pub q_acc: BlsPoint,
    /// Blobs so far.
    pub blobs: usize,
}

impl BatchAccumulator {
    /// The accumulator after one more blob.
    ///
    /// # Errors
    /// [`BlobError::NotOnCurve`] if the commitment or the proof is not a point.
    pub fn accumulate(
        &self,
        blob_fields_hash: Fr,
        commitment: &Commitment,
        evaluation: &Evaluation,
        challenges: &FinalBlobBatchingChallenges,
    ) -> Result<Self, BlobError> {
        let point = |bytes: &[u8; 48]| {
            Option::<G1Affine>::from(G1Affine::from_compressed(bytes))
                .ok_or(BlobError::NotOnCurve { index: self.blobs })
        };
        let (c, q) = (point(&commitment.0)?, point(&evaluation.proof)?);
        let z_i = challenge_z(blob_fields_hash, commitment);
        let e_i = value_hash(evaluation.y);
        let gamma = challenges.gamma.to_scalar();
        let old = &self.public;
        let public = if self.blobs == 0 {
            BlobAccumulator {
                blob_commitments_hash_acc: sha256_to_field(&commitment.0),
                z_acc: z_i,
                y_acc: evaluation.y,
                c_acc: c.into(),
                gamma_acc: e_i,
                gamma_pow_acc: challenges.gamma,
            }
        } else {
            let power = old.gamma_pow_acc.to_scalar();
            BlobAccumulator {
                blob_commitments_hash_acc: chain_commitment(old.blob_commitments_hash_acc, commitment),
                z_acc: hash_pair(old.z_acc, z_i),
                y_acc: (old.y_acc.to_scalar() + power * evaluation.y.to_scalar()).into(),
                c_acc: self.combine(old.c_acc, power, c)?,
                gamma_acc: hash_pair(old.gamma_acc, e_i),
                gamma_pow_acc: (power * gamma).into(),
            }
        };
        let power = if self.blobs == 0 { Scalar::ONE } else { old.gamma_pow_acc.to_scalar() };
        Ok(Self { public, q_acc: self.combine(self.q_acc, power, q)?, blobs: self.blobs + 1 })
    }

    /// `sum + power * point`.
    fn combine(&self, sum: BlsPoint, power: Scalar, point: G1Affine) -> Result<BlsPoint, BlobError> {
        let sum = sum.to_affine().ok_or(BlobError::NotOnCurve { index: self.blobs })?;
        Ok((G1Projective::from(sum) + point * power).to_affine().into())
    }

    /// Checks the batch as L1 will, and closes it.
    ///
    /// # Errors
    /// [`BlobError::Challenge`] if the blobs are not those that the challenges were made for,
    /// [`BlobError::Opening`] if the combined proof does not verify.
    pub fn finalize(&self, challenges: &FinalBlobBatchingChallenges) -> Result<FinalBlobBatch, BlobError> {
        let BlobAccumulator { blob_commitments_hash_acc, z_acc, y_acc, c_acc, gamma_acc, .. } = self.public;
        require("z", challenges.z, z_acc)?;
        let gamma = hash_pair(gamma_acc, z_acc);
        let expected = Fr::from_be_bytes_reduced(&challenges.gamma.to_be_bytes());
        require("gamma", expected, gamma)?;
        let batch = FinalBlobBatch {
            accumulator: FinalBlobAccumulator {
                blob_commitments_hash: blob_commitments_hash_acc,
                z: z_acc,
                y: y_acc,
                c: c_acc,
            },
            q: self.q_acc.to_compressed(),
        };
        if verify_opening(c_acc.to_compressed(), z_acc, y_acc, batch.q)? {
            Ok(batch)
        } else {
            Err(BlobError::Opening { blobs: self.blobs })
        }
    }
}

fn require(what: &'static str, expected: Fr, actual: Fr) -> Result<(), BlobError> {
    if expected == actual { Ok(()) } else { Err(BlobError::Challenge { what, expected, actual }) }
}

/// One step of the SHA-256 chain over commitments; L1 stores the value after each checkpoint.
fn chain_commitment(previous: Fr, commitment: &Commitment) -> Fr {
    let mut bytes = [0; 80];
    bytes[..32].copy_from_slice(&previous.to_be_bytes());
    bytes[32..].copy_from_slice(&commitment.0);
    sha256_to_field(&bytes)
}

/// A closed batch: what the root proof says of the blobs, and the proof that L1 checks it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalBlobBatch {
    /// Part of the root's public inputs.
    pub accumulator: FinalBlobAccumulator,
    /// The combined KZG proof, compressed.
    pub q: [u8; 48],
}

impl FinalBlobBatch {
    /// Input of L1's point evaluation precompile, 192 bytes: versioned hash, `z`, `y`, commitment, proof.
    pub fn l1_input(&self) -> [u8; 192] {
        let commitment = self.accumulator.c.to_compressed();
        let mut bytes = [0; 192];
        bytes[..32].copy_from_slice(&Commitment(commitment).versioned_hash());
        bytes[32..64].copy_from_slice(&self.accumulator.z.to_be_bytes());
        bytes[64..96].copy_from_slice(&self.accumulator.y.to_be_bytes());
        bytes[96..144].copy_from_slice(&commitment);
        bytes[144..].copy_from_slice(&self.q);
        bytes
    }
}
