//! Re-execution: from a checkpoint on L1 and its txs to everything that its circuits are told beside proofs.
//!
//! A checkpoint is executed on a fork of the world state after the block before it. Nothing is taken on trust: effects,
//! headers, archive, blobs and message roots are computed and compared with what L1 has.
//!
//! Only txs without public calls are executed. A tx with public calls needs the AVM, and its checkpoint is refused
//! before anything is done ([`ExecutionError::PublicCalls`]).
//!
//! # Sources
//! Aztec 4.1.2 `simulator/src/public/public_processor`, `prover-client/src/orchestrator/block-building-helpers.ts`,
//! `stdlib/src/{fees,tx}`.

mod block;
mod checkpoint;
mod effect;
mod error;
mod input;
mod tx;

pub use block::ExecutedBlock;
pub use checkpoint::{ExecutedCheckpoint, execute_checkpoint};
pub use effect::{effective_gas_fees, transaction_fee, tx_effect};
pub use error::{ExecutionError, TxRefusal};
pub use input::{CheckpointInput, ProverContext, refuse_public_calls};
