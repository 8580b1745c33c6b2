//! The task of one epoch: what it waits for, and what it does next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use chinampa_jobs::{EpochNumber, with_causes};
use chinampa_protocol::Fr;
use chinampa_protocol::tx::Tx;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::archiver::{PublishedCheckpoint, Tips};
use crate::epoch::EpochProof;
use crate::execution::ExecutionError;
use crate::prover::{EpochHandle, EpochUpdate, ProvingBroker};
use crate::publisher::{PublishError, Publisher};
use crate::service::control::{Orders, Start};
use crate::service::status::JobFault;
use crate::service::upload::Failed;
use crate::service::{EpochFailure, EpochState, ServiceError, Shared};
use crate::traces::{EpochTrace, OpenSpan};

/// How an epoch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Outcome {
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
pub(super) struct Fed {
    pub(super) number: u32,
    pub(super) archive: Fr,
}

/// One open epoch.
pub(in crate::service) struct EpochTask<B> {
    pub(super) shared: Arc<Shared<B>>,
    pub(super) epoch: u64,
    pub(super) first: u32,
    pub(super) tips: watch::Receiver<Tips>,
    orders: watch::Receiver<Orders>,
    /// The request that it answers, if an operator asked for it.
    start: Option<Start>,
    /// Checkpoint up to which L1 is proven when all that was sent is mined.
    pub(super) reach: watch::Receiver<u32>,
    pub(super) handle: EpochHandle,
    updates: UnboundedReceiver<EpochUpdate>,
    pub(super) fed: Vec<Fed>,
    pub(super) txs: BTreeMap<Fr, Tx>,
    /// Failures whose data are kept.
    kept: BTreeSet<&'static str>,
    /// Archive root of a checkpoint that will never execute.
    refused: Option<Fr>,
    pub(super) is_complete: bool,
    /// Whether no checkpoint of the epoch is left out.
    pub(super) is_whole: bool,
    pub(super) proof: Option<Box<EpochProof>>,
    pub(super) trace: EpochTrace,
}

/// An epoch to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) struct Wanted {
    pub(in crate::service) epoch: u64,
    /// Its first checkpoint.
    pub(in crate::service) first: u32,
    /// The request of an operator, if it is open for that.
    pub(in crate::service) start: Option<Start>,
}

impl<B: ProvingBroker> EpochTask<B> {
    pub(in crate::service) fn new(
        shared: Arc<Shared<B>>,
        wanted: Wanted,
        tips: watch::Receiver<Tips>,
        orders: watch::Receiver<Orders>,
    ) -> Self {
        let Wanted { epoch, first, start } = wanted;
        let number = EpochNumber::new(epoch).expect("epochs are quotients of slots, which have 32 bits");
        let trace = shared.traces.open(epoch);
        let (handle, updates) = shared.prover.open_within(number, first, trace.clone());
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
            trace,
        }
    }

    pub(in crate::service) async fn run(mut self) -> Result<Outcome, ServiceError> {
        let deadline_s = self.shared.deployment.clock.proof_deadline_s(self.epoch);
        self.shared.board.begin(self.epoch, self.first, deadline_s);
        let (begun, span) = (Instant::now(), self.trace.root());
        let outcome = self.work().await?;
        self.close_span(span, outcome);
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

    fn close_span(&self, mut span: OpenSpan, outcome: Outcome) {
        span.note("chinampa.checkpoints", self.fed.len());
        let reason = match outcome {
            Outcome::Completed { .. } => return span.end(),
            Outcome::TimedOut => "window-closed",
            Outcome::Reorg => "reorg",
            Outcome::Superseded => "superseded",
            Outcome::Stopped => "the node stops",
        };
        span.fail(reason);
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
        let is_complete = self.is_complete && self.is_whole;
        let failed = Failed { epoch, first, previous_block_header, code, error, is_complete };
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
}
