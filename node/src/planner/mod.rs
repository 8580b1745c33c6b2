//! The tree of circuits that proves an epoch, and what each of them is given.
//!
//! # Sources
//! Aztec 4.1.2 `prover-client/src/orchestrator` and `foundation/src/trees/unbalanced_tree_store.ts`.

mod graph;
mod shape;

pub use graph::{Graph, Node, NodeKind, ShapeError};
pub use shape::{Child, MergeTree, Top};
