//! What is asked of the contract before anything is sent. Everything it would refuse for is found here, without gas.

use alloy::primitives::{B256, U256};
use alloy::providers::DynProvider;
use alloy::rpc::types::state::{AccountOverride, StateOverride, StateOverridesBuilder};

use super::{PublishError, Submission};
use crate::l1::contracts::Rollup;
use crate::l1::{L1Error, STF_STORAGE};

/// Whether the proof still has to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nobody submitted it for this prover.
    Submit {
        /// Last checkpoint that is proven.
        proven: u64,
    },
    /// It is on L1 already, from here or relayed by somebody else.
    Submitted,
}

/// Compares a submission with the contract's state.
pub(super) async fn check(
    rollup: &Rollup::RollupInstance<&DynProvider>,
    submission: &Submission,
) -> Result<Need, PublishError> {
    let failed = |call| L1Error::contract(call, *rollup.address());
    let (first, last) = (submission.proof.first, submission.proof.last);
    let has_submitted = rollup
        .getHasSubmitted(U256::from(submission.epoch), U256::from(submission.length()), submission.prover())
        .call()
        .await
        .map_err(failed("getHasSubmitted"))?;
    if has_submitted {
        return Ok(Need::Submitted);
    }
    let tips = rollup.getTips().call().await.map_err(failed("getTips"))?;
    let number = |value: U256| u64::try_from(value).unwrap_or(u64::MAX);
    let (pending, proven) = (number(tips.pending), number(tips.proven));
    if proven > u64::from(last) && !submission.is_whole {
        return Err(PublishError::Superseded { proven, last });
    }
    if pending < u64::from(last) {
        return Err(PublishError::NotPending { pending, last });
    }
    let args = submission.public_input_args();
    for (checkpoint, expected) in [(first - 1, args.previousArchive), (last, args.endArchive)] {
        let actual = rollup.archiveAt(U256::from(checkpoint)).call().await.map_err(failed("archiveAt"))?;
        if actual != expected {
            return Err(PublishError::Archive { checkpoint, expected, actual });
        }
    }
    let inputs = rollup
        .getEpochProofPublicInputs(
            U256::from(first),
            U256::from(last),
            args,
            submission.fees(),
            submission.blob_inputs(),
        )
        .call()
        .await
        .map_err(failed("getEpochProofPublicInputs"))?;
    compare(&submission.public_inputs(), &inputs)?;
    Ok(Need::Submit { proven })
}

/// What to assume while the gas of a submission is estimated: that everything before it is proven, as it will be when
/// the transaction's turn comes. Nothing if it already is.
pub(super) async fn proven_before(
    rollup: &Rollup::RollupInstance<&DynProvider>,
    submission: &Submission,
) -> Result<Option<StateOverride>, PublishError> {
    let before = U256::from(submission.proof.first - 1);
    let tips = rollup
        .getTips()
        .call()
        .await
        .map_err(|error| L1Error::contract("getTips", *rollup.address())(error))?;
    if tips.proven >= before {
        return Ok(None);
    }
    // The first word of the state: the pending tip in the high half, the proven one in the low half.
    let word = B256::from((tips.pending << 128) | before);
    let state = AccountOverride::default().with_state_diff([(STF_STORAGE, word)]);
    Ok(Some(StateOverridesBuilder::default().append(*rollup.address(), state).build()))
}

fn compare(expected: &[B256], actual: &[B256]) -> Result<(), PublishError> {
    if expected.len() != actual.len() {
        let (expected, actual) = (expected.len(), actual.len());
        return Err(PublishError::PublicInputCount { expected, actual });
    }
    let mut pairs = expected.iter().copied().zip(actual.iter().copied()).enumerate();
    match pairs.find(|(_, (expected, actual))| expected != actual) {
        Some((index, (expected, actual))) => Err(PublishError::PublicInput { index, expected, actual }),
        None => Ok(()),
    }
}
