//! Jobs in memory: for tests, and for brokers whose jobs need not survive them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chinampa_jobs::{EpochNumber, JobId};

use super::{Loaded, Store, StoreError};
use crate::queue::{Change, StoredJob};

/// Jobs in memory. Clones share their contents, so that a test can end a broker and start another one on them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    contents: Arc<Mutex<Contents>>,
}

#[derive(Debug, Default)]
struct Contents {
    run: u64,
    jobs: BTreeMap<(EpochNumber, JobId), StoredJob>,
    settings: BTreeMap<Arc<str>, Arc<str>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // Nothing under the lock panics half way through a change.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn apply(&mut self, change: &Change) {
        let jobs = &mut self.jobs;
        let mut with = |epoch: &EpochNumber, id: &JobId, apply: &dyn Fn(&mut StoredJob)| {
            if let Some(job) = jobs.get_mut(&(*epoch, id.clone())) {
                apply(job);
            }
        };
        match change {
            Change::Enqueued { job, sequence } => {
                let key = (job.epoch_number, job.id.clone());
                jobs.insert(key, StoredJob::new(job.clone(), *sequence, None));
            }
            Change::EnqueuedInTrace { job, sequence, trace } => {
                let key = (job.epoch_number, job.id.clone());
                jobs.insert(key, StoredJob::new(job.clone(), *sequence, Some(*trace)));
            }
            Change::Noted { epoch, id, history } => {
                with(epoch, id, &|job| job.history = Some(history.clone()));
            }
            Change::Leased { epoch, id, lease, .. } => {
                with(epoch, id, &|job| job.lease = Some(lease.clone()));
            }
            Change::Settled { epoch, id, settlement } => with(epoch, id, &|job| {
                job.settlement = Some(settlement.clone());
                job.lease = None;
            }),
            Change::Renewed { .. } => {}
            Change::Forgotten { epoch, id } => {
                jobs.remove(&(*epoch, id.clone()));
            }
            Change::EpochsDropped { oldest_kept } => jobs.retain(|(epoch, _), _| epoch >= oldest_kept),
            Change::EpochDropped { epoch } => jobs.retain(|(of, _), _| of != epoch),
            Change::Set { key, value: Some(value) } => {
                self.settings.insert(Arc::clone(key), Arc::clone(value));
            }
            Change::Set { key, value: None } => {
                self.settings.remove(key);
            }
        }
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        let mut contents = self.contents();
        contents.run += 1;
        let settings = contents.settings.iter().map(|(key, value)| (Arc::clone(key), Arc::clone(value)));
        Ok(Loaded {
            run: contents.run,
            jobs: contents.jobs.values().cloned().collect(),
            settings: settings.collect(),
        })
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let contents = &mut *self.contents();
        changes.iter().for_each(|change| contents.apply(change));
        Ok(())
    }
}
