//! Which open jobs are settled: one question to the broker serves all epochs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chinampa_jobs::JobId;
use tokio::sync::mpsc::UnboundedSender;

use super::courier::Courier;
use super::{ProvingBroker, run::Input};

/// Most ids of one question, as Aztec's prover asks.
const IDS_MAX: usize = 1_000;

/// Open jobs with the epochs that want to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Board(Arc<Mutex<BTreeMap<JobId, UnboundedSender<Input>>>>);

impl Board {
    /// No code that can panic runs while the lock is held, so a poisoned lock still guards a whole map.
    fn open(&self) -> MutexGuard<'_, BTreeMap<JobId, UnboundedSender<Input>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, id: JobId, inbox: UnboundedSender<Input>) {
        self.open().insert(id, inbox);
    }

    pub(super) fn remove(&self, id: &JobId) {
        self.open().remove(id);
    }

    fn ids(&self) -> Vec<JobId> {
        self.open().keys().cloned().collect()
    }

    fn settled(&self, ids: &[JobId]) {
        let open = self.open();
        for id in ids {
            // The broker also tells of jobs of others, and of some twice. An epoch that is gone does not mind.
            if let Some(inbox) = open.get(id) {
                let _ = inbox.send(Input::Settled(id.clone()));
            }
        }
    }
}

/// Asks until the prover is gone.
pub(super) async fn poll<B: ProvingBroker>(courier: Courier<B>, board: Board) {
    let mut snapshot = Instant::now();
    loop {
        tokio::time::sleep(courier.config().poll_interval).await;
        let whole = snapshot.elapsed() >= courier.config().snapshot_interval;
        if whole {
            snapshot = Instant::now();
        }
        let ids = if whole { board.ids() } else { Vec::new() };
        let mut questions: Vec<Vec<JobId>> = ids.chunks(IDS_MAX).map(<[JobId]>::to_vec).collect();
        if questions.is_empty() {
            questions.push(Vec::new());
        }
        for ids in questions {
            match courier.completed(ids).await {
                Ok(settled) => board.settled(&settled),
                Err(error) => {
                    tracing::warn!(%error, "the broker does not say what is completed");
                    break;
                }
            }
        }
    }
}
