//! A store in memory that several brokers share, with faults: commits that fail before or after they are done, turns
//! that are over too early, and logs that are cut off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chinampa_broker::queue::Change;
use chinampa_broker::store::{Loaded, MemoryStore, Store, StoreError};

use crate::random::Random;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fault {
    #[default]
    None,
    Before,
    After,
    LostTurn,
}

/// A shared memory store. Clones are connections of other brokers to it.
#[derive(Clone, Debug, Default)]
pub struct SharedMemory {
    state: Arc<Mutex<State>>,
    position: usize,
}

#[derive(Debug, Default)]
struct State {
    store: MemoryStore,
    log: Vec<Vec<Change>>,
    /// Entries before this one are cut off.
    log_start: usize,
    fault: Fault,
}

impl SharedMemory {
    /// The next commits fail in some way.
    pub fn fail(&self, random: &mut Random) {
        let mut state = self.state();
        state.fault = [Fault::Before, Fault::After, Fault::LostTurn][random.below(3)];
        if random.chance(20) {
            state.log_start = state.log.len();
        }
    }

    /// Commits work again.
    pub fn mend(&self) {
        self.state().fault = Fault::None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SharedMemory {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        let mut state = self.state();
        let position = state.log.len();
        let loaded = state.store.load()?;
        drop(state);
        self.position = position;
        Ok(loaded)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let mut state = self.state();
        assert_eq!(self.position, state.log.len(), "a broker commits without having followed");
        let failed = || Err(StoreError::Unavailable("told to fail".to_owned()));
        if matches!(state.fault, Fault::Before | Fault::LostTurn) {
            return failed();
        }
        state.store.commit(changes)?;
        state.log.push(changes.to_vec());
        if state.fault == Fault::After {
            return failed();
        }
        drop(state);
        self.position += 1;
        Ok(())
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn follow(&mut self, _turn: bool) -> Result<Vec<Change>, StoreError> {
        let state = self.state();
        if self.position < state.log_start {
            return Err(StoreError::Behind);
        }
        let changes = state.log[self.position..].concat();
        let position = state.log.len();
        drop(state);
        self.position = position;
        Ok(changes)
    }
}
