//! A folder, or a bucket of a cloud.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, ObjectStoreExt as _, RetryConfig};
use url::Url;

use super::{ObjectsError, folder};

/// Region of services that have none.
const NO_REGION: &str = "auto";
/// Region that Aztec's programs take when nothing names one.
const DEFAULT_REGION: &str = "us-east-1";

/// A place for objects with keys such as `inputs/ROOT_ROLLUP/7:ROOT_ROLLUP:00`. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    pub(super) place: Place,
    /// The URL without its query and without a slash at its end.
    base: String,
}

#[derive(Clone)]
pub(super) enum Place {
    Folder(Arc<PathBuf>),
    Cloud {
        store: Arc<dyn ObjectStore>,
        /// What all keys start with; empty or with a slash at its end.
        prefix: Arc<str>,
    },
}

impl Bucket {
    /// Opens `file:///folder`, `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`. The last three may have
    /// `?endpoint=URL`, for a service that is not at its cloud's address; it is spoken to without TLS only if that URL starts with
    /// `http://`.
    /// Credentials come from where the tools of each cloud look for them (`AWS_ACCESS_KEY_ID` and so on,
    /// `GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_ACCOUNT_NAME` and so on, or the machine's own identity). Nothing is
    /// asked of the service yet.
    ///
    /// # Errors
    /// [`ObjectsError::Url`]
    pub fn open(url: &str) -> Result<Self, ObjectsError> {
        let shown = url.split('?').next().unwrap_or_default().to_owned();
        let bad = |reason: String| ObjectsError::Url { url: shown.clone(), reason };
        if url.starts_with("file:") {
            let path = folder::of_url(url);
            let path = path.ok_or_else(|| bad("file:// and an absolute path are expected".to_owned()))?;
            let base = format!("file://{}", path.display());
            return Ok(Self { place: Place::Folder(Arc::new(path)), base });
        }
        let parsed = Url::parse(url).map_err(|error| bad(error.to_string()))?;
        let bucket = parsed.host_str().ok_or_else(|| bad("it names no bucket".to_owned()))?;
        // Its users have rustls with ring only, and a client of the service asks for the provider of the process. One that is
        // there already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = cloud(&parsed, bucket).map_err(bad)?;
        let prefix = parsed.path().trim_matches('/');
        let base = format!("{}://{bucket}/{prefix}", parsed.scheme()).trim_end_matches('/').to_owned();
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { place: Place::Cloud { store, prefix: prefix.into() }, base })
    }

    /// The URI of an object.
    pub fn uri(&self, key: &str) -> String {
        format!("{}/{key}", self.base)
    }

    /// An object of at most `limit` bytes; none if it is not there.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn read(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, ObjectsError> {
        match &self.place {
            Place::Folder(path) => {
                let (path, key) = (Arc::clone(path), key.to_owned());
                blocking(move || folder::read(&path, &key, limit)).await
            }
            Place::Cloud { store, prefix } => {
                let found = match store.get(&path(prefix, key)?).await {
                    Err(object_store::Error::NotFound { .. }) => return Ok(None),
                    found => found?,
                };
                let actual = found.meta.size;
                if actual > limit as u64 {
                    return Err(ObjectsError::TooLong { key: key.to_owned(), limit, actual });
                }
                Ok(Some(found.bytes().await?.to_vec()))
            }
        }
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn has(&self, key: &str) -> Result<bool, ObjectsError> {
        match &self.place {
            Place::Folder(path) => {
                let path = path.join(key);
                blocking(move || Ok(path.is_file())).await
            }
            Place::Cloud { store, prefix } => match store.head(&path(prefix, key)?).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Writes an object, or replaces it, whole. It is kept when this returns: in a folder it is on disk.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        match &self.place {
            Place::Folder(path) => {
                let (path, key) = (Arc::clone(path), key.to_owned());
                blocking(move || folder::write(&path, &key, &bytes)).await
            }
            Place::Cloud { store, prefix } => {
                store.put(&path(prefix, key)?, bytes.into()).await?;
                Ok(())
            }
        }
    }

    /// Keys and sizes of the objects whose keys start with `folder` and a slash; all for an empty one.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, ObjectsError> {
        match &self.place {
            Place::Folder(path) => {
                let (path, folder) = (Arc::clone(path), folder.to_owned());
                blocking(move || folder::list(&path, &folder)).await
            }
            Place::Cloud { store, prefix } => {
                let below = format!("{prefix}{folder}");
                let below = below.trim_end_matches('/');
                let below = if below.is_empty() { None } else { Some(path("", below)?) };
                let entries: Vec<_> = store.list(below.as_ref()).try_collect().await?;
                let key = |location: &Path| Some(location.as_ref().strip_prefix(&**prefix)?.to_owned());
                Ok(entries.iter().filter_map(|entry| Some((key(&entry.location)?, entry.size))).collect())
            }
        }
    }

    /// Removes an object, if it is there.
    ///
    /// # Errors
    /// [`ObjectsError`]
    pub async fn remove(&self, key: &str) -> Result<(), ObjectsError> {
        match &self.place {
            Place::Folder(path) => {
                let (path, key) = (Arc::clone(path), key.to_owned());
                blocking(move || folder::remove(&path, &key)).await
            }
            Place::Cloud { store, prefix } => match store.delete(&path(prefix, key)?).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            },
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({})", self.base)
    }
}

/// A client of the service that the URL names.
fn cloud(url: &Url, bucket: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 3,
        retry_timeout: Duration::from_secs(20),
    };
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
    let failed = |error: object_store::Error| error.to_string();
    match url.scheme() {
        "s3" => {
            let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
            if let Some(endpoint) = value("endpoint") {
                builder = builder.with_allow_http(endpoint.starts_with("http://"));
                builder = builder.with_endpoint(endpoint).with_region(NO_REGION);
            } else if !["AWS_REGION", "AWS_DEFAULT_REGION"]
                .iter()
                .any(|name| std::env::var_os(name).is_some())
            {
                builder = builder.with_region(DEFAULT_REGION);
            }
            Ok(Arc::new(builder.build().map_err(failed)?))
        }
        "gs" => {
            let mut builder =
                GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry);
            if let Some(endpoint) = value("endpoint") {
                builder = builder.with_base_url(endpoint.trim_end_matches('/'));
            }
            Ok(Arc::new(builder.build().map_err(failed)?))
        }
        "az" => {
            let mut builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket).with_retry(retry);
            if let Some(endpoint) = value("endpoint") {
                builder = builder.with_allow_http(endpoint.starts_with("http://"));
                builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
            }
            Ok(Arc::new(builder.build().map_err(failed)?))
        }
        other => Err(format!("{other} is none of file, s3, gs and az")),
    }
}

pub(super) fn path(prefix: &str, key: &str) -> Result<Path, ObjectsError> {
    Path::parse(format!("{prefix}{key}")).map_err(|error| object_store::Error::from(error).into())
}

/// Runs what waits for a disk where it holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ObjectsError> + Send + 'static,
) -> Result<T, ObjectsError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(ObjectsError::File { key: String::new(), source: std::io::Error::other(error) })
    })
}
