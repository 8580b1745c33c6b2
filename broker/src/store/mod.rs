//! Where the queue's changes are kept. The queue never reads a store while it runs: it is loaded once, and again
//! only if a commit fails.

mod error;
mod memory;
mod record;
mod redb;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use redb::{Opener, RedbStore};

use crate::queue::{Change, StoredJob};

/// What a store holds when it is loaded.
#[derive(Debug)]
pub struct Loaded {
    /// How often this store was loaded, this time included. Kept before it is returned.
    pub run: u64,
    /// Every job, in order of epoch and id.
    pub jobs: Vec<StoredJob>,
}

/// A place for changes. One owner at a time.
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
}

impl<S: Store + ?Sized> Store for Box<S> {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        (**self).load()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        (**self).commit(changes)
    }
}
