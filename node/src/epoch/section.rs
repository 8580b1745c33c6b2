//! The nodes of a graph with what is known of each.

use std::sync::Arc;

use chinampa_jobs::JobId;
use chinampa_protocol::circuits::PrivateTxBaseRollupPrivateInputs;
use chinampa_protocol::codec::Encode as _;
use chinampa_protocol::state::PartialStateReference;

use crate::execution::ExecutedCheckpoint;
use crate::planner::{Graph, Node, Output, ShapeError};

/// How far a node is.
#[derive(Clone, Debug)]
pub(super) enum NodeState {
    /// It waits for so many others.
    Waiting(usize),
    /// It has a job.
    Pending(JobId),
    /// It is proven.
    Done(Arc<Output>),
}

/// A graph on its way.
#[derive(Debug)]
pub(super) struct Section {
    graph: Graph,
    states: Vec<NodeState>,
}

impl Section {
    pub(super) fn new(graph: Graph) -> Self {
        let states = graph.nodes().iter().map(|node| NodeState::Waiting(node.children.len())).collect();
        Self { graph, states }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        self.graph.nodes()
    }

    pub(super) fn node(&self, index: usize) -> &Node {
        &self.graph.nodes()[index]
    }

    pub(super) fn state(&self, index: usize) -> &NodeState {
        &self.states[index]
    }

    /// The last node: the checkpoint or the epoch.
    pub(super) fn last(&self) -> usize {
        self.graph.nodes().len() - 1
    }

    pub(super) fn set(&mut self, index: usize, state: NodeState) {
        self.states[index] = state;
    }

    /// Makes a node wait for one thing more than its children, and forgets its job.
    pub(super) fn hold(&mut self, index: usize) {
        let children = &self.graph.nodes()[index].children;
        let missing = children.iter().filter(|child| !matches!(self.states[**child], NodeState::Done(_)));
        self.states[index] = NodeState::Waiting(missing.count() + 1);
    }

    /// One of the things that a node waits for is there. Whether that was the last.
    pub(super) fn arrived(&mut self, index: usize) -> bool {
        match &mut self.states[index] {
            NodeState::Waiting(missing) => {
                *missing -= 1;
                *missing == 0
            }
            NodeState::Pending(_) | NodeState::Done(_) => {
                unreachable!("a node gets a job only when nothing is missing")
            }
        }
    }

    /// The proofs that a node takes, if all are there.
    pub(super) fn children(&self, index: usize) -> Vec<Arc<Output>> {
        let children = self.graph.nodes()[index].children.iter();
        let outputs = children.map(|child| match &self.states[*child] {
            NodeState::Done(output) => Arc::clone(output),
            NodeState::Waiting(_) | NodeState::Pending(_) => {
                unreachable!("a node is asked for when its children are there")
            }
        });
        outputs.collect()
    }
}

/// A checkpoint on its way to its proof.
#[derive(Debug)]
pub(super) struct CheckpointSection {
    /// What was executed, without the txs' inputs: they are encoded as soon as the checkpoint is there.
    pub(super) executed: ExecutedCheckpoint,
    pub(super) section: Section,
    /// State after each tx of each block.
    tx_ends: Vec<Vec<PartialStateReference>>,
    /// Inputs of the tx bases by block, until their jobs are made.
    tx_inputs: Vec<Vec<Vec<u8>>>,
}

impl CheckpointSection {
    pub(super) fn new(mut executed: ExecutedCheckpoint) -> Result<Self, ShapeError> {
        let txs: Vec<usize> = executed.blocks.iter().map(|block| block.txs.len()).collect();
        let mut section = Section::new(Graph::checkpoint(&txs)?);
        section.hold(section.last());
        let mut tx_ends = Vec::with_capacity(txs.len());
        let mut tx_inputs = Vec::with_capacity(txs.len());
        for block in &mut executed.blocks {
            let inputs = std::mem::take(&mut block.txs);
            tx_ends.push(ends(&inputs, block.header.state.partial));
            // One at a time, so that typed and encoded inputs are never all there together.
            tx_inputs.push(inputs.into_iter().map(|inputs| inputs.to_bytes()).collect());
        }
        Ok(Self { executed, section, tx_ends, tx_inputs })
    }

    pub(super) fn take_tx_inputs(&mut self, block: usize, tx: usize) -> Vec<u8> {
        std::mem::take(&mut self.tx_inputs[block][tx])
    }

    pub(super) fn tx_end(&self, block: usize, tx: usize) -> &PartialStateReference {
        &self.tx_ends[block][tx]
    }
}

/// The state after each tx: that before the next one, or that after the block.
fn ends(
    inputs: &[PrivateTxBaseRollupPrivateInputs],
    end: PartialStateReference,
) -> Vec<PartialStateReference> {
    inputs.iter().skip(1).map(|inputs| inputs.hints.start).chain([end]).take(inputs.len()).collect()
}
