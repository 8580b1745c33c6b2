//! Where the points of the reference strings are.

use std::path::PathBuf;

use chinampa_agent::srs::{G1_FILE, GRUMPKIN_FILE};
use chinampa_honk::ipa::GrumpkinSrs;
use chinampa_honk::srs::ProverSrs;
use clap::Args;

use super::HonkError;

/// Flags about reference strings.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReferenceString {
    /// Folder of the reference strings; without it `~/.bb-crs`.
    #[arg(short = 'c', long = "crs_path", env = "CRS_PATH")]
    crs_path: Option<PathBuf>,
    /// The reference string is one for development, whose secret is public: the folder's bn254_g2.dat counts, not the
    /// ceremony's point.
    #[arg(long)]
    pub(crate) dev: bool,
}

impl ReferenceString {
    /// Reads the first `count` points of BN254.
    pub(crate) fn points(&self, count: usize) -> Result<ProverSrs, HonkError> {
        let path = self.file(G1_FILE);
        ProverSrs::read(&path, count).map_err(|source| HonkError::Srs { path, source })
    }

    /// The points of Grumpkin. A file that is not there or not right only costs time: they are derived then.
    pub(crate) fn grumpkin(&self) -> GrumpkinSrs {
        let cached = std::fs::read(self.file(GRUMPKIN_FILE)).ok();
        cached.and_then(|bytes| GrumpkinSrs::from_bytes(&bytes).ok()).unwrap_or_else(GrumpkinSrs::derive)
    }

    /// A file of the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let home = || std::env::home_dir().unwrap_or_default().join(".bb-crs");
        self.crs_path.clone().unwrap_or_else(home).join(name)
    }
}
