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

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        let mut contents = self.contents();
        contents.run += 1;
        Ok(Loaded { run: contents.run, jobs: contents.jobs.values().cloned().collect() })
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let jobs = &mut self.contents().jobs;
        for change in changes {
            match change {
                Change::Enqueued { job, sequence } => {
                    let stored =
                        StoredJob { job: job.clone(), sequence: *sequence, failures: 0, settlement: None };
                    jobs.insert((job.epoch_number, job.id.clone()), stored);
                }
                Change::Failed { epoch, id, failures } => {
                    if let Some(job) = jobs.get_mut(&(*epoch, id.clone())) {
                        job.failures = *failures;
                    }
                }
                Change::Settled { epoch, id, settlement } => {
                    if let Some(job) = jobs.get_mut(&(*epoch, id.clone())) {
                        job.settlement = Some(settlement.clone());
                    }
                }
                Change::Forgotten { epoch, id } => {
                    jobs.remove(&(*epoch, id.clone()));
                }
                Change::EpochsDropped { oldest_kept } => {
                    jobs.retain(|(epoch, _), _| epoch >= oldest_kept);
                }
            }
        }
        Ok(())
    }
}
