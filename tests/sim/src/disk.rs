//! A disk that keeps what was synced. Of what was written since, a power cut keeps some, loses some and tears some.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chinampa_broker::store::{RedbStore, StoreError};
use redb::{Builder, Database, Error, StorageBackend};

use crate::random::Random;

/// Bytes that a disk writes as a whole.
const SECTOR_LEN: usize = 512;

/// A disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    synced: Vec<u8>,
    current: Vec<u8>,
    unsynced: Vec<Operation>,
    /// Writes and syncs until the disk fails.
    fuse: Option<usize>,
    has_failed: bool,
}

#[derive(Debug)]
enum Operation {
    Write { offset: usize, data: Vec<u8> },
    SetLen(usize),
}

impl Disk {
    /// A disk with an empty job store. Files get their name when they are whole (`RedbStore::open`), so that no
    /// power cut happens before.
    ///
    /// # Panics
    /// If redb fails on a disk that works.
    pub fn formatted() -> Self {
        let disk = Self { state: Arc::default() };
        disk.store().expect("the disk works");
        disk
    }

    /// A job store on this disk.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn store(&self) -> Result<RedbStore, StoreError> {
        let disk = self.clone();
        RedbStore::with_opener(Box::new(move || disk.open()))
    }

    /// Fails after this many writes and syncs, and from then on until [`Disk::mend`] or [`Disk::cut_power`].
    pub fn fail_after(&self, operations: usize) {
        self.state().fuse = Some(operations);
    }

    /// Whether it fails now.
    pub fn has_failed(&self) -> bool {
        self.state().has_failed
    }

    /// Works again; nothing is lost.
    pub fn mend(&self) {
        let mut state = self.state();
        state.fuse = None;
        state.has_failed = false;
    }

    /// Forgets a part of what was not synced, as `random` chooses, and works again.
    pub fn cut_power(&self, random: &mut Random) {
        let mut state = self.state();
        let unsynced = std::mem::take(&mut state.unsynced);
        let mut image = std::mem::take(&mut state.synced);
        for operation in unsynced {
            if random.chance(50) {
                apply(&mut image, &operation, random.chance(20).then_some(random));
            }
        }
        *state = State { synced: image.clone(), current: image, ..State::default() };
    }

    fn open(&self) -> Result<Database, StoreError> {
        // A small cache, so that little is hidden from the disk.
        let mut builder = Builder::new();
        builder.set_cache_size(1 << 20);
        builder.create_with_backend(Backend(self.clone())).map_err(|error| Error::from(error).into())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Applies an operation, or with `tear` only some sectors of it.
fn apply(image: &mut Vec<u8>, operation: &Operation, tear: Option<&mut Random>) {
    match operation {
        Operation::SetLen(len) => image.resize(*len, 0),
        Operation::Write { offset, data } => {
            if image.len() < offset + data.len() {
                image.resize(offset + data.len(), 0);
            }
            let Some(random) = tear else {
                image[*offset..offset + data.len()].copy_from_slice(data);
                return;
            };
            for (index, sector) in data.chunks(SECTOR_LEN).enumerate() {
                if random.chance(50) {
                    let start = offset + index * SECTOR_LEN;
                    image[start..start + sector.len()].copy_from_slice(sector);
                }
            }
        }
    }
}

impl State {
    fn burn(&mut self) -> io::Result<()> {
        match &mut self.fuse {
            Some(0) => {
                self.has_failed = true;
                Err(io::Error::other("the disk has failed"))
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn change(&mut self, operation: Operation) -> io::Result<()> {
        self.burn()?;
        apply(&mut self.current, &operation, None);
        self.unsynced.push(operation);
        Ok(())
    }
}

/// What redb gets to see of a disk.
#[derive(Debug)]
struct Backend(Disk);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.state().current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.state();
        let start = place(offset)?;
        let bytes = state.current.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        self.0.state().change(Operation::SetLen(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.0.state();
        state.burn()?;
        state.synced = state.current.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = place(offset)?;
        self.0.state().change(Operation::Write { offset, data: data.to_vec() })
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(io::Error::other)
}
