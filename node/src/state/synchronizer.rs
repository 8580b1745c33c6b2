//! The world state follows the archiver: unwinds what L1 undid, applies what is new, forgets what is final and old.

use std::sync::Arc;

use chinampa_protocol::Fr;
use chinampa_protocol::tree::{BlockUpdate, Genesis, Store, TreeError, TreeId, WorldState};

use crate::archiver::{ArchiverStore, ArchiverStoreError, Tips};

/// Checkpoints before the finalized one whose states stay readable, as Aztec's nodes keep them.
const HISTORY_CHECKPOINTS: u32 = 64;

/// Failures to follow.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The trees failed, or a block does not lead to the state in its header.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The archiver's store failed.
    #[error(transparent)]
    Archiver(#[from] ArchiverStoreError),
    /// A checkpoint that should be stored is not.
    #[error("the archiver has no checkpoint {number}")]
    NoCheckpoint {
        /// Which one.
        number: u32,
    },
}

/// The one writer of the world state.
#[derive(Debug)]
pub struct Synchronizer<S> {
    state: Arc<WorldState<S>>,
    store: Arc<ArchiverStore>,
}

impl<S: Store> Synchronizer<S> {
    /// Opens the state in `trees`, from genesis if it is empty.
    ///
    /// # Errors
    /// [`StateError`]
    pub fn open(trees: S, genesis: &Genesis, store: Arc<ArchiverStore>) -> Result<Self, StateError> {
        Ok(Self { state: Arc::new(WorldState::open(trees, genesis)?), store })
    }

    /// The state, to be forked.
    pub fn state(&self) -> Arc<WorldState<S>> {
        Arc::clone(&self.state)
    }

    /// Archive root before block 1.
    ///
    /// # Errors
    /// [`StateError`]. A state whose genesis is no longer readable was checked when it began.
    pub fn genesis_archive_root(&self) -> Result<Option<Fr>, StateError> {
        if self.state.status()?.oldest > 0 {
            return Ok(None);
        }
        Ok(Some(self.state.fork_at(0)?.root(TreeId::Archive)?))
    }

    /// Brings the state to the archiver's newest checkpoint.
    ///
    /// # Errors
    /// [`StateError`]. Blocks that were applied before the failure stay.
    pub fn follow(&self, tips: &Tips) -> Result<(), StateError> {
        self.unwind()?;
        let mut latest = self.state.status()?.latest;
        let mut number = self.next_checkpoint(latest)?;
        while let Some(published) = self.store.checkpoint(number)? {
            let messages = self.store.messages_of(number)?;
            for block in &published.checkpoint.blocks {
                let update = BlockUpdate::new(block, &messages);
                // A kill between two blocks of a checkpoint leaves the first one applied.
                if update.number == latest + 1 {
                    self.state.apply_block(&update)?;
                    latest = update.number;
                }
            }
            number += 1;
        }
        self.finalize(tips.finalized)
    }

    /// Takes back the blocks that are not the archiver's.
    fn unwind(&self) -> Result<(), StateError> {
        let latest = self.state.status()?.latest;
        let mut kept = latest;
        while kept > 0 {
            let mine = self.state.fork_at(kept)?.snapshot(TreeId::Archive)?;
            if self.store.archive_after(kept)? == Some(mine) {
                break;
            }
            kept -= 1;
        }
        if kept < latest {
            tracing::warn!(from = latest, to = kept, "blocks were undone on L1");
            self.state.unwind_to(kept)?;
        }
        Ok(())
    }

    /// The checkpoint that holds the block after `latest`, or that will.
    fn next_checkpoint(&self, latest: u32) -> Result<u32, StateError> {
        if let Some(number) = self.store.checkpoint_of_block(latest + 1)? {
            return Ok(number);
        }
        Ok(self.store.checkpoint_of_block(latest)?.map_or(1, |number| number + 1))
    }

    fn finalize(&self, checkpoint: u32) -> Result<(), StateError> {
        let Some(finalized) = self.last_block_of(checkpoint)? else { return Ok(()) };
        self.state.set_finalized(finalized)?;
        if let Some(oldest) = self.last_block_of(checkpoint.saturating_sub(HISTORY_CHECKPOINTS))? {
            self.state.remove_history_before(oldest)?;
        }
        Ok(())
    }

    fn last_block_of(&self, checkpoint: u32) -> Result<Option<u32>, StateError> {
        if checkpoint == 0 {
            return Ok(None);
        }
        let published = self.store.checkpoint(checkpoint)?;
        let published = published.ok_or(StateError::NoCheckpoint { number: checkpoint })?;
        Ok(published.checkpoint.blocks.last().map(|block| block.header.global_variables.block_number))
    }
}
