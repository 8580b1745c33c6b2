//! A checkpoint from what L1 has of it: the proposal's header and the fields of its blobs.
//!
//! # Source
//! Aztec 4.1.2 `archiver/src/l1/data_retrieval.ts`.

use chinampa_protocol::Fr;
use chinampa_protocol::GlobalVariables;
use chinampa_protocol::blob::stream::{BlockBlobData, BlockEndState, CheckpointBlobData, StreamError};
use chinampa_protocol::block::{BlockHeader, Body, Checkpoint, CheckpointHeader, L2Block};
use chinampa_protocol::circuits::SpongeBlob;
use chinampa_protocol::state::{AppendOnlyTreeSnapshot, PartialStateReference, StateReference};

use super::propose::Proposal;

/// Why header and blobs do not make a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The blobs cannot be read.
    #[error("the blobs of checkpoint {checkpoint} cannot be read")]
    Stream {
        /// Which checkpoint.
        checkpoint: u32,
        /// Where they are wrong.
        #[source]
        source: StreamError,
    },
    /// Header and blobs contradict each other.
    #[error("checkpoint {checkpoint}: {what} in the blobs is {actual}, expected {expected}")]
    Contradiction {
        /// Which checkpoint.
        checkpoint: u32,
        /// What differs.
        what: &'static str,
        /// As the header has it.
        expected: String,
        /// As the blobs have it.
        actual: String,
    },
    /// A tree has more leaves than a header can say.
    #[error("checkpoint {checkpoint}: the {tree} tree has {leaves} leaves, more than a header can hold")]
    TooManyLeaves {
        /// Which checkpoint.
        checkpoint: u32,
        /// The tree.
        tree: &'static str,
        /// How many leaves the blobs state.
        leaves: u64,
    },
}

/// What is the same for all checkpoints of a rollup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Chain id of L1.
    pub chain_id: u64,
    /// Version of the rollup.
    pub rollup_version: u32,
}

/// Puts the blocks of checkpoint `number` together from all fields of its blobs, padding included, and checks them
/// against its header.
///
/// # Errors
/// [`RebuildError`]
pub(super) fn rebuild(
    number: u32,
    proposal: &Proposal,
    fields: &[Fr],
    identity: Identity,
) -> Result<Checkpoint, RebuildError> {
    let data = CheckpointBlobData::from_fields(fields)
        .map_err(|source| RebuildError::Stream { checkpoint: number, source })?;
    let mut builder = Builder { number, header: proposal.header, identity, sponge: SpongeBlob::init() };
    let archives = archives_after(&data, proposal.archive);
    let first = data.blocks.first().map(|block| &block.end);
    let first_root = first.map_or(Fr::ZERO, |end| end.last_archive_root);
    builder.expect_equal("the archive root before it", &proposal.header.last_archive_root, &first_root)?;
    let message_root = first.and_then(|end| end.l1_to_l2_message_root).unwrap_or_default();
    let blocks = (0..).zip(data.blocks).zip(archives);
    let blocks = blocks.map(|((index, block), archive)| builder.block(index, block, archive, message_root));
    let blocks = blocks.collect::<Result<Vec<_>, _>>()?;
    let last = blocks.last().map(|block| block.archive).unwrap_or_default();
    let checkpoint = Checkpoint {
        archive: last,
        header: proposal.header,
        blocks,
        number,
        fee_asset_price_modifier: proposal.fee_asset_price_modifier,
    };
    let headers_hash = checkpoint.block_headers_hash();
    builder.expect_equal("the hash over its blocks", &proposal.header.block_headers_hash, &headers_hash)?;
    let mana = checkpoint.blocks.iter().fold(Fr::ZERO, |sum, block| sum + block.header.total_mana_used);
    builder.expect_equal("its execution gas", &proposal.header.total_mana_used, &mana)?;
    Ok(checkpoint)
}

/// The archive root after each block: what the next block starts from.
fn archives_after(data: &CheckpointBlobData, last: Fr) -> Vec<Fr> {
    let next = data.blocks.iter().skip(1).map(|block| block.end.last_archive_root);
    next.chain([last]).collect()
}

struct Builder {
    number: u32,
    header: CheckpointHeader,
    identity: Identity,
    /// Has absorbed the blocks so far.
    sponge: SpongeBlob,
}

impl Builder {
    fn block(
        &mut self,
        index_within_checkpoint: u32,
        data: BlockBlobData,
        archive_root: Fr,
        message_root: Fr,
    ) -> Result<L2Block, RebuildError> {
        let end = &data.end;
        self.expect_equal("a block's time", &self.header.timestamp, &end.timestamp)?;
        let mut fields = Vec::new();
        data.extend_fields(&mut fields);
        self.sponge.absorb(&fields).expect("the sponge is only squeezed as a copy");
        let sponge_blob_hash = self.sponge.squeezed().expect("the sponge is only squeezed as a copy");
        let archive_at = |root, leaf| AppendOnlyTreeSnapshot { root, next_available_leaf_index: leaf };
        let fees = data.tx_effects.iter().fold(Fr::ZERO, |sum, effect| sum + effect.transaction_fee);
        Ok(L2Block {
            archive: archive_at(archive_root, end.block_number.wrapping_add(1)),
            header: BlockHeader {
                last_archive: archive_at(end.last_archive_root, end.block_number),
                state: self.state(&data, message_root)?,
                sponge_blob_hash,
                global_variables: self.globals(end.block_number),
                total_fees: fees,
                total_mana_used: Fr::from(end.state.total_mana_used),
            },
            body: Body { tx_effects: data.tx_effects },
            checkpoint_number: self.number,
            index_within_checkpoint,
        })
    }

    fn state(&self, data: &BlockBlobData, message_root: Fr) -> Result<StateReference, RebuildError> {
        let BlockEndState {
            l1_to_l2_message_leaves,
            note_hash_leaves,
            nullifier_leaves,
            public_data_leaves,
            ..
        } = data.end.state;
        let snapshot = |tree, root, leaves: u64| {
            let too_many = |_| RebuildError::TooManyLeaves { checkpoint: self.number, tree, leaves };
            Ok(AppendOnlyTreeSnapshot {
                root,
                next_available_leaf_index: u32::try_from(leaves).map_err(too_many)?,
            })
        };
        Ok(StateReference {
            l1_to_l2_message_tree: snapshot("message", message_root, l1_to_l2_message_leaves)?,
            partial: PartialStateReference {
                note_hash_tree: snapshot("note hash", data.end.note_hash_root, note_hash_leaves)?,
                nullifier_tree: snapshot("nullifier", data.end.nullifier_root, nullifier_leaves)?,
                public_data_tree: snapshot("public data", data.end.public_data_root, public_data_leaves)?,
            },
        })
    }

    fn globals(&self, block_number: u32) -> GlobalVariables {
        GlobalVariables {
            chain_id: Fr::from(self.identity.chain_id),
            version: Fr::from(u64::from(self.identity.rollup_version)),
            block_number,
            slot_number: self.header.slot_number,
            timestamp: self.header.timestamp,
            coinbase: self.header.coinbase,
            fee_recipient: self.header.fee_recipient,
            gas_fees: self.header.gas_fees,
        }
    }

    fn expect_equal<T: PartialEq + ToString>(
        &self,
        what: &'static str,
        expected: &T,
        actual: &T,
    ) -> Result<(), RebuildError> {
        if expected == actual {
            return Ok(());
        }
        let (expected, actual) = (expected.to_string(), actual.to_string());
        Err(RebuildError::Contradiction { checkpoint: self.number, what, expected, actual })
    }
}
