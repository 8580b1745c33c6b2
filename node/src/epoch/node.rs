//! What the state machine knows of circuits: what a node's circuit is given, and whether its proof is the planned one.

use chinampa_jobs::RequestType;

use super::machine::{EpochProver, Place};
use crate::planner::{NodeKind, Output, OutputError, expect, inputs};

impl EpochProver {
    /// What the circuit of a node is given.
    pub(super) fn inputs(&mut self, place: Place) -> (RequestType, Vec<u8>) {
        let section = self.section(place);
        let node = section.node(place.node());
        let (kind, request_type) = (node.kind, node.request_type);
        let children = section.children(place.node());
        let buffer = match (kind, place) {
            (NodeKind::ParityRoot, _) => inputs::parity_root(&children),
            (NodeKind::TxMerge, _) => inputs::tx_merge(&children),
            (NodeKind::BlockMerge, _) => inputs::block_merge(&children),
            (NodeKind::CheckpointMerge, _) => inputs::checkpoint_merge(&children),
            (NodeKind::Root, _) => inputs::root(&children),
            (NodeKind::CheckpointPadding, _) => Vec::new(),
            (NodeKind::ParityBase(quarter), Place::Checkpoint(index, _)) => {
                inputs::parity_base(&self.checkpoints[index].executed, quarter)
            }
            (NodeKind::TxBase { block, tx }, Place::Checkpoint(index, _)) => {
                self.checkpoints[index].take_tx_inputs(block, tx)
            }
            (NodeKind::BlockRoot(block), Place::Checkpoint(index, _)) => {
                inputs::block_root(&self.checkpoints[index].executed, block, &children)
            }
            (NodeKind::CheckpointRoot, Place::Checkpoint(index, _)) => {
                let top = self.top.as_ref().expect("a checkpoint root waits for the epoch to be complete");
                let hints = top.plan.hints(index, &self.checkpoints[index].executed);
                inputs::checkpoint_root(hints, &children)
            }
            (_, Place::Top(_)) => unreachable!("only merges, padding and root are above the checkpoints"),
        };
        (request_type, buffer)
    }

    /// Whether a proof is of what its node stands for.
    pub(super) fn check(&self, place: Place, output: &Output) -> Result<(), OutputError> {
        let (Place::Checkpoint(index, node), top) = (place, self.top.as_ref()) else {
            return match (output, self.top.as_ref()) {
                (Output::Root(root), Some(top)) => expect::root(&top.plan, &root.public_inputs),
                _ => Ok(()),
            };
        };
        let checkpoint = &self.checkpoints[index];
        let executed = &checkpoint.executed;
        match (checkpoint.section.node(node).kind, output) {
            (NodeKind::ParityRoot, Output::Parity(data)) => {
                expect::parity_root(executed, &data.public_inputs)
            }
            (NodeKind::TxBase { block, tx }, Output::Tx(data)) => {
                expect::tx(checkpoint.tx_end(block, tx), &data.public_inputs)
            }
            (NodeKind::BlockRoot(block), Output::Block(data)) => {
                expect::block(executed, block, &data.public_inputs)
            }
            (NodeKind::CheckpointRoot, Output::Checkpoint(data)) => match top {
                Some(top) => expect::checkpoint(&top.plan, index, executed, &data.public_inputs),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}
