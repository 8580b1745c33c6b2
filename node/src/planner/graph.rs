//! Which circuits prove a checkpoint, and an epoch of checkpoints, and which of them need whose proofs.

use chinampa_jobs::RequestType;
use chinampa_protocol::constants::{
    MAX_CHECKPOINTS_PER_EPOCH, NUM_BASE_PARITY_PER_ROOT_PARITY as PARITY_BASES,
};

use super::{Child, MergeTree, Top};

/// What a node proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A quarter of the checkpoint's messages, from 0.
    ParityBase(usize),
    /// All of them.
    ParityRoot,
    /// A tx without public calls.
    TxBase {
        /// Position of its block in the checkpoint.
        block: usize,
        /// Position in the block.
        tx: usize,
    },
    /// Two neighbours of a block's txs.
    TxMerge,
    /// A block, by its position in the checkpoint.
    BlockRoot(usize),
    /// Two neighbours of a checkpoint's blocks.
    BlockMerge,
    /// A checkpoint.
    CheckpointRoot,
    /// Two neighbours of an epoch's checkpoints.
    CheckpointMerge,
    /// What stands to the right of the only checkpoint of an epoch.
    CheckpointPadding,
    /// The epoch.
    Root,
}

/// One proof to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it proves.
    pub kind: NodeKind,
    /// The circuit.
    pub request_type: RequestType,
    /// Whose proofs it takes, in the order of the circuit's inputs.
    pub children: Vec<usize>,
    /// The node that takes its proof; none for the last.
    pub parent: Option<usize>,
}

/// Proofs to make, each behind those that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<Node>,
}

/// A checkpoint or epoch that no circuits prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A checkpoint without blocks.
    #[error("a checkpoint has at least one block")]
    NoBlocks,
    /// A block without txs that is not the first of its checkpoint.
    #[error("block {block} of the checkpoint has no txs, which only the first may do")]
    EmptyBlock {
        /// Position of the block.
        block: usize,
    },
    /// No checkpoints, or more than an epoch has.
    #[error("expected 1 to {limit} checkpoints, got {actual}")]
    Checkpoints {
        /// 32.
        limit: usize,
        /// What came.
        actual: usize,
    },
}

impl Graph {
    /// The proofs of one checkpoint, its own last. `txs` has the number of txs of each block.
    ///
    /// # Errors
    /// [`ShapeError::NoBlocks`], [`ShapeError::EmptyBlock`].
    pub fn checkpoint(txs: &[usize]) -> Result<Self, ShapeError> {
        if txs.is_empty() {
            return Err(ShapeError::NoBlocks);
        }
        if let Some(block) = txs.iter().skip(1).position(|count| *count == 0) {
            return Err(ShapeError::EmptyBlock { block: block + 1 });
        }
        let mut graph = Self { nodes: Vec::new() };
        let bases = (0..PARITY_BASES)
            .map(|index| graph.add(NodeKind::ParityBase(index), RequestType::ParityBase, Vec::new()));
        let bases = bases.collect();
        let parity = graph.add(NodeKind::ParityRoot, RequestType::ParityRoot, bases);
        let roots: Vec<_> =
            txs.iter().enumerate().map(|(block, txs)| graph.block(block, *txs, parity)).collect();
        let top = graph.merge(&roots, NodeKind::BlockMerge, RequestType::BlockMergeRollup);
        let request_type = match top.len() {
            1 => RequestType::CheckpointRootSingleBlockRollup,
            _ => RequestType::CheckpointRootRollup,
        };
        graph.add(NodeKind::CheckpointRoot, request_type, top);
        Ok(graph)
    }

    /// The proofs above `checkpoints` checkpoints, the epoch's last. The first nodes are the checkpoints themselves;
    /// their own [`checkpoint`](Self::checkpoint) graphs make their proofs.
    ///
    /// # Errors
    /// [`ShapeError::Checkpoints`] for none and above 32.
    pub fn epoch(checkpoints: usize) -> Result<Self, ShapeError> {
        let limit = MAX_CHECKPOINTS_PER_EPOCH;
        if checkpoints == 0 || checkpoints > limit {
            return Err(ShapeError::Checkpoints { limit, actual: checkpoints });
        }
        let mut graph = Self { nodes: Vec::new() };
        let leaves = (0..checkpoints)
            .map(|_| graph.add(NodeKind::CheckpointRoot, RequestType::CheckpointRootRollup, Vec::new()));
        let leaves: Vec<_> = leaves.collect();
        let mut top = graph.merge(&leaves, NodeKind::CheckpointMerge, RequestType::CheckpointMergeRollup);
        if top.len() == 1 {
            let kind = NodeKind::CheckpointPadding;
            top.push(graph.add(kind, RequestType::CheckpointPaddingRollup, Vec::new()));
        }
        graph.add(NodeKind::Root, RequestType::RootRollup, top);
        Ok(graph)
    }

    /// All nodes; children come before their parents.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    fn block(&mut self, block: usize, txs: usize, parity: usize) -> usize {
        let bases: Vec<_> = (0..txs)
            .map(|tx| self.add(NodeKind::TxBase { block, tx }, RequestType::PrivateTxBaseRollup, Vec::new()))
            .collect();
        let top = self.merge(&bases, NodeKind::TxMerge, RequestType::TxMergeRollup);
        let request_type = match (block, top.len()) {
            (0, 0) => RequestType::BlockRootEmptyTxFirstRollup,
            (0, 1) => RequestType::BlockRootSingleTxFirstRollup,
            (0, _) => RequestType::BlockRootFirstRollup,
            (_, 1) => RequestType::BlockRootSingleTxRollup,
            _ => RequestType::BlockRootRollup,
        };
        let mut children = top;
        if block == 0 {
            children.insert(0, parity);
        }
        self.add(NodeKind::BlockRoot(block), request_type, children)
    }

    /// Pairs `leaves` up to what the root above them takes.
    fn merge(&mut self, leaves: &[usize], kind: NodeKind, request_type: RequestType) -> Vec<usize> {
        let MergeTree { merges, top } = MergeTree::new(leaves.len());
        let mut placed = Vec::with_capacity(merges.len());
        let node = |child: &Child, placed: &[usize]| match *child {
            Child::Leaf(index) => leaves[index],
            Child::Merge(index) => placed[index],
        };
        for pair in &merges {
            let children = pair.iter().map(|child| node(child, &placed)).collect();
            placed.push(self.add(kind, request_type, children));
        }
        Top::children(&top).iter().map(|child| node(child, &placed)).collect()
    }

    fn add(&mut self, kind: NodeKind, request_type: RequestType, children: Vec<usize>) -> usize {
        let index = self.nodes.len();
        for child in &children {
            self.nodes[*child].parent = Some(index);
        }
        self.nodes.push(Node { kind, request_type, children, parent: None });
        index
    }
}
