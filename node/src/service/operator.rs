//! A running node as an operator sees it.

use std::sync::Arc;

use tokio::sync::watch;

use super::StatusBoard;
use super::control::{Control, Orders};
use crate::archiver::{ArchiverStore, ArchiverStoreError, Tips};
use crate::l1::Deployment;
use crate::leader::Leadership;

/// Looks at a node and changes what it does. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Operator {
    pub(super) control: Control,
    pub(super) board: StatusBoard,
    pub(super) tips: watch::Receiver<Tips>,
    pub(super) store: Arc<ArchiverStore>,
    pub(super) deployment: Arc<Deployment>,
    pub(super) leadership: Leadership,
}

/// Why an epoch is not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// L1 has no checkpoint of it.
    #[error("epoch {epoch} has no checkpoints to prove")]
    Empty {
        /// The epoch.
        epoch: u64,
    },
    /// L1 would not take its proof any more.
    #[error("the window for a proof of epoch {epoch} closed at {deadline_s}")]
    Late {
        /// The epoch.
        epoch: u64,
        /// Seconds since 1970.
        deadline_s: u64,
    },
    /// It was never opened.
    #[error("epoch {epoch} is not open and was not lately")]
    Unknown {
        /// The epoch.
        epoch: u64,
    },
    /// The archiver's store failed.
    #[error(transparent)]
    Store(#[from] ArchiverStoreError),
}

impl StartError {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "epoch-empty",
            Self::Late { .. } => "window-closed",
            Self::Unknown { .. } => "epoch-unknown",
            Self::Store(_) => "storage",
        }
    }
}

/// How an epoch is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Whether an epoch that is open begins anew.
    pub again: bool,
    /// Whether the proof ends with the newest checkpoint although more may come.
    pub as_it_is: bool,
}

impl Operator {
    /// The epochs and how far they are.
    pub fn board(&self) -> &StatusBoard {
        &self.board
    }

    /// How far the chain is known.
    pub fn tips(&self) -> Tips {
        *self.tips.borrow()
    }

    /// Whether this node proves. `false` while another one does and it stands by.
    pub fn is_leader(&self) -> bool {
        self.leadership.is_leader()
    }

    /// Why nothing is submitted, if an operator said so.
    pub fn pause_reason(&self) -> Option<String> {
        let Orders { paused, .. } = self.control.orders();
        paused
    }

    /// Keeps proofs back, or no longer. A submission that is under way is not stopped.
    pub fn pause(&self, reason: Option<String>) {
        match &reason {
            Some(reason) => tracing::warn!(reason, "an operator keeps proofs back"),
            None => tracing::info!("an operator lets proofs go"),
        }
        self.control.pause(reason);
    }

    /// Proves an epoch whatever the order is: one that is proven already, for a share of its reward, or one further ahead
    /// than [`super::NodeConfig::epochs_ahead`]. An epoch that was cancelled is no longer. One that is open goes on as it
    /// is, unless the options say otherwise.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn start(&self, epoch: u64, options: StartOptions) -> Result<(), StartError> {
        let clock = &self.deployment.clock;
        if self.store.first_in(epoch, clock)?.is_none() {
            return Err(StartError::Empty { epoch });
        }
        let deadline_s = clock.proof_deadline_s(epoch);
        if self.tips().l1.timestamp_s >= deadline_s {
            return Err(StartError::Late { epoch, deadline_s });
        }
        let status = self.board.epoch(epoch).map(|detail| detail.status);
        let is_open = status.is_some_and(|status| !status.state.is_final());
        let is_cancelled = self.control.orders().cancelled.contains(&epoch);
        if !is_open || is_cancelled || options != StartOptions::default() {
            tracing::info!(epoch, ?options, "an operator starts an epoch");
            self.control.start(epoch, options.as_it_is);
        }
        Ok(())
    }

    /// Leaves an epoch alone until it is started again. Its jobs stay with the broker.
    ///
    /// # Errors
    /// [`StartError::Unknown`], [`StartError::Store`].
    pub fn cancel(&self, epoch: u64) -> Result<(), StartError> {
        if self.board.epoch(epoch).is_none() && self.store.first_in(epoch, &self.deployment.clock)?.is_none()
        {
            return Err(StartError::Unknown { epoch });
        }
        tracing::warn!(epoch, "an operator cancels an epoch");
        self.control.cancel(epoch);
        Ok(())
    }
}
