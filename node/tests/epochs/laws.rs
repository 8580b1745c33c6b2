//! The tree of circuits over any legal epoch.

use std::collections::BTreeMap;

use chinampa_jobs::RequestType;
use chinampa_node::planner::{Graph, NodeKind, ShapeError};
use proptest::prelude::*;

/// Txs of each block of a checkpoint: the first block may have none.
fn checkpoint() -> impl Strategy<Value = Vec<usize>> {
    (0_usize..40, prop::collection::vec(1_usize..40, 0..12)).prop_map(|(first, later)| {
        let mut txs = vec![first];
        txs.extend(later);
        txs
    })
}

/// Every node but the last has one parent, which comes later and has it among its children.
fn assert_tree(graph: &Graph) {
    let nodes = graph.nodes();
    let mut parents = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for child in &node.children {
            assert!(*child < index, "children come first");
            assert_eq!(parents.insert(*child, index), None, "one parent");
        }
    }
    for (index, node) in nodes.iter().enumerate() {
        assert_eq!(node.parent, parents.get(&index).copied());
        assert_eq!(node.parent.is_none(), index + 1 == nodes.len(), "only the last has no parent");
    }
}

fn counts(graph: &Graph, skip: usize) -> BTreeMap<RequestType, usize> {
    let mut counts = BTreeMap::new();
    for node in &graph.nodes()[skip..] {
        *counts.entry(node.request_type).or_default() += 1;
    }
    counts
}

fn some(counts: impl IntoIterator<Item = (RequestType, usize)>) -> BTreeMap<RequestType, usize> {
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

proptest! {
    #[test]
    fn a_checkpoint_is_a_tree_with_counts_by_formula(txs in checkpoint()) {
        let graph = Graph::checkpoint(&txs).expect("legal");
        assert_tree(&graph);
        let later = &txs[1..];
        let count = |holds: bool| usize::from(holds);
        let expected = some([
            (RequestType::ParityBase, 4),
            (RequestType::ParityRoot, 1),
            (RequestType::PrivateTxBaseRollup, txs.iter().sum()),
            (RequestType::TxMergeRollup, txs.iter().map(|txs| txs.saturating_sub(2)).sum()),
            (RequestType::BlockRootEmptyTxFirstRollup, count(txs[0] == 0)),
            (RequestType::BlockRootSingleTxFirstRollup, count(txs[0] == 1)),
            (RequestType::BlockRootFirstRollup, count(txs[0] > 1)),
            (RequestType::BlockRootSingleTxRollup, later.iter().filter(|txs| **txs == 1).count()),
            (RequestType::BlockRootRollup, later.iter().filter(|txs| **txs > 1).count()),
            (RequestType::BlockMergeRollup, txs.len().saturating_sub(2)),
            (RequestType::CheckpointRootSingleBlockRollup, count(txs.len() == 1)),
            (RequestType::CheckpointRootRollup, count(txs.len() > 1)),
        ]);
        prop_assert_eq!(counts(&graph, 0), expected);
        let last = graph.nodes().last().expect("not empty");
        prop_assert_eq!(last.kind, NodeKind::CheckpointRoot);
    }

    #[test]
    fn an_epoch_is_a_tree_with_counts_by_formula(checkpoints in 1_usize..=32) {
        let graph = Graph::epoch(checkpoints).expect("legal");
        assert_tree(&graph);
        let expected = some([
            (RequestType::CheckpointMergeRollup, checkpoints.saturating_sub(2)),
            (RequestType::CheckpointPaddingRollup, usize::from(checkpoints == 1)),
            (RequestType::RootRollup, 1),
        ]);
        prop_assert_eq!(counts(&graph, checkpoints), expected);
        prop_assert!(graph.nodes()[..checkpoints].iter().all(|node| node.kind == NodeKind::CheckpointRoot));
    }

    /// A block of hundreds of txs.
    #[test]
    fn large_blocks_are_trees(txs in 2_usize..1_000) {
        let graph = Graph::checkpoint(&[txs]).expect("legal");
        assert_tree(&graph);
        // Four parity bases, their root, the block's and the checkpoint's.
        prop_assert_eq!(graph.nodes().len(), 2 * txs - 2 + 7);
    }
}

#[test]
fn shapes_that_no_circuits_prove_are_refused() {
    assert_eq!(Graph::checkpoint(&[]), Err(ShapeError::NoBlocks));
    assert_eq!(Graph::checkpoint(&[0, 1, 0]), Err(ShapeError::EmptyBlock { block: 2 }));
    assert!(Graph::checkpoint(&[0]).is_ok());
    for actual in [0, 33] {
        assert_eq!(Graph::epoch(actual), Err(ShapeError::Checkpoints { limit: 32, actual }));
    }
    assert!(Graph::epoch(1).is_ok() && Graph::epoch(32).is_ok());
}
