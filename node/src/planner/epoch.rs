//! What the checkpoints of an epoch are told of one another: out hashes and blobs. Known once the epoch is complete.

use chinampa_protocol::Fr;
use chinampa_protocol::blob::batch::{BatchAccumulator, CheckpointBlobs, EpochOpenings, FinalBlobBatch};
use chinampa_protocol::blob::{
    BlobAccumulator, BlobError, BlsPoint, FinalBlobBatchingChallenges, blobs_hash,
};
use chinampa_protocol::circuits::{
    CheckpointRootRollupHints, EpochConstantData, FeeRecipient, RootRollupPublicInputs,
};
use chinampa_protocol::codec::Array;
use chinampa_protocol::constants::{MAX_CHECKPOINTS_PER_EPOCH, OUT_HASH_TREE_HEIGHT};
use chinampa_protocol::hash::sha256_pair;
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use chinampa_protocol::tree::ephemeral::epoch_out_hash;

use super::ShapeError;
use crate::execution::ExecutedCheckpoint;

/// Why checkpoints are not an epoch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EpochError {
    /// Not as many as an epoch has, or a checkpoint that no circuits prove.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The out hash in a header is not that of the checkpoints up to it.
    #[error("epoch out hash of checkpoint {checkpoint}: expected {expected}, got {actual}")]
    OutHash {
        /// The checkpoint.
        checkpoint: u32,
        /// What its header states.
        expected: Fr,
        /// What the checkpoints give.
        actual: Fr,
    },
    /// A checkpoint that does not follow the one before it.
    #[error("checkpoint {checkpoint} does not follow: {what} is {actual}, expected {expected}")]
    Order {
        /// The checkpoint.
        checkpoint: u32,
        /// What does not fit.
        what: &'static str,
        /// What the checkpoint before it leads to.
        expected: Fr,
        /// What the checkpoint states.
        actual: Fr,
    },
    /// A checkpoint outside the epoch, or behind a gap.
    #[error("checkpoint {actual} is not next: the epoch goes on with {expected} at most")]
    Number {
        /// The next one.
        expected: u32,
        /// The one that came.
        actual: u32,
    },
    /// The blobs cannot be opened together.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// What one checkpoint is told of the others.
#[derive(Clone, Debug)]
struct CheckpointLink {
    previous_out_hash: AppendOnlyTreeSnapshot,
    new_out_hash_sibling_path: Array<Fr, OUT_HASH_TREE_HEIGHT>,
    start_blob_accumulator: BlobAccumulator,
    end_blob_accumulator: BlobAccumulator,
    blob_commitments: Vec<BlsPoint>,
}

/// A complete epoch.
#[derive(Clone, Debug)]
pub struct EpochPlan {
    challenges: FinalBlobBatchingChallenges,
    links: Vec<CheckpointLink>,
    batch: FinalBlobBatch,
    root: RootRollupPublicInputs,
}

impl EpochPlan {
    /// Links the checkpoints of an epoch, in order. Costs one KZG opening a blob and one verification.
    ///
    /// # Errors
    /// [`EpochError`].
    pub fn new(checkpoints: &[&ExecutedCheckpoint]) -> Result<Self, EpochError> {
        let limit = MAX_CHECKPOINTS_PER_EPOCH;
        let actual = checkpoints.len();
        let (Some(first), Some(last)) = (checkpoints.first(), checkpoints.last()) else {
            return Err(ShapeError::Checkpoints { limit, actual }.into());
        };
        if actual > limit {
            return Err(ShapeError::Checkpoints { limit, actual }.into());
        }
        for pair in checkpoints.windows(2) {
            check_follows(pair[0], pair[1])?;
        }
        let blobs: Vec<CheckpointBlobs> =
            checkpoints.iter().map(|checkpoint| checkpoint.blobs.clone()).collect();
        let openings = EpochOpenings::compute(&blobs)?;
        let (links, accumulator) = link(checkpoints, &openings)?;
        let batch = accumulator.finalize(&openings.challenges)?;
        let padded = |values: Vec<Fr>| Array::padded(values).expect("at most 32 checkpoints");
        let fees = checkpoints.iter().map(|checkpoint| FeeRecipient {
            recipient: checkpoint.header.coinbase,
            value: checkpoint.blocks.iter().map(|block| block.header.total_fees).sum(),
        });
        let root = RootRollupPublicInputs {
            previous_archive_root: first.header.last_archive_root,
            end_archive_root: last.archive().root,
            out_hash: last.header.epoch_out_hash,
            checkpoint_header_hashes: padded(
                checkpoints.iter().map(|checkpoint| checkpoint.header.hash()).collect(),
            ),
            fees: Array::padded(fees).expect("at most 32 checkpoints"),
            constants: EpochConstantData {
                chain_id: first.constants.chain_id,
                version: first.constants.version,
                vk_tree_root: first.constants.vk_tree_root,
                protocol_contracts_hash: first.constants.protocol_contracts_hash,
                prover_id: first.constants.prover_id,
            },
            blob_public_inputs: batch.accumulator,
        };
        Ok(Self { challenges: openings.challenges, links, batch, root })
    }

