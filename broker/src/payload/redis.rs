//! Payloads in Redis, in a hash for each epoch, for brokers on several machines that have no other place in common.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ::redis::Connection;

use super::store::PayloadError;
use crate::store::{RedisStore, RedisUrl, StoreError};

/// Connections that are kept while nobody needs them.
const MAX_IDLE: usize = 8;

#[derive(Clone)]
pub(super) struct RedisPlace {
    url: RedisUrl,
    /// The store's name in braces, and what all keys have behind it.
    base: String,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl RedisPlace {
    /// Looks whether the server loses nothing.
    pub(super) fn open(url: &RedisUrl) -> Result<Self, StoreError> {
        let connection = RedisStore::connect_safely(url)?;
        let base = format!("{{{}}}:payloads", url.tag());
        Ok(Self { url: url.clone(), base, idle: Arc::new(Mutex::new(vec![connection])) })
    }

    pub(super) async fn has(&self, epoch: u64, name: &str) -> Result<bool, PayloadError> {
        let (key, name) = (self.key(epoch), name.to_owned());
        self.run(move |connection| Ok(::redis::cmd("HEXISTS").arg(key).arg(name).query(connection)?)).await
    }

    pub(super) async fn write(&self, epoch: u64, name: &str, bytes: Vec<u8>) -> Result<(), PayloadError> {
        let (epochs, key, name) = (self.base.clone(), self.key(epoch), name.to_owned());
        let url = self.url.clone();
        self.run(move |connection| {
            ::redis::pipe()
                .atomic()
                .sadd(epochs, epoch)
                .ignore()
                .hset(key, name, bytes)
                .ignore()
                .exec(connection)?;
            RedisStore::confirm(&url, connection)
        })
        .await
    }

    pub(super) async fn read(&self, epoch: u64, name: &str) -> Result<Option<Vec<u8>>, PayloadError> {
        let (key, name) = (self.key(epoch), name.to_owned());
        self.run(move |connection| Ok(::redis::cmd("HGET").arg(key).arg(name).query(connection)?)).await
    }

    pub(super) async fn remove(&self, epoch: u64, name: &str) -> Result<(), PayloadError> {
        let (key, name) = (self.key(epoch), name.to_owned());
        self.run(move |connection| Ok(::redis::cmd("HDEL").arg(key).arg(name).exec(connection)?)).await
    }

    /// Bytes by epoch.
    pub(super) async fn usage(&self) -> Result<BTreeMap<u64, u64>, PayloadError> {
        let place = self.clone();
        self.run(move |connection| {
            let epochs: Vec<u64> = ::redis::cmd("SMEMBERS").arg(&place.base).query(connection)?;
            let mut usage = BTreeMap::new();
            for epoch in epochs {
                let key = place.key(epoch);
                let names: Vec<String> = ::redis::cmd("HKEYS").arg(&key).query(connection)?;
                let mut lengths = ::redis::pipe();
                names.iter().for_each(|name| {
                    lengths.cmd("HSTRLEN").arg(&key).arg(name);
                });
                let lengths: Vec<u64> =
                    if names.is_empty() { Vec::new() } else { lengths.query(connection)? };
                usage.insert(epoch, lengths.iter().sum());
            }
            Ok(usage)
        })
        .await
    }

    pub(super) async fn drop_epoch(&self, epoch: u64) -> Result<(), PayloadError> {
        let (epochs, key) = (self.base.clone(), self.key(epoch));
        self.run(move |connection| {
            Ok(::redis::pipe().atomic().unlink(key).ignore().srem(epochs, epoch).ignore().exec(connection)?)
        })
        .await
    }

    fn key(&self, epoch: u64) -> String {
        format!("{}:{epoch}", self.base)
    }

    /// Runs calls on a connection of their own, beside those that wait for nothing.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PayloadError> {
        let place = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let idle = || place.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = idle().pop();
            let mut connection = match taken {
                Some(connection) => connection,
                None => RedisStore::connect_safely(&place.url)?,
            };
            let result = work(&mut connection);
            let mut idle = idle();
            // One that failed is not used again, and neither are those that may be gone with it.
            match &result {
                Ok(_) if idle.len() < MAX_IDLE => idle.push(connection),
                Ok(_) => {}
                Err(_) => idle.clear(),
            }
            result
        });
        match done.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(StoreError::Full(reason))) => Err(PayloadError::NoRoom(reason)),
            Ok(Err(error)) => Err(PayloadError::Unavailable(error.to_string())),
            Err(error) => Err(PayloadError::Unavailable(error.to_string())),
        }
    }
}

impl fmt::Debug for RedisPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.url)
    }
}
