//! What operators ask of a running node.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;

/// Which epochs are to be proven against the rule, and whether anything is submitted. Shared by all that look at it.
#[derive(Clone, Debug)]
pub(super) struct Control {
    orders: Arc<watch::Sender<Orders>>,
}

/// The orders in force. They end with the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Orders {
    /// Why nothing is submitted.
    pub(super) paused: Option<String>,
    /// Epochs that are proven whatever else is open, and how often that was asked for.
    pub(super) started: BTreeMap<u64, Start>,
    /// Epochs that are left alone.
    pub(super) cancelled: BTreeSet<u64>,
}

/// An epoch that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// Number of the request: a later one begins anew.
    pub(super) round: u32,
    /// Whether its proof ends with the newest checkpoint although more may come.
    pub(super) as_it_is: bool,
}

impl Default for Control {
    fn default() -> Self {
        Self { orders: Arc::new(watch::Sender::new(Orders::default())) }
    }
}

impl Control {
    pub(super) fn watch(&self) -> watch::Receiver<Orders> {
        self.orders.subscribe()
    }

    pub(super) fn orders(&self) -> Orders {
        self.orders.borrow().clone()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.orders.borrow().paused.is_some()
    }

    pub(super) fn pause(&self, reason: Option<String>) {
        self.orders.send_modify(|orders| orders.paused = reason);
    }

    /// Asks for an epoch, or for a new beginning of it.
    pub(super) fn start(&self, epoch: u64, as_it_is: bool) {
        self.orders.send_modify(|orders| {
            orders.cancelled.remove(&epoch);
            let start = orders.started.entry(epoch).or_default();
            *start = Start { round: start.round.wrapping_add(1), as_it_is };
        });
    }

    pub(super) fn cancel(&self, epoch: u64) {
        self.orders.send_modify(|orders| {
            orders.started.remove(&epoch);
            orders.cancelled.insert(epoch);
        });
    }

    /// An epoch that was asked for has come to its end.
    pub(super) fn ended(&self, epoch: u64, round: u32) {
        self.orders.send_if_modified(|orders| {
            let is_over = orders.started.get(&epoch).is_some_and(|start| start.round == round);
            if is_over {
                orders.started.remove(&epoch);
            }
            is_over
        });
    }
}
