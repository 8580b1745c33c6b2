//! Post-mortems as folders below a root, in Aztec's layout.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chinampa_protocol::codec::Encode as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

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
    root: PathBuf,
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
    /// A place that is not written to.
    #[error("{scheme}:// is no place for post-mortems; file:// with an absolute path is")]
    Scheme {
        /// Start of its URL.
        scheme: String,
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
    /// The store at a `file:` URL.
    ///
    /// # Errors
    /// [`PostMortemError::Scheme`]
    pub fn new(url: &Url) -> Result<Self, PostMortemError> {
        let root = if url.scheme() == "file" { url.to_file_path().ok() } else { None };
        let scheme = || PostMortemError::Scheme { scheme: url.scheme().to_owned() };
        root.map(|root| Self { root }).ok_or_else(scheme)
    }

    /// Writes a post-mortem and gives its folder: `aztec-<chain>-<version>-<rollup>/<epoch>-<time>-<word>`. Its
    /// `metadata.json` is Aztec's, and `data.bin` is gzip as Aztec writes it. In place of Aztec's databases there is our
    /// world state, with all blocks that the node had.
    ///
    /// # Errors
    /// [`PostMortemError`]
    pub fn write(
        &self,
        deployment: &Deployment,
        l1_block: u64,
        data: &EpochJobData,
        report: &Report,
        state: &RedbTrees,
    ) -> Result<PathBuf, PostMortemError> {
        let Deployment { chain_id, rollup_version, rollup, .. } = *deployment;
        let base = self.root.join(store_folder(chain_id, rollup_version, rollup));
        let folder = base.join(format!("{}-{}-{}", data.epoch, iso_date(now_s()), report.error_code));
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(failed(&path))
        };
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&data.to_bytes()).and_then(|()| packed.try_finish()).map_err(failed(&folder))?;
        write(DATA, packed.get_ref())?;
        let last = data.checkpoints.last().and_then(|checkpoint| checkpoint.blocks.last());
        let metadata = json!({
            "l1ChainId": chain_id,
            "rollupVersion": rollup_version,
            "rollupAddress": rollup,
            "l2BlockNumber": last.map(|block| block.header.global_variables.block_number),
            "l2BlockHash": last.map(|block| block.header.hash()),
            "l1BlockNumber": l1_block,
        });
        write(METADATA, &pretty(&metadata))?;
        write(REPORT, &pretty(&json!(report)))?;
        state.copy_to(&folder.join(STATE)).map_err(PostMortemError::State)?;
        Ok(folder)
    }
}

impl PostMortem {
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
    fn only_files_are_written() {
        assert!(PostMortemStore::new(&"file:///data".parse().unwrap()).is_ok());
        let error = PostMortemStore::new(&"gs://bucket/x".parse().unwrap());
        assert!(matches!(error, Err(PostMortemError::Scheme { scheme }) if scheme == "gs"));
    }
}
