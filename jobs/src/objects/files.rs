//! Objects that are too long for memory: from files and into files.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::{Attribute, Attributes, MultipartUpload as _, ObjectStore as _, ObjectStoreExt as _};

use super::bucket::{Place, blocking, path};
use super::{Bucket, ObjectsError, folder};

/// Bytes of a part. S3 takes parts from 5 MiB on and 10,000 of them.
const PART_LEN: usize = 16 << 20;

impl Bucket {
    /// Writes a file as an object, or replaces it, whole. No more than a part of it is in memory.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn write_file(&self, key: &str, from: &Path) -> Result<(), ObjectsError> {
        let (store, prefix) = match &self.place {
            Place::Folder(base) => {
                let (base, key, from) = (Arc::clone(base), key.to_owned(), from.to_path_buf());
                return blocking(move || folder::copy(&base, &key, &from)).await;
            }
            Place::Cloud { store, prefix } => (store, prefix),
        };
        let failed = |source: io::Error| ObjectsError::File { key: key.to_owned(), source };
        let location = path(prefix, key)?;
        let file = File::open(from).map_err(failed)?;
        let (mut file, mut part) = next_part(file).await.map_err(failed)?;
        if part.len() < PART_LEN {
            store.put(&location, part.into()).await?;
            return Ok(());
        }
        let mut upload = store.put_multipart(&location).await?;
        let sent = async {
            while !part.is_empty() {
                upload.put_part(part.into()).await?;
                (file, part) = next_part(file).await.map_err(failed)?;
            }
            upload.complete().await?;
            Ok(())
        };
        let sent: Result<(), ObjectsError> = sent.await;
        if sent.is_err() {
            // What the service has of it goes away, or does when the service cleans up.
            let _ = upload.abort().await;
        }
        sent
    }

    /// Writes bytes that are gzip as an object, or replaces it, whole, and tells a service so, which then knows how to hand it
    /// on (`Content-Encoding`).
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn write_gzip(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        let Place::Cloud { store, prefix } = &self.place else { return self.write(key, bytes).await };
        let attributes = Attributes::from_iter([(Attribute::ContentEncoding, "gzip")]);
        store.put_opts(&path(prefix, key)?, bytes.into(), attributes.into()).await?;
        Ok(())
    }

    /// Writes an object into a file. Whether it is there.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn read_to_file(&self, key: &str, to: &Path) -> Result<bool, ObjectsError> {
        let (store, prefix) = match &self.place {
            Place::Folder(base) => {
                let (from, to, key) = (base.join(key), to.to_path_buf(), key.to_owned());
                return blocking(move || match std::fs::copy(&from, &to) {
                    Ok(_) => Ok(true),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                    Err(source) => Err(ObjectsError::File { key, source }),
                })
                .await;
            }
            Place::Cloud { store, prefix } => (store, prefix),
        };
        let found = match store.get(&path(prefix, key)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            found => found?,
        };
        let failed = |source: io::Error| ObjectsError::File { key: key.to_owned(), source };
        let mut file = File::create(to).map_err(failed)?;
        let mut parts = found.into_stream();
        while let Some(part) = parts.try_next().await? {
            file.write_all(&part).map_err(failed)?;
        }
        file.sync_all().map_err(failed)?;
        Ok(true)
    }
}

/// The next bytes of a file; fewer than a part at its end.
async fn next_part(mut file: File) -> io::Result<(File, Vec<u8>)> {
    let read = tokio::task::spawn_blocking(move || {
        let mut part = Vec::new();
        Read::by_ref(&mut file).take(PART_LEN as u64).read_to_end(&mut part)?;
        Ok((file, part))
    });
    read.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_go_into_a_folder_and_back() {
        let (place, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bucket = Bucket::open(&format!("file://{}", place.path().display())).unwrap();
        let (from, to) = (files.path().join("from"), files.path().join("to"));
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&from, &bytes).unwrap();
        bucket.write_file("a/b/c", &from).await.unwrap();
        assert_eq!(bucket.list("").await.unwrap(), [("a/b/c".to_owned(), bytes.len() as u64)]);
        assert!(bucket.read_to_file("a/b/c", &to).await.unwrap());
        assert!(std::fs::read(&to).unwrap() == bytes);
        assert!(!bucket.read_to_file("a/b/d", &to).await.unwrap());
        let missing = bucket.write_file("a", &files.path().join("none")).await;
        assert!(matches!(missing, Err(ObjectsError::File { .. })));
    }
}
