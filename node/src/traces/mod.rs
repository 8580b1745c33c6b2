//! Traces of epochs, sent as OTLP over HTTP: from the first blob to the proof on L1.
//!
//! An epoch is one trace, whose id is made from the chain and the epoch, so that all that several nodes do for it, one after
//! the other or at the same time, is found together. Its root span lasts while the epoch is open; below it are the spans of
//! fetching blobs and txs, of execution, planning, every circuit from enqueue to settlement, and publishing. A job is
//! enqueued with the `traceparent` of its circuit's span, so that the broker's own spans come below it.
//!
//! Nothing waits for a collector: spans that it does not take in time are dropped.

mod sender;
mod span;

pub use sender::TraceSender;
pub use span::{EpochTrace, OpenSpan};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use alloy::primitives::Address;
use chinampa_jobs::otlp::Span;
use chinampa_jobs::trace::{SpanId, TraceId};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

/// Epochs whose openings are counted.
const EPOCHS_MAX: usize = 1_024;

/// Makes spans, or does nothing if there is no collector. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Traces(Option<Arc<Scope>>);

/// What the spans of a process have in common.
#[derive(Debug)]
struct Scope {
    sender: mpsc::Sender<Span>,
    /// What tells this process from others.
    process: [u8; 32],
    /// Number of the next span.
    next: AtomicU64,
    /// Chain and contract, before the epoch's number in the id of a trace.
    rollup: String,
    /// Times that each epoch was opened.
    openings: Mutex<BTreeMap<u64, u64>>,
}

impl Traces {
    /// The same for the epochs of a rollup.
    #[must_use]
    pub fn of_rollup(&self, chain_id: u64, rollup: Address) -> Self {
        Self(self.0.as_ref().map(|scope| {
            Arc::new(Scope {
                sender: scope.sender.clone(),
                process: scope.process,
                next: AtomicU64::new(0),
                rollup: format!("{chain_id}:{rollup}"),
                openings: Mutex::default(),
            })
        }))
    }

    /// Begins the root span of an epoch that is opened.
    pub fn open(&self, epoch: u64) -> EpochTrace {
        let opening = self.0.as_ref().map_or(0, |scope| scope.count_opening(epoch));
        EpochTrace::new(self, epoch, opening)
    }

    /// The trace of an epoch for what happens before or beside its being open.
    pub fn beside(&self, epoch: u64) -> EpochTrace {
        EpochTrace::new(self, epoch, 0)
    }
}

impl Scope {
    /// How often the epoch was opened before.
    fn count_opening(&self, epoch: u64) -> u64 {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        let count = openings.entry(epoch).or_default();
        let before = *count;
        *count += 1;
        while openings.len() > EPOCHS_MAX {
            openings.pop_first();
        }
        before
    }

    fn trace(&self, epoch: u64) -> TraceId {
        let digest = Sha256::digest(format!("{}:{epoch}", self.rollup));
        let mut id = TraceId::default();
        id.copy_from_slice(&digest[..16]);
        id
    }

    /// The root span of an epoch. Before it is opened for the first time, its id is known to all nodes.
    fn root(&self, epoch: u64, opening: u64) -> SpanId {
        if opening > 0 {
            return self.new_id();
        }
        short(Sha256::new_with_prefix("epoch").chain_update(self.trace(epoch)))
    }

    fn new_id(&self) -> SpanId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        short(
            Sha256::new_with_prefix(self.process)
                .chain_update(&self.rollup)
                .chain_update(number.to_le_bytes()),
        )
    }

    fn send(&self, span: Span) {
        // A full queue or an exporter that has ended: traces are never waited for.
        let _ = self.sender.try_send(span);
    }
}

fn short(digest: Sha256) -> SpanId {
    let mut id = SpanId::default();
    id.copy_from_slice(&digest.finalize()[..8]);
    id
}
