//! The tree of circuits that proves an epoch.
//!
//! # Sources
//! Aztec 4.1.2 `prover-client/src/orchestrator` and `foundation/src/trees/unbalanced_tree_store.ts`.

mod shape;

pub use shape::{Child, MergeTree, Top};
