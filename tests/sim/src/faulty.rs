//! A store in memory whose commits fail when they are told to, before or after they are done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use chinampa_broker::queue::Change;
use chinampa_broker::store::{Loaded, MemoryStore, Store, StoreError};

const WORKS: u8 = 0;
const FAILS_BEFORE: u8 = 1;
const FAILS_AFTER: u8 = 2;

/// A memory store with faults. Clones share contents and faults.
#[derive(Clone, Debug, Default)]
pub struct FaultyMemory {
    store: MemoryStore,
    fault: Arc<AtomicU8>,
}

impl FaultyMemory {
    /// The next commits fail: `after` they are done, or with nothing done.
    pub fn fail(&self, after: bool) {
        self.fault.store(if after { FAILS_AFTER } else { FAILS_BEFORE }, Ordering::Relaxed);
    }

    /// Commits work again.
    pub fn mend(&self) {
        self.fault.store(WORKS, Ordering::Relaxed);
    }
}

impl Store for FaultyMemory {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.store.load()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let failed = || Err(StoreError::Unavailable("told to fail".to_owned()));
        match self.fault.load(Ordering::Relaxed) {
            WORKS => self.store.commit(changes),
            FAILS_AFTER => {
                self.store.commit(changes)?;
                failed()
            }
            _ => failed(),
        }
    }
}
