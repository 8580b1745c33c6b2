//! A checkpoint from L1 to the epoch's state machine: its txs, its execution.

use std::sync::Arc;
use std::time::Instant;

use chinampa_protocol::Fr;
use chinampa_protocol::block::BlockHeader;
use chinampa_protocol::tree::TreeId;

use super::task::{EpochTask, Fed};
use crate::archiver::PublishedCheckpoint;
use crate::execution::{CheckpointInput, ExecutedCheckpoint, ExecutionError, execute_checkpoint};
use crate::prover::ProvingBroker;
use crate::service::{EpochFailure, EpochState};

fn blocks_of(input: &CheckpointInput) -> u32 {
    u32::try_from(input.checkpoint.blocks.len()).unwrap_or(u32::MAX)
}

impl<B: ProvingBroker> EpochTask<B> {
    pub(super) async fn execute(&mut self, published: PublishedCheckpoint) -> Result<(), EpochFailure> {
        let blocks = &published.checkpoint.blocks;
        let effects = blocks.iter().flat_map(|block| &block.body.tx_effects);
        let hashes: Vec<Fr> = effects.map(|effect| effect.tx_hash).collect();
        let (http, timeout) = (self.shared.l1.http(), self.shared.config.tx_timeout);
        let mut span = self.trace.span("tx fetch");
        span.note("aztec.checkpoint.number", published.checkpoint.number);
        span.note("chinampa.txs", hashes.len());
        let fetched = self.shared.txs.fetch(http, &hashes, &mut self.txs, timeout).await;
        span.end_with(&fetched, |_| "txs-missing");
        fetched?;
        let (number, archive) = (published.checkpoint.number, published.checkpoint.archive.root);
        let input = self.input(published, &hashes)?;
        let (block_count, begun) = (blocks_of(&input), Instant::now());
        let mut span = self.trace.span("checkpoint execution");
        span.note("aztec.checkpoint.number", number);
        let executed = self.execute_blocking(input).await;
        span.end_with(&executed, EpochFailure::code);
        let executed = executed?;
        self.shared.board.metrics().executed(begun.elapsed());
        hashes.iter().for_each(|hash| drop(self.txs.remove(hash)));
        self.handle.checkpoint(executed);
        self.fed.push(Fed { number, archive });
        let (checkpoints, txs) = (self.fed.len(), hashes.len());
        self.shared.board.update(self.epoch, |status| {
            status.checkpoints = u32::try_from(checkpoints).unwrap_or(u32::MAX);
            status.txs = status.txs.saturating_add(u32::try_from(txs).unwrap_or(u32::MAX));
            status.blocks = status.blocks.saturating_add(block_count);
            status.state = EpochState::Processing;
            status.note(None);
        });
        Ok(())
    }

    fn input(&self, published: PublishedCheckpoint, hashes: &[Fr]) -> Result<CheckpointInput, EpochFailure> {
        let number = published.checkpoint.number;
        let txs = hashes.iter().filter_map(|hash| Some((*hash, self.txs.get(hash)?.clone()))).collect();
        Ok(CheckpointInput {
            l1_to_l2_messages: self.shared.store.messages_of(number)?,
            txs,
            previous_block_header: self.header_before(number)?,
            checkpoint: published.checkpoint,
        })
    }

    /// Header of the last block before a checkpoint; the genesis header before the first.
    pub(super) fn header_before(&self, number: u32) -> Result<BlockHeader, EpochFailure> {
        if number == 1 {
            let mut genesis =
                self.shared.world.fork_at(0).map_err(|error| Box::new(ExecutionError::from(error)))?;
            let state = genesis.state_reference().map_err(|error| Box::new(ExecutionError::from(error)))?;
            debug_assert!(genesis.size(TreeId::Archive) == 1);
            return Ok(BlockHeader { state, ..BlockHeader::default() });
        }
        let before = self.shared.store.checkpoint(number - 1)?;
        let block = before.and_then(|before| before.checkpoint.blocks.last().map(|block| block.header));
        block.ok_or(EpochFailure::Undone { number: number - 1 })
    }

    async fn execute_blocking(&self, input: CheckpointInput) -> Result<ExecutedCheckpoint, EpochFailure> {
        let permit = Arc::clone(&self.shared.executions).acquire_owned().await;
        let shared = Arc::clone(&self.shared);
        let executed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            execute_checkpoint(&shared.world, &input, &shared.context).map_err(Box::new)
        });
        Ok(executed.await.map_err(|error| EpochFailure::Task(error.to_string()))??)
    }
}
