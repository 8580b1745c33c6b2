//! Post-mortems below a root, a folder or a bucket, in Aztec's layout.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chinampa_jobs::objects::{Bucket, ObjectsError};
use chinampa_protocol::codec::Encode as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{EpochJobData, JobDataError};
use crate::blobs::store_folder;
use crate::l1::Deployment;
use crate::service::JobFault;
use crate::state::RedbTrees;

const DATA: &str = "data.bin";
const METADATA: &str = "metadata.json";
const REPORT: &str = "report.json";
const STATE: &str = "world-state.redb";
/// Longest `data.bin` that is read, unpacked: 65,536 txs of the largest kind would not fit, any real epoch does.
const DATA_LEN_MAX: u64 = 4 << 30;

/// Where post-mortems go.
#[derive(Clone, Debug)]
pub struct PostMortemStore {
    bucket: Bucket,
    /// Where the world state is copied to before it is uploaded.
    scratch: PathBuf,
    /// Held while a copy is there: epochs may fail at the same time, and a copy is as long as the world state.
    copying: Arc<Mutex<()>>,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Who proved.
    pub prover_id: String,
    /// A word for programs.
    pub error_code: String,
    /// A sentence for people.
    pub error: String,
    /// Jobs that failed.
    pub failed_jobs: Vec<JobFault>,
    /// Whether the data have all checkpoints of the epoch. Only then can a rerun come out as the epoch itself.
    #[serde(default = "yes")]
    pub complete: bool,
}

/// Reports of nodes that did not say were of complete epochs.
fn yes() -> bool {
    true
}

/// A post-mortem that was read.
#[derive(Debug)]
pub struct PostMortem {
    /// The epoch.
    pub data: EpochJobData,
    /// What went wrong, if the node was one of ours.
    pub report: Option<Report>,
    /// The world state, if the node was one of ours.
    pub state: Option<PathBuf>,
}

/// Failures to write or read post-mortems.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostMortemError {
    /// The place cannot be used.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The place has none.
    #[error("there is no {DATA} in {url}")]
    Missing {
        /// Its URL without the query.
        url: String,
    },
    /// A file cannot be written or read.
    #[error("{} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The world state cannot be copied.
    #[error("the world state cannot be copied")]
    State(#[source] chinampa_protocol::tree::StoreError),
    /// The data are not those of an epoch.
    #[error("{}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: JobDataError,
    },
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PostMortemError {
    move |source| PostMortemError::File { path: path.to_path_buf(), source }
}

impl PostMortemStore {
    /// The store at a `file://`, `s3://`, `gs://` or `az://` URL, as [`Bucket::open`] takes them. A world state on its way
    /// to a bucket is a file in the folder `scratch` for that time.
    ///
    /// # Errors
    /// [`PostMortemError::Objects`]
    pub fn new(url: &str, scratch: &Path) -> Result<Self, PostMortemError> {
        Ok(Self { bucket: Bucket::open(url)?, scratch: scratch.to_path_buf(), copying: Arc::default() })
    }

    /// Writes a post-mortem and gives its place: `aztec-<chain>-<version>-<rollup>/<epoch>-<time>-<word>`. Its
    /// `metadata.json` is Aztec's, and `data.bin` is gzip as Aztec writes it. In place of Aztec's databases there is our
    /// world state, with all blocks that the node had.
    ///
    /// # Errors
    /// [`PostMortemError`]
    pub async fn write(
        &self,
        deployment: &Deployment,
        l1_block: u64,
        data: &EpochJobData,
        report: &Report,
        state: &RedbTrees,
    ) -> Result<String, PostMortemError> {
        let Deployment { chain_id, rollup_version, rollup, .. } = *deployment;
        let base = store_folder(chain_id, rollup_version, rollup);
        let folder = format!("{base}/{}-{}-{}", data.epoch, iso_date(now_s()), report.error_code);
        let write = |name: &str, bytes| {
            let key = format!("{folder}/{name}");
            async move { self.bucket.write(&key, bytes).await }
        };
        self.bucket.write_gzip(&format!("{folder}/{DATA}"), packed(data)).await?;
        let last = data.checkpoints.last().and_then(|checkpoint| checkpoint.blocks.last());
        let metadata = json!({
            "l1ChainId": chain_id,
            "rollupVersion": rollup_version,
            "rollupAddress": rollup,
            "l2BlockNumber": last.map(|block| block.header.global_variables.block_number),
            "l2BlockHash": last.map(|block| block.header.hash()),
            "l1BlockNumber": l1_block,
        });
        write(METADATA, pretty(&metadata)).await?;
        write(REPORT, pretty(&json!(report))).await?;
        self.write_state(&format!("{folder}/{STATE}"), state).await?;
        Ok(self.bucket.uri(&folder))
    }

