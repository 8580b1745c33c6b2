//! Where artifacts lie.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::checksums;
use crate::circuit::{Circuit, Variant};
use crate::error::ArtifactError;

/// Largest artifact file, in bytes. The largest of Aztec 4.1.2 has 24 million.
pub const MAX_ARTIFACT_LEN_BYTES: usize = 64 << 20;

/// Where the files may lie below the folder that somebody names: a data directory, the npm package, or a folder in
/// which the package is installed.
const PLACES: [&str; 3] = [".", "artifacts", "node_modules/@aztec/noir-protocol-circuits-types/artifacts"];

/// A folder with the circuit artifacts of Aztec 4.1.2.
#[derive(Clone, Debug)]
pub struct ArtifactFolder {
    path: PathBuf,
}

impl ArtifactFolder {
    /// Looks for artifacts in `path`, in its `artifacts`, and in an npm package installed in it.
    ///
    /// # Errors
    /// [`ArtifactError::NoArtifacts`]
    pub fn open(path: &Path) -> Result<Self, ArtifactError> {
        let probe = Circuit::CheckpointPadding.file_name(Variant::Proven);
        let found = PLACES.iter().map(|place| path.join(place)).find(|place| place.join(&probe).is_file());
        let path = found.ok_or_else(|| ArtifactError::NoArtifacts { path: path.into(), expected: probe })?;
        Ok(Self { path })
    }

    /// The folder that holds the files.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where an artifact's file is.
    pub fn file(&self, circuit: Circuit, variant: Variant) -> PathBuf {
        self.path.join(circuit.file_name(variant))
    }

    /// The bytes of an artifact's file, if they are those of the release.
    ///
    /// # Errors
    /// [`ArtifactError::Read`], [`ArtifactError::TooLong`], [`ArtifactError::Checksum`]
    pub fn read(&self, circuit: Circuit, variant: Variant) -> Result<Vec<u8>, ArtifactError> {
        let path = self.file(circuit, variant);
        let bytes = read_limited(&path)?;
        let file = circuit.file_name(variant);
        let expected = checksums::expected(&file).expect("every circuit's files are in the table");
        let actual = hexadecimal(&Sha256::digest(&bytes));
        if actual != expected {
            return Err(ArtifactError::Checksum { file, expected, actual });
        }
        Ok(bytes)
    }
}

/// Reads a file of at most [`MAX_ARTIFACT_LEN_BYTES`].
fn read_limited(path: &Path) -> Result<Vec<u8>, ArtifactError> {
    let read = |source| ArtifactError::Read { path: path.into(), source };
    let file = File::open(path).map_err(read)?;
    let mut bytes = Vec::new();
    file.take(MAX_ARTIFACT_LEN_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(read)?;
    if bytes.len() > MAX_ARTIFACT_LEN_BYTES {
        return Err(ArtifactError::TooLong { what: "an artifact", limit: MAX_ARTIFACT_LEN_BYTES });
    }
    Ok(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
