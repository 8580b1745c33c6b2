//! The task of one epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use chinampa_jobs::{EpochNumber, with_causes};
use chinampa_protocol::Fr;
use chinampa_protocol::block::BlockHeader;
use chinampa_protocol::proof::Proof;
use chinampa_protocol::tree::TreeId;
use chinampa_protocol::tx::Tx;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use super::control::{Orders, Start};
use super::status::JobFault;
use super::upload::Failed;
use super::{EpochFailure, EpochState, ServiceError, Shared};
use crate::archiver::{PublishedCheckpoint, Tips};
use crate::epoch::EpochProof;
use crate::execution::{CheckpointInput, ExecutedCheckpoint, ExecutionError, execute_checkpoint};
use crate::prover::{EpochHandle, EpochUpdate, ProvingBroker};
use crate::publisher::{PublishError, Published, Publisher, Submission};

/// How an epoch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its proof is on L1, or it was proven and nothing is submitted.
    Completed {
        /// The L1 block from which on L1 knows it.
        block: u64,
    },
    /// Its window closed.
    TimedOut,
    /// Its first checkpoint is another one now.
    Reorg,
    /// Others have proven more than this proof does.
    Superseded,
    /// The node stops.
    Stopped,
}

/// A checkpoint that the state machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fed {
    number: u32,
    archive: Fr,
}

/// One open epoch.
pub(super) struct EpochTask<B> {
    shared: Arc<Shared<B>>,
    epoch: u64,
    first: u32,
    tips: watch::Receiver<Tips>,
    orders: watch::Receiver<Orders>,
    /// The request that it answers, if an operator asked for it.
    start: Option<Start>,
    /// Checkpoint up to which L1 is proven when all that was sent is mined.
    reach: watch::Receiver<u32>,
    handle: EpochHandle,
    updates: UnboundedReceiver<EpochUpdate>,
    fed: Vec<Fed>,
    txs: BTreeMap<Fr, Tx>,
    /// Failures whose data are kept.
    kept: BTreeSet<&'static str>,
    /// Archive root of a checkpoint that will never execute.
    refused: Option<Fr>,
    is_complete: bool,
    /// Whether no checkpoint of the epoch is left out.
    is_whole: bool,
    proof: Option<Box<EpochProof>>,
}

/// An epoch to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) epoch: u64,
    /// Its first checkpoint.
    pub(super) first: u32,
    /// The request of an operator, if it is open for that.
    pub(super) start: Option<Start>,
}

fn blocks_of(input: &CheckpointInput) -> u32 {
    u32::try_from(input.checkpoint.blocks.len()).unwrap_or(u32::MAX)
}

impl<B: ProvingBroker> EpochTask<B> {
    pub(super) fn new(
        shared: Arc<Shared<B>>,
        wanted: Wanted,
        tips: watch::Receiver<Tips>,
        orders: watch::Receiver<Orders>,
    ) -> Self {
        let Wanted { epoch, first, start } = wanted;
        let number = EpochNumber::new(epoch).expect("epochs are quotients of slots, which have 32 bits");
        let (handle, updates) = shared.prover.open(number, first);
        // Without a publisher nothing is ever sent.
        let reach = shared.publisher.as_ref().map_or_else(|| watch::channel(0).1, Publisher::reach);
        Self {
            shared,
            epoch,
            first,
            tips,
            orders,
            start,
            reach,
            handle,
            updates,
            fed: Vec::new(),
            txs: BTreeMap::new(),
            kept: BTreeSet::new(),
            refused: None,
            is_complete: false,
            is_whole: false,
            proof: None,
        }
    }

    pub(super) async fn run(mut self) -> Result<Outcome, ServiceError> {
        let deadline_s = self.shared.deployment.clock.proof_deadline_s(self.epoch);
        self.shared.board.begin(self.epoch, self.first, deadline_s);
        let begun = Instant::now();
        let outcome = self.work().await?;
        self.shared.board.update(self.epoch, |status| {
            status.seconds = Some(begun.elapsed().as_secs_f64());
            status.state = match outcome {
                Outcome::Completed { .. } => EpochState::Completed,
                Outcome::TimedOut => EpochState::TimedOut,
                Outcome::Reorg => EpochState::Reorg,
                Outcome::Superseded => EpochState::Stopped,
                Outcome::Stopped => status.state,
            };
            match outcome {
                Outcome::Completed { .. } => status.note(None),
                Outcome::TimedOut => {
                    let deadline_s = self.shared.deployment.clock.proof_deadline_s(self.epoch);
                    let last = status.error.take();
                    status.note(Some(&EpochFailure::Window { deadline_s, last }));
                }
                Outcome::Reorg => status.note(Some(&EpochFailure::Undoing { first: self.first })),
                Outcome::Superseded | Outcome::Stopped => {}
            }
        });
        if let Some(Start { round, .. }) = self.start
            && outcome != Outcome::Stopped
        {
            self.shared.control.ended(self.epoch, round);
        }
        Ok(outcome)
    }

