//! Why a store fails.

use std::path::PathBuf;

/// A store that cannot be used or has refused something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the job store {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<::redb::Error>,
    },
    /// The database failed.
    #[error("job store: {0}")]
    Database(Box<::redb::Error>),
    /// The file was written by another version of this program.
    #[error("job store has format {actual}, this program reads {expected}")]
    Format {
        /// The format of this program.
        expected: u64,
        /// The format of the file.
        actual: u64,
    },
    /// A record is not one that this program writes.
    #[error("record of the table {table} is damaged: {reason}")]
    Record {
        /// Which table.
        table: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Other brokers have gone on too far: everything has to be loaded again.
    #[error("job store has gone on; everything is read again")]
    Behind,
    /// The store may lose or evict what it was given.
    #[error("job store is not safe: {problem}; {remedy}")]
    Unsafe {
        /// What is wrong.
        problem: String,
        /// What to set.
        remedy: String,
    },
    /// Redis cannot be reached, or refuses something.
    #[error("job store: Redis: {0}")]
    Redis(Box<::redis::RedisError>),
    /// There is no room for more.
    #[error("job store is full: {0}")]
    Full(String),
    /// Something between the broker and the store failed.
    #[error("job store is out of order: {0}")]
    Unavailable(String),
}

impl From<::redb::Error> for StoreError {
    fn from(error: ::redb::Error) -> Self {
        Self::Database(Box::new(error))
    }
}
