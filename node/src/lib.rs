//! The prover node of Aztec 4.1.2: from an unproven epoch on L1 to its root proof.
//!
//! - [`planner`]: pure; which circuits prove an epoch, and what each is given.

pub mod planner;