    async fn work(&mut self) -> Result<Outcome, ServiceError> {
        loop {
            let tips = *self.tips.borrow_and_update();
            let is_late = tips.l1.timestamp_s >= self.shared.deployment.clock.proof_deadline_s(self.epoch);
            if is_late {
                return Ok(Outcome::TimedOut);
            }
            if self.take_back()? {
                return Ok(Outcome::Reorg);
            }
            let mut pause = None;
            if let Err(failure) = self.advance(&tips).await {
                pause = self.note_failure(failure)?;
            } else if self.can_submit(&tips) {
                match self.submit().await {
                    Ok(block) => return Ok(Outcome::Completed { block }),
                    Err(failure @ EpochFailure::Publish(PublishError::Superseded { .. })) => {
                        self.note_failure(failure)?;
                        return Ok(Outcome::Superseded);
                    }
                    Err(failure) => pause = self.note_failure(failure)?,
                }
            }
            if !self.wait(pause).await {
                return Ok(Outcome::Stopped);
            }
        }
    }

    /// Waits for news of L1, of the prover, or for the end of a pause. False if the node stops.
    async fn wait(&mut self, pause: Option<std::time::Duration>) -> bool {
        let retry = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.tips.changed() => changed.is_ok(),
            changed = self.orders.changed() => changed.is_ok(),
            Ok(()) = self.reach.changed() => true,
            () = retry => true,
            update = self.updates.recv() => match update {
                Some(update) => {
                    self.take_update(update);
                    true
                }
                None => false,
            },
        }
    }

    /// Takes back the checkpoints that L1 no longer has. True if the epoch now begins elsewhere.
    fn take_back(&mut self) -> Result<bool, ServiceError> {
        let mut kept = 0;
        for fed in &self.fed {
            let stored = self.shared.store.checkpoint(fed.number)?;
            if stored.is_none_or(|stored| stored.checkpoint.archive.root != fed.archive) {
                break;
            }
            kept += 1;
        }
        if kept < self.fed.len() {
            let from = self.fed[kept].number;
            tracing::warn!(epoch = self.epoch, from, "checkpoints of an open epoch were undone on L1");
            self.fed.truncate(kept);
            self.is_complete = false;
            self.proof = None;
            self.handle.removed(from);
        }
        let begins = self.shared.store.checkpoint(self.first)?;
        Ok(begins.is_some_and(|published| self.epoch_of(&published) != self.epoch))
    }

    fn epoch_of(&self, published: &PublishedCheckpoint) -> u64 {
        self.shared.deployment.clock.epoch_of_slot(u64::from(published.checkpoint.header.slot_number))
    }

    /// Executes what landed since, and closes the epoch when nothing more can land.
    async fn advance(&mut self, tips: &Tips) -> Result<(), EpochFailure> {
        let mut next = self.fed.last().map_or(self.first, |fed| fed.number + 1);
        while let Some(published) = self.shared.store.checkpoint(next)? {
            if self.epoch_of(&published) != self.epoch {
                break;
            }
            if self.refused == Some(published.checkpoint.archive.root) {
                return Ok(());
            }
            self.execute(published).await?;
            next += 1;
        }
        if self.is_complete || self.fed.is_empty() {
            return Ok(());
        }
        let tip = self.shared.store.checkpoint(tips.pending)?;
        let last_slot = tip.map_or(0, |tip| u64::from(tip.checkpoint.header.slot_number));
        let is_over = self.shared.deployment.clock.is_complete(self.epoch, last_slot, tips.l1.timestamp_s);
        if is_over || self.start.is_some_and(|start| start.as_it_is) {
            self.is_complete = true;
            self.is_whole = is_over;
            self.handle.complete(next - 1);
            self.shared.board.update(self.epoch, |status| {
                status.complete = true;
                status.state = EpochState::AwaitingProver;
                status.note(None);
            });
        }
        Ok(())
    }

    async fn execute(&mut self, published: PublishedCheckpoint) -> Result<(), EpochFailure> {
        let blocks = &published.checkpoint.blocks;
        let effects = blocks.iter().flat_map(|block| &block.body.tx_effects);
        let hashes: Vec<Fr> = effects.map(|effect| effect.tx_hash).collect();
        let (http, timeout) = (self.shared.l1.http(), self.shared.config.tx_timeout);
        self.shared.txs.fetch(http, &hashes, &mut self.txs, timeout).await?;
        let (number, archive) = (published.checkpoint.number, published.checkpoint.archive.root);
        let input = self.input(published, &hashes)?;
        let (block_count, begun) = (blocks_of(&input), Instant::now());
        let executed = self.execute_blocking(input).await?;
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
    fn header_before(&self, number: u32) -> Result<BlockHeader, EpochFailure> {
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

    fn take_update(&mut self, update: EpochUpdate) {
        let failure = match update {
            EpochUpdate::Progress(progress) => {
                return self.shared.board.progress(self.epoch, &progress);
            }
            EpochUpdate::Proven(proof) => {
                self.proof = Some(proof);
                return;
            }
            EpochUpdate::Failed(job, failure) => {
                let fault = JobFault { job: job.to_string(), reason: failure.to_string() };
                self.shared.board.job_failed(self.epoch, fault);
                EpochFailure::Job { job: job.to_string(), failure }
            }
            EpochUpdate::Unlinked(error) | EpochUpdate::Refused(error) => EpochFailure::Plan(error),
        };
        self.fail(&failure);
    }

    fn fail(&mut self, failure: &EpochFailure) {
        self.keep(failure);
        self.shared.board.update(self.epoch, |status| {
            status.state = EpochState::Failed;
            status.note(Some(failure));
        });
    }

    /// Keeps the data of the epoch, once for each kind of failure.
    fn keep(&mut self, failure: &EpochFailure) {
        let code = failure.code();
        if self.shared.post_mortems.is_none() || !Failed::is_worth(failure) || !self.kept.insert(code) {
            return;
        }
        let Ok(previous_block_header) = self.header_before(self.first) else { return };
        let (epoch, first, error) = (self.epoch, self.first, with_causes(failure));
        let failed = Failed { epoch, first, previous_block_header, code, error };
        let l1_block = self.tips.borrow().l1.number;
        tokio::spawn(failed.upload(Arc::clone(&self.shared), l1_block));
    }

    /// Notes a failure. Returns the pause before the next try, if there is to be one before L1 changes.
    fn note_failure(&mut self, failure: EpochFailure) -> Result<Option<std::time::Duration>, ServiceError> {
        self.fail(&failure);
        match failure {
            EpochFailure::Archiver(error) => Err(error.into()),
            EpochFailure::Execution(error) if matches!(*error, ExecutionError::PublicCalls { .. }) => {
                let next = self.fed.last().map_or(self.first, |fed| fed.number + 1);
                let stored = self.shared.store.checkpoint(next)?;
                self.refused = stored.map(|stored| stored.checkpoint.archive.root);
                Ok(None)
            }
            EpochFailure::Publish(PublishError::Deadline { .. }) => Ok(None),
            _ => Ok(Some(self.shared.config.retry_pause)),
        }
    }

    /// L1 takes an epoch's proof when everything before the epoch is proven, or will be by what was sent before.
    fn can_submit(&mut self, tips: &Tips) -> bool {
        let may = self.shared.publisher.is_none() || !self.shared.control.is_paused();
        let reach = (*self.reach.borrow_and_update()).max(tips.proven);
        self.proof.is_some() && self.is_complete && may && reach + 1 >= self.first
    }

    /// Brings the proof to L1. Returns the block that has it; one that never comes where nothing is submitted.
    async fn submit(&mut self) -> Result<u64, EpochFailure> {
        let (Some(proof), Some(publisher)) = (&self.proof, &self.shared.publisher) else {
            return Ok(u64::MAX);
        };
        if self.shared.config.needs_real_proofs && proof.proof == Proof::empty() {
            return Err(EpochFailure::Simulated);
        }
        let last = self.shared.store.checkpoint(proof.last)?;
        let attestations = last.ok_or(EpochFailure::Undone { number: proof.last })?.attestations;
        let (epoch, is_whole) = (self.epoch, self.is_whole);
        let submission = Submission { epoch, proof: (**proof).clone(), attestations, is_whole };
        self.shared.board.update(self.epoch, |status| {
            status.state = EpochState::PublishingProof;
            status.note(None);
        });
        let begun = Instant::now();
        let published = publisher.submit(&submission).await;
        let metrics = self.shared.board.metrics();
        metrics.submitted(published.is_ok(), begun.elapsed());
        let (transaction, block) = match published? {
            Published::Mined { transaction, block, cost } => {
                metrics.paid(&cost);
                (Some(transaction.to_string()), block)
            }
            Published::Before => (None, self.tips.borrow().l1.number),
        };
        self.shared.board.update(self.epoch, |status| status.transaction = transaction);
        Ok(block)
    }
}
