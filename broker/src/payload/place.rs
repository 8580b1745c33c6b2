//! Where payloads are.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chinampa_jobs::objects::{Bucket, ObjectsError};

use super::frame::MAX_FRAME_LEN;
use super::redis::RedisPlace;
use super::reference::Reference;
use super::store::PayloadError;
use crate::store::{RedisUrl, StoreError};

/// A place for payloads. Brokers that share a queue need one that they share.
#[derive(Clone)]
pub struct Place(Kind);

#[derive(Clone)]
enum Kind {
    /// Objects `EPOCH/SHA256` in a folder or a bucket.
    Bucket(Bucket),
    Redis(RedisPlace),
}

impl Place {
    /// A folder, or a bucket: `file:///folder`, `s3://bucket/prefix?endpoint=URL`, `gs://bucket/prefix`,
    /// `az://container/prefix`; see [`Bucket::open`].
    ///
    /// # Errors
    /// [`ObjectsError::Url`]
    pub fn bucket(url: &str) -> Result<Self, ObjectsError> {
        Bucket::open(url).map(|bucket| Self(Kind::Bucket(bucket)))
    }

    /// A folder of this machine.
    ///
    /// # Errors
    /// [`ObjectsError::Url`] if the path is not absolute or not UTF-8
    pub fn folder(path: &Path) -> Result<Self, ObjectsError> {
        Self::bucket(&format!("file://{}", path.display()))
    }

    /// A Redis server, under the store's tag. It has to be one that loses nothing.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn redis(url: &RedisUrl) -> Result<Self, StoreError> {
        RedisPlace::open(url).map(|place| Self(Kind::Redis(place)))
    }

    pub(super) async fn has(&self, reference: &Reference) -> Result<bool, PayloadError> {
        match &self.0 {
            Kind::Bucket(bucket) => Ok(bucket.has(&key(reference)).await?),
            Kind::Redis(place) => place.has(reference.epoch.get(), &reference.name()).await,
        }
    }

    pub(super) async fn write(&self, reference: &Reference, bytes: Vec<u8>) -> Result<(), PayloadError> {
        match &self.0 {
            Kind::Bucket(bucket) => Ok(bucket.write(&key(reference), bytes).await?),
            Kind::Redis(place) => place.write(reference.epoch.get(), &reference.name(), bytes).await,
        }
    }

    pub(super) async fn read(&self, reference: &Reference) -> Result<Option<Vec<u8>>, PayloadError> {
        match &self.0 {
            Kind::Bucket(bucket) => Ok(bucket.read(&key(reference), MAX_FRAME_LEN).await?),
            Kind::Redis(place) => place.read(reference.epoch.get(), &reference.name()).await,
        }
    }

    pub(super) async fn remove(&self, reference: &Reference) -> Result<(), PayloadError> {
        match &self.0 {
            Kind::Bucket(bucket) => Ok(bucket.remove(&key(reference)).await?),
            Kind::Redis(place) => place.remove(reference.epoch.get(), &reference.name()).await,
        }
    }

    /// Bytes by epoch. What is not ours is not counted.
    pub(super) async fn usage(&self) -> Result<BTreeMap<u64, u64>, PayloadError> {
        match &self.0 {
            Kind::Bucket(bucket) => {
                let mut usage = BTreeMap::new();
                for (key, len) in bucket.list("").await? {
                    if let Some(epoch) = epoch_of(&key) {
                        *usage.entry(epoch).or_default() += len;
                    }
                }
                Ok(usage)
            }
            Kind::Redis(place) => place.usage().await,
        }
    }

    /// Removes all payloads of an epoch.
    pub(super) async fn drop_epoch(&self, epoch: u64) -> Result<(), PayloadError> {
        match &self.0 {
            Kind::Bucket(bucket) => {
                for (key, _) in bucket.list(&epoch.to_string()).await? {
                    if epoch_of(&key) == Some(epoch) {
                        bucket.remove(&key).await?;
                    }
                }
                Ok(())
            }
            Kind::Redis(place) => place.drop_epoch(epoch).await,
        }
    }
}

impl fmt::Debug for Place {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bucket(bucket) => write!(f, "{bucket:?}"),
            Kind::Redis(place) => write!(f, "{place:?}"),
        }
    }
}

fn key(reference: &Reference) -> String {
    format!("{}/{}", reference.epoch, reference.name())
}

/// The epoch in a key of ours, finished or not.
fn epoch_of(key: &str) -> Option<u64> {
    let (epoch, name) = key.split_once('/')?;
    if name.contains('/') {
        return None;
    }
    epoch.parse().ok()
}
