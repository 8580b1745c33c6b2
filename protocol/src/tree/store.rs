//! Where trees live: an ordered map from bytes to bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

/// A failure of the store itself: disk, file format.
#[derive(Debug, thiserror::Error)]
#[error("{op} failed in the tree store")]
pub struct StoreError {
    /// What was tried.
    pub op: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// A key with its new value, or with `None` to remove it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// An ordered map from bytes to bytes.
///
/// Readers may run beside the one writer. A reader that makes two calls may see a write between them; whoever
/// builds on this orders its reads so that it does not matter.
pub trait Store: Send + Sync {
    /// The value of `key`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The entry with the smallest key that is not below `key`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    fn at_or_above(&self, key: &[u8]) -> Result<Option<Entry>, StoreError>;

    /// The entry with the greatest key that is not above `key`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    fn at_or_below(&self, key: &[u8]) -> Result<Option<Entry>, StoreError>;

    /// Makes all changes, or none of them. When this returns they survive a crash, if the store ever does.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be written; nothing is then changed.
    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError>;
}

/// A store in memory. It forgets everything when dropped.
#[derive(Default)]
pub struct MemoryStore {
    entries: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.entries.read().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("MemoryStore").field("entries", &count).finish()
    }
}

// No code that can panic runs while the lock is held, so a poisoned lock still guards a whole map.
impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.entries.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn at_or_above(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let mut range = entries.range::<[u8], _>((Bound::Included(key), Bound::Unbounded));
        Ok(range.next().map(|(key, value)| (key.clone(), value.clone())))
    }

    fn at_or_below(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let mut range = entries.range::<[u8], _>((Bound::Unbounded, Bound::Included(key)));
        Ok(range.next_back().map(|(key, value)| (key.clone(), value.clone())))
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in changes {
            match value {
                Some(value) => entries.insert(key, value),
                None => entries.remove(&key),
            };
        }
        Ok(())
    }
}
