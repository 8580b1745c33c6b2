//! The tree of circuits that proves an epoch, and what each of them is given.
//!
//! Pure: executed checkpoints and finished proofs in, inputs of circuits out. [`Graph`] says which proofs an epoch
//! takes, [`inputs`] what each circuit is given, [`EpochPlan`] what checkpoints are told of one another.
//!
//! # Sources
//! Aztec 4.1.2 `prover-client/src/orchestrator` and `foundation/src/trees/unbalanced_tree_store.ts`.

mod epoch;
pub(crate) mod expect;
mod graph;
pub mod inputs;
mod output;
mod shape;

pub use epoch::{EpochError, EpochPlan, check_follows};
pub use graph::{Graph, Node, NodeKind, ShapeError};
pub use output::{Output, OutputError, RootProof};
pub use shape::{Child, MergeTree, Top};
