//! Blocks and checkpoints as L1 and nodes know them.

mod attestation;
mod checkpoint;
mod header;
mod l2_block;

pub use attestation::AttestationPayload;
pub(crate) use checkpoint::BLOCKS_PER_CHECKPOINT_MAX;
pub use checkpoint::{Checkpoint, CheckpointHeader, FeeAssetPriceModifier};
pub use header::BlockHeader;
pub use l2_block::{Body, L2Block};
