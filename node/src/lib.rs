//! The prover node of Aztec 4.1.2: from an unproven epoch on L1 to its root proof.
//!
//! - [`execution`]: a checkpoint and its txs to what its circuits are told.
//! - [`planner`]: pure; which circuits prove an epoch, and what each is given.

pub mod execution;
pub mod planner;
