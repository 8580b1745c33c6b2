//! Transactions: what a client sends ([`Tx`]), what it proves ([`TxData`]), what it does to the state
//! ([`TxEffect`]).

mod checks;
mod data;
mod effect;
mod kernel;
mod logs;

pub use checks::TxError;
pub use data::{ChonkProof, HashedValues, Tx, TxData};
pub use effect::{RevertCode, TxEffect};
pub use kernel::{
    LogHash, PrivateLog, PrivateToPublicAccumulatedData, PrivateToPublicKernelCircuitPublicInputs,
    PrivateToRollupAccumulatedData, PrivateToRollupKernelCircuitPublicInputs, PublicCallRequest,
    ScopedLogHash, TxConstantData, TxContext,
};
pub use logs::{ContractClassLog, PublicLog};
