//! A checkpoint as one list of fields, laid over its blobs: txs and block ends, then one checkpoint end.
//!
//! ```text
//! checkpoint := block+ checkpoint_end zero*
//! block      := tx* block_end
//! ```
//! Every item starts with a marker that is a plain integer (right aligned in its field) and holds a prefix and
//! the lengths of what follows; nothing else separates items. Only the first block of a checkpoint may have no
//! txs, and only its end has the message tree's root.
//!
//! # Sources
//! Aztec 4.1.2 `blob-lib/src/encoding`; checked against every blob of two recorded chains.

mod decode;
mod encode;
mod from_block;
mod marker;

pub use decode::{StreamError, StreamErrorKind};
pub use marker::{BlockEndMarker, BlockEndState, TxStartMarker};

use chinampa_kernels::Fr;

use crate::tx::TxEffect;

/// What a block's end says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockEnd {
    /// Time of the checkpoint, seconds since 1970.
    pub timestamp: u64,
    /// Block number.
    pub block_number: u32,
    /// Sizes of the trees after the block, and the gas it used.
    pub state: BlockEndState,
    /// Archive root before the block.
    pub last_archive_root: Fr,
    /// Note hash root after the block.
    pub note_hash_root: Fr,
    /// Nullifier root after the block.
    pub nullifier_root: Fr,
    /// Public data root after the block.
    pub public_data_root: Fr,
    /// Message root after the block; in the first block of a checkpoint only.
    pub l1_to_l2_message_root: Option<Fr>,
}

/// A block as blobs publish it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockBlobData {
    /// What its txs did.
    pub tx_effects: Vec<TxEffect>,
    /// Its end.
    pub end: BlockEnd,
}

/// A checkpoint as blobs publish it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckpointBlobData {
    /// Its blocks, in order.
    pub blocks: Vec<BlockBlobData>,
}

impl CheckpointBlobData {
    /// All fields, the end marker included.
    pub fn to_fields(&self) -> Vec<Fr> {
        let mut fields = Vec::new();
        for block in &self.blocks {
            block.extend_fields(&mut fields);
        }
        marker::push_checkpoint_end(&mut fields);
        fields
    }

    /// Reads the fields of all blobs of a checkpoint, padding included.
    ///
    /// # Errors
    /// [`StreamError`] at the first thing that a strict reader would not have written: unknown prefix, count that
    /// is off, missing end, non-zero padding.
    pub fn from_fields(fields: &[Fr]) -> Result<Self, StreamError> {
        decode::checkpoint(fields)
    }
}

impl BlockBlobData {
    /// Appends the block's fields. Block headers squeeze the blob sponge after exactly these.
    pub fn extend_fields(&self, out: &mut Vec<Fr>) {
        for effect in &self.tx_effects {
            effect.extend_blob_fields(out);
        }
        self.end.extend_fields(self.tx_effects.len(), out);
    }
}
