//! Trees in a redb file.

use std::path::Path;
use std::sync::Arc;

use chinampa_protocol::tree::{Change, Entry, Store, StoreError};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

const ENTRIES: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("trees");

/// Pages that are kept in memory. The upper levels of the trees are read with every insertion.
const CACHE_LEN_BYTES: usize = 128 << 20;

/// The entries of all trees in one table; every write is one transaction and one fsync. Clones are the same file.
#[derive(Clone, Debug)]
pub struct RedbTrees {
    database: Arc<Database>,
}

fn failed(op: &'static str) -> impl FnOnce(redb::Error) -> StoreError {
    move |error| StoreError { op, source: Box::new(error) }
}

impl RedbTrees {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`StoreError`], also if another process has it open.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || -> Result<Self, redb::Error> {
            let database = Database::builder().set_cache_size(CACHE_LEN_BYTES).create(path)?;
            let transaction = database.begin_write()?;
            transaction.open_table(ENTRIES)?;
            transaction.commit()?;
            Ok(Self { database: Arc::new(database) })
        };
        open().map_err(failed("open"))
    }

    /// Writes all entries as they are at this moment to another file, which must not exist.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let copy = || -> Result<(), redb::Error> {
            let from = self.database.begin_read()?.open_table(ENTRIES)?;
            let target = Database::create(path)?;
            let transaction = target.begin_write()?;
            {
                let mut table = transaction.open_table(ENTRIES)?;
                for entry in from.iter()? {
                    let (key, value) = entry?;
                    table.insert(key.value(), value.value())?;
                }
            }
            Ok(transaction.commit()?)
        };
        copy().map_err(failed("copy"))
    }

    fn read<T>(
        &self,
        op: &'static str,
        read: impl FnOnce(redb::ReadOnlyTable<&'static [u8], &'static [u8]>) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let table = || Ok(self.database.begin_read()?.open_table(ENTRIES)?);
        table().and_then(read).map_err(failed(op))
    }
}

impl Store for RedbTrees {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read("get", |table| Ok(table.get(key)?.map(|value| value.value().to_vec())))
    }

    fn at_or_above(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.read("at_or_above", |table| {
            let first = table.range(key..)?.next().transpose()?;
            Ok(first.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
        })
    }

    fn at_or_below(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.read("at_or_below", |table| {
            let last = table.range(..=key)?.next_back().transpose()?;
            Ok(last.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())))
        })
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(ENTRIES)?;
                for (key, value) in &changes {
                    match value {
                        Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                        None => table.remove(key.as_slice())?,
                    };
                }
            }
            Ok(transaction.commit()?)
        };
        write().map_err(failed("write"))
    }
}
