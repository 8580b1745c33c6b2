//! The prover from the outside.

use chinampa_jobs::{EpochNumber, JobId};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use super::completions::{Board, poll};
use super::courier::Courier;
use super::run::{EpochRun, Input};
use super::{PayloadStore, ProverConfig, ProvingBroker};
use crate::epoch::{EpochProof, EpochProver, Event, JobFailure, Progress};
use crate::execution::ExecutedCheckpoint;
use crate::planner::EpochError;
use crate::traces::EpochTrace;

/// Serves epochs over one broker. Its tasks end when it is dropped; epochs that are open then learn of no more
/// completions.
#[derive(Debug)]
pub struct Prover<B> {
    courier: Courier<B>,
    store: PayloadStore,
    board: Board,
    poll: JoinHandle<()>,
}

impl<B> Drop for Prover<B> {
    fn drop(&mut self) {
        self.poll.abort();
    }
}

impl<B: ProvingBroker> Prover<B> {
    /// A prover on `broker`. Needs a tokio runtime.
    pub fn start(broker: B, store: PayloadStore, config: ProverConfig) -> Self {
        let (courier, board) = (Courier::new(broker, config), Board::default());
        let poll = tokio::spawn(poll(courier.clone(), board.clone()));
        Self { courier, store, board, poll }
    }

    /// Opens an epoch. It is worked on until its handle is dropped.
    pub fn open(
        &self,
        epoch: EpochNumber,
        first_checkpoint: u32,
    ) -> (EpochHandle, UnboundedReceiver<EpochUpdate>) {
        self.open_within(epoch, first_checkpoint, EpochTrace::default())
    }

    /// The same with spans for planning and for each circuit.
    pub fn open_within(
        &self,
        epoch: EpochNumber,
        first_checkpoint: u32,
        trace: EpochTrace,
    ) -> (EpochHandle, UnboundedReceiver<EpochUpdate>) {
        let (inbox, inputs) = mpsc::unbounded_channel();
        let (updates, received) = mpsc::unbounded_channel();
        let prover = EpochProver::new(epoch, first_checkpoint);
        let (courier, store, board) = (self.courier.clone(), self.store.clone(), self.board.clone());
        let run = EpochRun::new(prover, courier, store, board, trace);
        tokio::spawn(run.work(inbox.clone(), inputs, updates));
        (EpochHandle { inbox }, received)
    }
}

/// An open epoch. Dropping it closes the epoch: what is enqueued stays in the broker, which will have the results if the
/// epoch is opened again.
#[derive(Debug)]
pub struct EpochHandle {
    inbox: UnboundedSender<Input>,
}

impl Drop for EpochHandle {
    fn drop(&mut self) {
        let _ = self.inbox.send(Input::Close);
    }
}

impl EpochHandle {
    /// A checkpoint landed on L1: it is next, or replaces the one with its number and those above.
    pub fn checkpoint(&self, checkpoint: ExecutedCheckpoint) {
        self.send(Event::Checkpoint(Box::new(checkpoint)));
    }

    /// The checkpoints from `from` on are gone.
    pub fn removed(&self, from: u32) {
        self.send(Event::Removed { from });
    }

    /// No checkpoint after `last` belongs to the epoch. To be said again when checkpoints were replaced or removed.
    pub fn complete(&self, last: u32) {
        self.send(Event::Complete { last });
    }

    fn send(&self, event: Event) {
        // The task ends after a close only, and this handle has not sent one.
        let _ = self.inbox.send(Input::Event(Box::new(event)));
    }
}

/// News of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EpochUpdate {
    /// It moved.
    Progress(Progress),
    /// A job stops it, until a reorg replaces the checkpoint that needs it.
    Failed(JobId, JobFailure),
    /// Its checkpoints are all there and are not an epoch.
    Unlinked(EpochError),
    /// A checkpoint was refused: it does not follow those that are there.
    Refused(EpochError),
    /// It is proven.
    Proven(Box<EpochProof>),
}
