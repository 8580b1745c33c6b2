//! What can be checked of a fetched tx without any state.

use chinampa_kernels::Fr;

use super::{PublicCallRequest, ScopedLogHash, Tx, TxData};
use crate::constants::MAX_FR_CALLDATA_TO_ALL_ENQUEUED_CALLS;
use crate::hash::{calldata_hash, contract_class_log_hash};

/// Why a tx is not what it claims to be. Another source may have a good copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TxError {
    /// The hash is not that of the data.
    #[error("tx hash is {actual}, the data gives {expected}")]
    Hash {
        /// Recomputed.
        expected: Fr,
        /// Claimed.
        actual: Fr,
    },
    /// Not one list of calldata a public call.
    #[error("expected calldata of {expected} public calls, got {actual}")]
    CalldataCount {
        /// Public calls in the data.
        expected: usize,
        /// Lists that came.
        actual: usize,
    },
    /// More calldata than a tx may have.
    #[error("expected at most {limit} fields of calldata, got {actual}")]
    CalldataLength {
        /// 16,000.
        limit: usize,
        /// What came.
        actual: usize,
    },
    /// No calldata under the hash that the kernel bound.
    #[error("no calldata for public call {index}, whose hash is {expected}")]
    CalldataMissing {
        /// The call, in the order in which they run.
        index: usize,
        /// Hash in the call request.
        expected: Fr,
    },
    /// Calldata that is not what its hash says.
    #[error("calldata of public call {index} hashes to {actual}, the kernel bound {expected}")]
    Calldata {
        /// The call, in the order in which they run.
        index: usize,
        /// Hash in the call request.
        expected: Fr,
        /// Hash of what came.
        actual: Fr,
    },
    /// Not one list of fields a contract class log.
    #[error("expected fields of {expected} contract class logs, got {actual}")]
    ClassLogCount {
        /// Logs in the data.
        expected: usize,
        /// Lists that came.
        actual: usize,
    },
    /// A contract class log that the kernel did not bind.
    #[error("contract class log {index} hashes to {actual}, the kernel bound {expected}")]
    ClassLog {
        /// The log.
        index: usize,
        /// Hash in the data.
        expected: Fr,
        /// Hash of what came.
        actual: Fr,
    },
    /// A contract class log with fields behind its declared end.
    #[error("contract class log {index} declares {declared} fields, but field {last} is not zero")]
    ClassLogLength {
        /// The log.
        index: usize,
        /// Length in the data.
        declared: u32,
        /// Last field that is not zero.
        last: usize,
    },
}

impl Tx {
    /// Checks hash, calldata and contract class logs against each other. The client's proof is not looked at.
    ///
    /// # Errors
    /// The first [`TxError`].
    ///
    /// # Source
    /// Aztec 4.1.2 `p2p/src/msg_validators/tx_validator/data_validator.ts`.
    pub fn check(&self) -> Result<(), TxError> {
        let expected = self.data.tx_hash();
        if self.tx_hash != expected {
            return Err(TxError::Hash { expected, actual: self.tx_hash });
        }
        self.check_calldata()?;
        self.check_class_logs()
    }

    /// Calldata of a public call. It is found by its hash: the list is in no particular order.
    pub fn calldata(&self, call: &PublicCallRequest) -> Option<&[Fr]> {
        let calldata =
            self.public_function_calldata.iter().rfind(|calldata| calldata.hash == call.calldata_hash);
        calldata.map(|calldata| calldata.values.as_slice())
    }

    fn check_calldata(&self) -> Result<(), TxError> {
        let calls = self.data.public_calls();
        let calldata = &self.public_function_calldata;
        if calls.len() != calldata.len() {
            return Err(TxError::CalldataCount { expected: calls.len(), actual: calldata.len() });
        }
        let total = calldata.iter().map(|call| call.values.len()).sum();
        if total > MAX_FR_CALLDATA_TO_ALL_ENQUEUED_CALLS {
            let limit = MAX_FR_CALLDATA_TO_ALL_ENQUEUED_CALLS;
            return Err(TxError::CalldataLength { limit, actual: total });
        }
        for (index, call) in calls.iter().enumerate() {
            let expected = call.calldata_hash;
            let values = self.calldata(call).ok_or(TxError::CalldataMissing { index, expected })?;
            let actual = calldata_hash(values);
            if actual != expected {
                return Err(TxError::Calldata { index, expected, actual });
            }
        }
        Ok(())
    }

    fn check_class_logs(&self) -> Result<(), TxError> {
        let hashes = self.data.contract_class_log_hashes();
        let logs = &self.contract_class_log_fields;
        if hashes.len() != logs.len() {
            return Err(TxError::ClassLogCount { expected: hashes.len(), actual: logs.len() });
        }
        for (index, (hash, log)) in hashes.iter().zip(logs).enumerate() {
            let (expected, actual) = (hash.log_hash.value, contract_class_log_hash(&log.fields));
            if actual != expected {
                return Err(TxError::ClassLog { index, expected, actual });
            }
            let declared = hash.log_hash.length;
            let last = log.fields.iter().rposition(|field| !field.is_zero());
            if let Some(last) = last.filter(|last| *last >= declared as usize) {
                return Err(TxError::ClassLogLength { index, declared, last });
            }
        }
        Ok(())
    }
}

impl TxData {
    /// Hashes of the contract class logs, those that a revert keeps first.
    pub fn contract_class_log_hashes(&self) -> Vec<ScopedLogHash> {
        let all: Vec<&ScopedLogHash> = match self {
            Self::ForRollup(data) => data.end.contract_class_logs_hashes.iter().collect(),
            Self::ForPublic(data) => {
                let kept = data.non_revertible_accumulated_data.contract_class_logs_hashes.iter();
                kept.chain(data.revertible_accumulated_data.contract_class_logs_hashes.iter()).collect()
            }
        };
        all.into_iter().filter(|hash| **hash != ScopedLogHash::default()).copied().collect()
    }
}
