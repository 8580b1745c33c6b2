//! Where the queue's changes are kept. The queue never reads a store while it runs: it is loaded once, and again
//! only if a commit fails.

mod error;
mod memory;
mod record;
mod redb;
mod redis;
mod whole_file;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use redb::{Opener, RedbStore};
pub use redis::{RedisStore, RedisUrl, RedisUrlError};

use std::sync::Arc;

use crate::queue::{Change, StoredJob};

/// Decisions by key, as [`crate::queue::Setting::to_stored`] writes them.
pub type StoredSettings = Vec<(Arc<str>, Arc<str>)>;

/// What a store holds when it is loaded.
#[derive(Debug)]
pub struct Loaded {
    /// How often this store was loaded, this time included. Kept before it is returned.
    pub run: u64,
    /// Every job, in order of epoch and id.
    pub jobs: Vec<StoredJob>,
    /// Every decision, by key.
    pub settings: StoredSettings,
}

/// A place for changes. One owner at a time, except for shared ones, whose owners take turns.
pub trait Store: Send {
    /// Reads everything and counts the start.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is known then
    fn load(&mut self) -> Result<Loaded, StoreError>;

    /// Applies changes in order, all or none. When it returns, they survive the end of the process and, for a store on
    /// disk, of the machine.
    ///
    /// # Errors
    /// [`StoreError`]; whether the changes were applied is then only known after [`Store::load`]
    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError>;

    /// Whether several brokers may use it at once.
    fn is_shared(&self) -> bool {
        false
    }

    /// What other brokers have changed since the last call, in order. With `turn`, nobody else may change anything from
    /// then on until the next [`Store::commit`] or [`Store::end_turn`].
    ///
    /// # Errors
    /// [`StoreError::Behind`] if the changes are no longer there, so that everything has to be loaded again; others
    fn follow(&mut self, turn: bool) -> Result<Vec<Change>, StoreError> {
        let _ = turn;
        Ok(Vec::new())
    }

    /// Ends a turn in which nothing was changed.
    ///
    /// # Errors
    /// [`StoreError`]
    fn end_turn(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Looks whether the store is still one that loses nothing.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] if it is not
    fn check(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl<S: Store + ?Sized> Store for Box<S> {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        (**self).load()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        (**self).commit(changes)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }

    fn follow(&mut self, turn: bool) -> Result<Vec<Change>, StoreError> {
        (**self).follow(turn)
    }

    fn end_turn(&mut self) -> Result<(), StoreError> {
        (**self).end_turn()
    }

    fn check(&mut self) -> Result<(), StoreError> {
        (**self).check()
    }
}
