//! Which job store and which place for payloads the configuration means.

use std::path::PathBuf;

use chinampa_broker::store::RedisUrl;

/// Prefix of a redb store in `broker.store`.
const REDB_PREFIX: &str = "redb:";
/// The store that keeps nothing.
const MEMORY: &str = "memory";
/// Name of the file where only a data directory is given.
const FILE_NAME: &str = "broker.redb";

/// Payloads stay in the job store.
const INLINE: &str = "inline";
/// What the folder of payloads has behind the name of the job store.
const FOLDER_END: &str = ".payloads";

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

/// Where payloads are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PayloadStore {
    /// In the job store.
    Inline,
    /// In a folder or bucket with this URL.
    Bucket(String),
    /// On this server.
    Redis(Box<RedisUrl>),
}

impl PayloadStore {
    /// Reads `broker.payloads`; without it, a folder beside the job store, where that is a file.
    pub(super) fn new(payloads: Option<&str>, store: &JobStore) -> Self {
        match (payloads, store) {
            (Some(INLINE), _) | (None, JobStore::Memory | JobStore::Redis(_)) => Self::Inline,
            (Some(text), _) => match RedisUrl::parse(text) {
                Ok(url) => Self::Redis(Box::new(url)),
                Err(_) => Self::Bucket(text.to_owned()),
            },
            (None, JobStore::Redb(path)) => {
                let mut folder = std::path::absolute(path).unwrap_or_else(|_| path.clone()).into_os_string();
                folder.push(FOLDER_END);
                Self::Bucket(format!("file://{}", folder.to_string_lossy()))
            }
        }
    }
}

/// Whether a text is a value of `broker.payloads`.
pub(crate) fn is_payloads(text: &str) -> bool {
    let has_rest = |scheme: &str| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    text == INLINE
        || text.starts_with("file:///")
        || ["s3://", "gs://", "az://"].into_iter().any(has_rest)
        || RedisUrl::parse(text).is_ok()
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
    fn payloads_are_beside_a_file_unless_it_is_said_otherwise() {
        let redb = JobStore::Redb("/d/jobs.redb".into());
        let beside = PayloadStore::Bucket("file:///d/jobs.redb.payloads".to_owned());
        assert_eq!(PayloadStore::new(None, &redb), beside);
        assert_eq!(PayloadStore::new(Some("inline"), &redb), PayloadStore::Inline);
        assert_eq!(PayloadStore::new(None, &JobStore::Memory), PayloadStore::Inline);
        let bucket = PayloadStore::Bucket("s3://b/x".to_owned());
        assert_eq!(PayloadStore::new(Some("s3://b/x"), &JobStore::Memory), bucket);
        assert!(matches!(PayloadStore::new(Some("redis://h"), &redb), PayloadStore::Redis(_)));
        assert!(
            ["inline", "file:///d", "s3://b", "gs://b/x", "az://c", "redis://h"].into_iter().all(is_payloads)
        );
        assert!(!["", "file://d", "s3://", "http://h", "redis://h?x=1"].into_iter().any(is_payloads));
    }

    #[test]
    fn stores_are_named_with_their_kind() {
        assert!(is_store("memory") && is_store("redb:a"));
        assert!(is_store("redis://h:1/2?tag=a") && is_store("rediss+sentinel://h,i/master"));
        assert!(!is_store("redb:") && !is_store("a.redb") && !is_store("redis://h?x=1") && !is_store(""));
    }
}