    /// What the root must return.
    pub fn root_public_inputs(&self) -> &RootRollupPublicInputs {
        &self.root
    }

    /// The opening of all blobs that L1 checks with the root.
    pub fn blob_batch(&self) -> &FinalBlobBatch {
        &self.batch
    }

    /// The accumulator that the checkpoint at `index` must end with.
    pub fn end_blob_accumulator(&self, index: usize) -> &BlobAccumulator {
        &self.links[index].end_blob_accumulator
    }

    /// What the root circuit of the checkpoint at `index` is told beside its blocks.
    pub fn hints(&self, index: usize, checkpoint: &ExecutedCheckpoint) -> CheckpointRootRollupHints {
        let link = &self.links[index];
        CheckpointRootRollupHints {
            previous_block_header: checkpoint.previous_block_header,
            previous_archive_sibling_path: checkpoint.previous_archive_sibling_path.clone(),
            previous_out_hash: link.previous_out_hash,
            new_out_hash_sibling_path: link.new_out_hash_sibling_path.clone(),
            start_blob_accumulator: link.start_blob_accumulator,
            final_blob_challenges: self.challenges,
            blob_fields: Array::padded(checkpoint.blob_fields.iter().copied())
                .expect("execution laid them over blobs"),
            blob_commitments: Array::padded(link.blob_commitments.iter().copied())
                .expect("execution laid them over blobs"),
            blobs_hash: blobs_hash(&checkpoint.blob_commitments),
        }
    }
}

/// Whether `next` stands on `previous`.
///
/// # Errors
/// [`EpochError::Order`].
pub fn check_follows(previous: &ExecutedCheckpoint, next: &ExecutedCheckpoint) -> Result<(), EpochError> {
    for (what, expected, actual) in [
        ("last archive root", previous.archive().root, next.header.last_archive_root),
        ("chain id", previous.constants.chain_id, next.constants.chain_id),
        ("rollup version", previous.constants.version, next.constants.version),
        ("prover id", previous.constants.prover_id, next.constants.prover_id),
    ] {
        if expected != actual {
            return Err(EpochError::Order { checkpoint: next.number, what, expected, actual });
        }
    }
    Ok(())
}

fn link(
    checkpoints: &[&ExecutedCheckpoint],
    openings: &EpochOpenings,
) -> Result<(Vec<CheckpointLink>, BatchAccumulator), EpochError> {
    let mut accumulator = BatchAccumulator::default();
    let mut evaluations = openings.evaluations.iter();
    let mut out_hashes = Vec::with_capacity(checkpoints.len());
    let mut links = Vec::with_capacity(checkpoints.len());
    for checkpoint in checkpoints {
        let (previous_out_hash, new_out_hash_sibling_path) = out_hash_hint(&out_hashes);
        let start_blob_accumulator = accumulator.public;
        for (commitment, evaluation) in checkpoint.blob_commitments.iter().zip(&mut evaluations) {
            let hash = checkpoint.blobs.blob_fields_hash;
            accumulator = accumulator.accumulate(hash, commitment, evaluation, &openings.challenges)?;
        }
        let points = checkpoint.blob_commitments.iter().map(|commitment| commitment.to_point());
        links.push(CheckpointLink {
            previous_out_hash,
            new_out_hash_sibling_path,
            start_blob_accumulator,
            end_blob_accumulator: accumulator.public,
            blob_commitments: points.collect::<Result<_, _>>()?,
        });
        out_hashes.push(checkpoint.out_hash);
        let expected = checkpoint.header.epoch_out_hash;
        let actual = epoch_out_hash(&out_hashes).expect("at most 32 checkpoints");
        if expected != actual {
            return Err(EpochError::OutHash { checkpoint: checkpoint.number, expected, actual });
        }
    }
    Ok((links, accumulator))
}

/// The epoch's out-hash tree over the out hashes so far, and where the next one is put.
fn out_hash_hint(out_hashes: &[Fr]) -> (AppendOnlyTreeSnapshot, Array<Fr, OUT_HASH_TREE_HEIGHT>) {
    let mut level = out_hashes.to_vec();
    level.resize(1 << OUT_HASH_TREE_HEIGHT, Fr::ZERO);
    let mut index = out_hashes.len();
    let path = Array::from_fn(|_| {
        let sibling = level[index ^ 1];
        level = level.chunks_exact(2).map(|pair| sha256_pair(pair[0], pair[1])).collect();
        index >>= 1;
        sibling
    });
    let next_available_leaf_index = u32::try_from(out_hashes.len()).expect("at most 32 checkpoints");
    (AppendOnlyTreeSnapshot { root: level[0], next_available_leaf_index }, path)
}
