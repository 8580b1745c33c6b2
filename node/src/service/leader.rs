//! One node of several proves: the one that holds the lock. The others follow L1 and take over where it stops.
//!
//! The lock is an exclusive lock of the operating system on a file. It needs no server, cannot outlive its holder (a
//! process that is killed loses it at once), and works for nodes on one machine or on a shared file system whose locks
//! reach all of them (NFS version 4 does). What the holder had begun is in the broker, under ids that the next one
//! computes again, so nothing is proven twice.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether this node holds the lock. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Leadership(Arc<AtomicBool>);

impl Leadership {
    pub(super) fn is_leader(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The lock cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the leader lock {} cannot be used", path.display())]
pub struct LockError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// A lock that at most one node holds.
#[derive(Debug)]
pub struct LeaderLock {
    path: PathBuf,
    file: File,
}

impl LeaderLock {
    /// The lock in a file, which is made if it is not there. It is not taken yet.
    ///
    /// # Errors
    /// [`LockError`]
    pub fn open(path: &Path) -> Result<Self, LockError> {
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = opened.map_err(|source| LockError { path: path.to_path_buf(), source })?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Takes the lock if nobody has it. It is held until this is dropped.
    ///
    /// # Errors
    /// [`LockError`] on a file system without locks.
    pub fn try_take(&self) -> Result<bool, LockError> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(LockError { path: self.path.clone(), source }),
        }
    }

    /// Waits for the lock.
    pub(super) async fn take(&self) -> Result<(), LockError> {
        let mut has_waited = false;
        while !self.try_take()? {
            if !has_waited {
                tracing::info!(lock = %self.path.display(), "another node proves; this one stands by");
                has_waited = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::info!(lock = %self.path.display(), "this node proves");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = LeaderLock::open(&path).unwrap();
        let second = LeaderLock::open(&path).unwrap();
        assert!(first.try_take().unwrap());
        assert!(!second.try_take().unwrap());
        drop(first);
        assert!(second.try_take().unwrap());
    }

    #[test]
    fn a_lock_without_a_folder_is_an_error() {
        assert!(matches!(LeaderLock::open(Path::new("/nonexistent/lock")), Err(LockError { .. })));
    }
}
