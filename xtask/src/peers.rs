//! Aztec's npm packages as `scripts/peers` installs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The release that generated files come from.
pub(crate) const AZTEC_VERSION: &str = "4.1.2";

/// A folder that has the packages, and Node to run them.
#[derive(Debug)]
pub(crate) struct Peers {
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Manifest {
    version: String,
}

impl Peers {
    /// The folder of the checkout, or the one that `PEERS_DIR` names.
    pub(crate) fn find(root: &Path) -> anyhow::Result<Self> {
        Self::open(std::env::var_os("PEERS_DIR").map_or_else(|| root.join(".peers"), PathBuf::from))
    }

    fn open(folder: PathBuf) -> anyhow::Result<Self> {
        ensure!(
            folder.join("aztec/node_modules/@aztec").exists(),
            "the Aztec packages are not in {}; run scripts/peers, or set PEERS_DIR to the folder that has them",
            folder.display()
        );
        Ok(Self { folder })
    }

    /// A file of a package of the release.
    pub(crate) fn read(&self, package: &str, file: &str) -> anyhow::Result<String> {
        let folder = self.folder.join("aztec/node_modules").join(package);
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
        };
        let manifest: Manifest = serde_json::from_str(&read("package.json")?)?;
        ensure!(
            manifest.version == AZTEC_VERSION,
            "{package} is version {}, expected {AZTEC_VERSION}",
            manifest.version
        );
        read(file)
    }

    /// What a module prints when Node runs it among the packages.
    pub(crate) fn evaluate(&self, module: &str) -> anyhow::Result<String> {
        let node = self.folder.join("bin/node").canonicalize().with_context(|| {
            format!("no Node 22 in {}; scripts/peers installs or repairs it", self.folder.display())
        })?;
        let output = Command::new(node)
            .args(["--input-type=module", "--eval", module])
            .current_dir(self.folder.join("aztec"))
            .env("LOG_LEVEL", "silent")
            .output()
            .context("start node")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the Aztec packages do not load: {complaint}");
        String::from_utf8(output.stdout).context("node printed something that is not UTF-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_names_the_command() {
        let error = Peers::open(PathBuf::from("/nonexistent")).unwrap_err().to_string();
        assert!(error.contains("scripts/peers"), "{error}");
    }

    #[test]
    fn another_version_is_refused() {
        let folder = std::env::temp_dir().join(format!("xtask-peers-{}", std::process::id()));
        let package = folder.join("aztec/node_modules/@aztec/constants");
        fs::create_dir_all(&package).unwrap();
        let peers = Peers::open(folder.clone()).unwrap();
        let read = |version: &str| {
            fs::write(package.join("package.json"), format!("{{\"version\": \"{version}\"}}")).unwrap();
            peers.read("@aztec/constants", "package.json")
        };
        assert!(read(AZTEC_VERSION).is_ok());
        assert!(read("4.1.3").unwrap_err().to_string().contains("4.1.3"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
