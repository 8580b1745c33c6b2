//! What the rollup circuits ask while they are solved.
//!
//! # Sources
//! `foreignCallHandler` of `@aztec/noir-protocol-circuits-types` 4.1.2.

use chinampa_circuits::{Oracle, OracleError};
use chinampa_kernels::Fr;
use chinampa_protocol::blob::batch::{
    BatchAccumulator, BlobAccumulator, CheckpointBlobs, FinalBlobBatchingChallenges, blob_fields_hash,
};
use chinampa_protocol::blob::{BlobError, BlsPoint};
use chinampa_protocol::codec::{AbiError, FromFields, ToFields as _};
use chinampa_protocol::constants::{BLOBS_PER_CHECKPOINT, FIELDS_PER_BLOB};

use crate::backend::Work;

/// Fields of a point of BLS12-381: two coordinates of four limbs, and whether it is infinity.
const POINT_LEN: usize = 9;
/// Fields of the challenges.
const CHALLENGES_LEN: usize = 4;
/// Fields of an accumulator.
const ACCUMULATOR_LEN: usize = 18;

/// Answers the calls of the circuits that stand for the proven ones in simulation: checkpoint roots leave their blobs
/// to the world outside, where KZG takes milliseconds. Messages go to the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct RollupOracle<'a> {
    work: Option<&'a Work>,
}

impl<'a> RollupOracle<'a> {
    /// An oracle that ends solving when the work is called off.
    pub fn new(work: &'a Work) -> Self {
        Self { work: Some(work) }
    }
}

impl Oracle for RollupOracle<'_> {
    fn call(&mut self, name: &str, arguments: &[Vec<Fr>]) -> Result<Vec<Vec<Fr>>, OracleError> {
        match name {
            "evaluateBlobs" => Ok(vec![evaluate_blobs(&arguments.concat())?]),
            "utilityLog" => {
                log(arguments);
                Ok(Vec::new())
            }
            // Keeps the compiler from dropping what nothing else uses.
            "noOp" => Ok(Vec::new()),
            _ => Err(OracleError::Unknown),
        }
    }

    fn should_stop(&self) -> bool {
        self.work.is_some_and(Work::is_cancelled)
    }
}

/// Level, message and values of a log call.
fn log(arguments: &[Vec<Fr>]) {
    let [_level, message, _count, values] = arguments else {
        tracing::debug!(arguments = arguments.len(), "a circuit logs in an unknown form");
        return;
    };
    let text: String = message.iter().map(|field| char::from(field.to_be_bytes()[31])).collect();
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    tracing::debug!(?values, "a circuit says: {text}");
}

/// Reads fields from the front of the flattened arguments.
struct Fields<'a>(&'a [Fr]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize, what: &str) -> Result<&'a [Fr], OracleError> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| OracleError::refused(format!("{what} ends after {} fields", self.0.len())))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, what: &str, limit: usize) -> Result<usize, OracleError> {
        let limbs = self.take(1, what)?[0].to_canonical_limbs();
        let number = usize::try_from(limbs[0]).ok().filter(|number| *number <= limit && limbs[1..] == [0; 3]);
        number.ok_or_else(|| OracleError::refused(format!("{what} is above {limit}")))
    }

    fn object<T: FromFields>(&mut self, count: usize, what: &str) -> Result<T, OracleError> {
        let wrong = |error: AbiError| OracleError::refused(format!("{what}: {error}"));
        T::from_all_fields(self.take(count, what)?).map_err(wrong)
    }
}

/// Checks that the blobs of a checkpoint are those that its blocks absorbed and that it is given commitments of, and
/// returns the epoch's accumulator after them.
fn evaluate_blobs(arguments: &[Fr]) -> Result<Vec<Fr>, OracleError> {
    let mut fields = Fields(arguments);
    let blob_count = fields.number("the number of blobs", BLOBS_PER_CHECKPOINT)?;
    let padded = fields.take(FIELDS_PER_BLOB * blob_count, "the blob fields")?;
    let field_count = fields.number("the number of blob fields", padded.len())?;
    let expected = fields.take(1, "the hash of the blob fields")?[0];
    let injected = (0..blob_count)
        .map(|_| fields.object::<BlsPoint>(POINT_LEN, "a commitment"))
        .collect::<Result<Vec<_>, _>>()?;
    let challenges: FinalBlobBatchingChallenges = fields.object(CHALLENGES_LEN, "the challenges")?;
    let start: BlobAccumulator = fields.object(ACCUMULATOR_LEN, "the accumulator")?;

    let blob_fields = &padded[..field_count];
    let computed = blob_fields_hash(blob_fields);
    if computed != expected {
        let text = format!(
            "injected blob fields do not match rolled up fields: computed hash {computed}, used in circuits {expected}"
        );
        return Err(OracleError::refused(text));
    }
    let end = accumulate(blob_fields, &injected, &challenges, start);
    Ok(end.map_err(|error| OracleError::refused(error.to_string()))??.fields())
}

/// The accumulator after the blobs of `fields`; the inner error says that a commitment is another.
fn accumulate(
    fields: &[Fr],
    injected: &[BlsPoint],
    challenges: &FinalBlobBatchingChallenges,
    start: BlobAccumulator,
) -> Result<Result<BlobAccumulator, OracleError>, BlobError> {
    let checkpoint = CheckpointBlobs::new(fields)?;
    let is_first = start == BlobAccumulator::default();
    // The combined proof is for L1 and not for circuits.
    let mut accumulator =
        BatchAccumulator { public: start, q_acc: BlsPoint::INFINITY, blobs: usize::from(!is_first) };
    for (blob, injected) in checkpoint.blobs.iter().zip(injected) {
        let commitment = blob.commitment()?;
        if commitment.to_point()? != *injected {
            return Ok(Err(OracleError::refused("a blob commitment is not that of the blob")));
        }
        let evaluation = blob.evaluate(challenges.z)?;
        accumulator =
            accumulator.accumulate(checkpoint.blob_fields_hash, &commitment, &evaluation, challenges)?;
    }
    Ok(Ok(accumulator.public))
}
