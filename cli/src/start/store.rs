//! Which job store the configuration means.

use std::path::PathBuf;

use chinampa_broker::store::RedisUrl;

/// Prefix of a redb store in `broker.store`.
const REDB_PREFIX: &str = "redb:";
/// The store that keeps nothing.
const MEMORY: &str = "memory";
/// Name of the file where only a data directory is given.
const FILE_NAME: &str = "broker.redb";

/// Where jobs are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobStore {
    /// Nowhere: they end with the process.
    Memory,
    /// In this file.
    Redb(PathBuf),
    /// On this server, with others.
    Redis(Box<RedisUrl>),
}

impl JobStore {
    /// Reads `broker.store`; without it, a file in the data directory, if there is one.
    pub(super) fn new(store: Option<&str>, data_directory: Option<&str>) -> Self {
        match (store, data_directory) {
            (Some(text), _) => match (text.strip_prefix(REDB_PREFIX), RedisUrl::parse(text)) {
                (Some(path), _) => Self::Redb(path.into()),
                (None, Ok(url)) => Self::Redis(Box::new(url)),
                (None, Err(_)) => Self::Memory,
            },
            (None, Some(folder)) => Self::Redb(PathBuf::from(folder).join(FILE_NAME)),
            (None, None) => Self::Memory,
        }
    }
}

/// Whether a text is a value of `broker.store`.
pub(crate) fn is_store(text: &str) -> bool {
    text == MEMORY
        || text.strip_prefix(REDB_PREFIX).is_some_and(|path| !path.is_empty())
        || RedisUrl::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_directory_counts_where_no_store_is_named() {
        assert_eq!(JobStore::new(None, None), JobStore::Memory);
        assert_eq!(JobStore::new(None, Some("/d")), JobStore::Redb("/d/broker.redb".into()));
        assert_eq!(JobStore::new(Some("memory"), Some("/d")), JobStore::Memory);
        assert_eq!(JobStore::new(Some("redb:/x/y"), Some("/d")), JobStore::Redb("/x/y".into()));
    }

    #[test]
    fn stores_are_named_with_their_kind() {
        assert!(is_store("memory") && is_store("redb:a"));
        assert!(is_store("redis://h:1/2?tag=a") && is_store("rediss+sentinel://h,i/master"));
        assert!(!is_store("redb:") && !is_store("a.redb") && !is_store("redis://h?x=1") && !is_store(""));
    }
}