    async fn write_state(&self, key: &str, state: &RedbTrees) -> Result<(), PostMortemError> {
        let _copying = self.copying.lock().await;
        let copy = self.scratch.join(format!("post-mortem-{}.redb", std::process::id()));
        // A run that was killed may have left one, which a copy would add to.
        let _ = fs::remove_file(&copy);
        let (trees, path) = (state.clone(), copy.clone());
        let copied = tokio::task::spawn_blocking(move || trees.copy_to(&path)).await;
        let copied = copied.map_err(|error| failed(&copy)(io::Error::other(error)));
        let uploaded = match copied.and_then(|copied| copied.map_err(PostMortemError::State)) {
            Ok(()) => self.bucket.write_file(key, &copy).await.map_err(Into::into),
            Err(error) => Err(error),
        };
        // What cannot be removed is removed before the next one.
        let _ = fs::remove_file(&copy);
        uploaded
    }
}

fn packed(data: &EpochJobData) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let written = packed.write_all(&data.to_bytes()).and_then(|()| packed.finish());
    written.expect("writing to memory cannot fail")
}

impl PostMortem {
    /// Fetches a post-mortem from where [`PostMortemStore::write`] has put it into a folder, from which it can be read.
    ///
    /// # Errors
    /// [`PostMortemError`]
    pub async fn fetch(url: &str, folder: &Path) -> Result<(), PostMortemError> {
        let bucket = Bucket::open(url)?;
        if !bucket.read_to_file(DATA, &folder.join(DATA)).await? {
            let url = url.split('?').next().unwrap_or_default().to_owned();
            return Err(PostMortemError::Missing { url });
        }
        // One of Aztec's has neither.
        for name in [REPORT, STATE] {
            bucket.read_to_file(name, &folder.join(name)).await?;
        }
        Ok(())
    }

    /// Reads a post-mortem: a folder, or a `data.bin` with its neighbours.
    ///
    /// # Errors
    /// [`PostMortemError`]
    pub fn read(path: &Path) -> Result<Self, PostMortemError> {
        let file = if path.is_dir() { path.join(DATA) } else { path.to_path_buf() };
        let folder = file.parent().unwrap_or(Path::new("."));
        let bytes = fs::read(&file).map_err(failed(&file))?;
        let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            GzDecoder::new(&*bytes).take(DATA_LEN_MAX).read_to_end(&mut plain).map_err(failed(&file))?;
            plain
        } else {
            bytes
        };
        let data = EpochJobData::read(&bytes);
        let data = data.map_err(|source| PostMortemError::Data { path: file.clone(), source })?;
        let report = fs::read(folder.join(REPORT)).ok();
        let report = report.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let state = Some(folder.join(STATE)).filter(|state| state.is_file());
        Ok(Self { data, report, state })
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("values are JSON")
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// A time as Aztec names folders: `20260131235959`.
fn iso_date(time_s: u64) -> String {
    let (days, second) = (time_s / 86_400, time_s % 86_400);
    // Howard Hinnant's `civil_from_days`, for dates since 1970: years begin in March, so leap days come last.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{:02}", second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_aztec_writes_them() {
        assert_eq!(iso_date(0), "19700101000000");
        assert_eq!(iso_date(951_782_400), "20000229000000");
        assert_eq!(iso_date(1_798_761_599), "20261231235959");
    }

    #[test]
    fn places_are_those_of_object_stores() {
        let open = |url| PostMortemStore::new(url, Path::new("/tmp"));
        assert!(open("file:///data").is_ok());
        assert!(open("s3://bucket/x?endpoint=http://127.0.0.1:9").is_ok());
        for url in ["file://relative", "https://host/x", "nothing"] {
            assert!(matches!(open(url), Err(PostMortemError::Objects(ObjectsError::Url { .. }))), "{url}");
        }
    }

    #[tokio::test]
    async fn a_place_without_a_post_mortem_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}", folder.path().display());
        let missing = PostMortem::fetch(&url, folder.path()).await;
        assert!(matches!(missing, Err(PostMortemError::Missing { .. })));
    }
}
