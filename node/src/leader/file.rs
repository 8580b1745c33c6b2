//! The lock of a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::LockError;

/// A file that at most one node locks.
#[derive(Debug)]
pub(super) struct FileLock {
    path: PathBuf,
    file: File,
}

impl FileLock {
    /// The lock in a file, which is made if it is not there. It is not taken yet.
    pub(super) fn open(path: &Path) -> Result<Self, LockError> {
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = opened.map_err(|source| LockError::File { path: path.to_path_buf(), source })?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Takes the lock if nobody has it. It is held until this is dropped.
    pub(super) fn try_take(&self) -> Result<bool, LockError> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(LockError::File { path: self.path.clone(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = FileLock::open(&path).unwrap();
        let second = FileLock::open(&path).unwrap();
        assert!(first.try_take().unwrap());
        assert!(!second.try_take().unwrap());
        drop(first);
        assert!(second.try_take().unwrap());
    }

    #[test]
    fn a_lock_without_a_folder_is_an_error() {
        assert!(matches!(FileLock::open(Path::new("/nonexistent/lock")), Err(LockError::File { .. })));
    }
}
