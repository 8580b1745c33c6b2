//! The archiver's round: what changed on L1 since the last one.

use std::collections::BTreeSet;
use std::sync::Arc;

use alloy::eips::BlockNumberOrTag;
use alloy::primitives::{Address, B256};
use alloy::providers::DynProvider;

use super::ArchiverError;
use super::store::{ArchiverStore, Note};
use crate::blobs::BlobSources;
use crate::l1::contracts::Rollup;
use crate::l1::{Deployment, L1, L1Block, L1Error};
use crate::traces::Traces;

/// How the archiver reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiverConfig {
    /// L1 blocks for one request of logs.
    pub log_range_blocks: u64,
}

impl Default for ArchiverConfig {
    fn default() -> Self {
        Self { log_range_blocks: 600 }
    }
}

/// How far the chain is known, by checkpoint numbers; 0 is genesis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tips {
    /// The L1 block at which all of this holds.
    pub l1: L1Block,
    /// Newest checkpoint.
    pub pending: u32,
    /// Newest checkpoint with a proof on L1.
    pub proven: u32,
    /// The same in a block of L1 that cannot be undone.
    pub finalized: u32,
}

/// Follows the rollup and the inbox into a store.
#[derive(Debug)]
pub struct Archiver {
    pub(super) l1: L1,
    pub(super) deployment: Arc<Deployment>,
    pub(super) blobs: BlobSources,
    pub(super) store: Arc<ArchiverStore>,
    pub(super) config: ArchiverConfig,
    /// Committee of the epoch that was asked for last.
    pub(super) committee: Option<(u64, Vec<Address>)>,
    /// Proposals without valid attestations, by transaction.
    pub(super) skipped: BTreeSet<B256>,
    pub(super) traces: Traces,
    seen: B256,
}

impl Archiver {
    /// An archiver that goes on from what `store` has.
    pub fn new(
        l1: L1,
        deployment: Arc<Deployment>,
        blobs: BlobSources,
        store: Arc<ArchiverStore>,
        config: ArchiverConfig,
    ) -> Self {
        let (committee, skipped, seen) = (None, BTreeSet::new(), B256::ZERO);
        let traces = Traces::default();
        Self { l1, deployment, blobs, store, config, committee, skipped, traces, seen }
    }

    /// The same with spans of what it fetches.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> Self {
        Self { traces, ..self }
    }

    pub(super) fn rollup(&self) -> Rollup::RollupInstance<&DynProvider> {
        Rollup::new(self.deployment.rollup, self.l1.provider())
    }

    /// One round, if L1 has a new block. Everything is read as of that block.
    ///
    /// # Errors
    /// [`ArchiverError`]. What was stored before the failure is complete in itself, and the next round goes on.
    pub async fn sync(&mut self) -> Result<Option<Tips>, ArchiverError> {
        let head = self.l1.block(BlockNumberOrTag::Latest).await?;
        if head.hash == self.seen {
            return Ok(None);
        }
        self.sync_messages(head).await?;
        self.sync_checkpoints(head).await?;
        // A chain without finality must not keep the rest from being followed.
        if let Err(error) = self.sync_finalized().await {
            tracing::debug!(%error, "the finalized checkpoint is not known");
        }
        self.seen = head.hash;
        self.tips(head).map(Some)
    }

    async fn sync_finalized(&self) -> Result<(), ArchiverError> {
        let rollup = self.rollup();
        let finalized =
            rollup.getProvenCheckpointNumber().block(BlockNumberOrTag::Finalized.into()).call().await;
        let finalized =
            finalized.map_err(L1Error::contract("getProvenCheckpointNumber", self.deployment.rollup))?;
        let proven = self.store.noted(Note::Proven)?;
        let finalized = u64::try_from(finalized).unwrap_or(u64::MAX).min(proven);
        if finalized > self.store.noted(Note::Finalized)? {
            self.store.note(Note::Finalized, finalized)?;
        }
        Ok(())
    }

    fn tips(&self, l1: L1Block) -> Result<Tips, ArchiverError> {
        let noted = |note| -> Result<u32, ArchiverError> {
            Ok(u32::try_from(self.store.noted(note)?).unwrap_or(u32::MAX))
        };
        let pending = self.store.tip()?.map_or(0, |tip| tip.checkpoint.number);
        Ok(Tips { l1, pending, proven: noted(Note::Proven)?, finalized: noted(Note::Finalized)? })
    }
}
