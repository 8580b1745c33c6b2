//! The file of a redb store, of which every block is written when it is added.
//!
//! A block that was never written is found a place by the file system when it first is, which makes an fsync wait for the
//! file system's journal; overwriting costs the write alone. Blocks are added seldom and in large pieces.

use std::fs::File;
use std::io;
use std::ops::Bound;

use ::redb::backends::FileBackend;
use ::redb::{BackendError, DatabaseError, StorageBackend};

/// Bytes that are written at a time.
const PIECE_LEN: usize = 1 << 20;

/// A file that has no holes.
#[derive(Debug)]
pub(super) struct WholeFile(FileBackend);

impl WholeFile {
    pub(super) fn new(file: File) -> Result<Self, DatabaseError> {
        FileBackend::new(file).map(Self)
    }
}

impl StorageBackend for WholeFile {
    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut from = self.0.len()?;
        self.0.set_len(len)?;
        let zeros = vec![0; PIECE_LEN];
        while from < len {
            let piece = usize::try_from(len - from).unwrap_or(PIECE_LEN).min(PIECE_LEN);
            self.0.write(from, &zeros[..piece])?;
            from += piece as u64;
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
