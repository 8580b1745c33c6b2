//! Where the points of the reference strings are.

use std::path::PathBuf;

use clap::Args;

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
    /// A file of the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let home = || std::env::home_dir().unwrap_or_default().join(".bb-crs");
        self.crs_path.clone().unwrap_or_else(home).join(name)
    }
}
