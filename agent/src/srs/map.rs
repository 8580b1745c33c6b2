//! The points of a reference string, mapped into memory: read when they are used, shared between processes.

use std::fs::File;
use std::path::{Path, PathBuf};

use chinampa_kernels::curve::bn254;
use memmap2::Mmap;
use sha2::{Digest as _, Sha256};

use super::{G1_FILE, POINT_LEN, SrsError, SrsFolder};

/// Points of BN254 in a file that is mapped.
#[derive(Debug)]
pub struct MappedPoints {
    path: PathBuf,
    map: Mmap,
}

impl SrsFolder {
    /// Maps the points of BN254.
    ///
    /// # Errors
    /// [`SrsError::File`]
    pub fn map(&self) -> Result<MappedPoints, SrsError> {
        MappedPoints::open(&self.path.join(G1_FILE))
    }
}

impl MappedPoints {
    #[expect(
        unsafe_code,
        reason = "a mapping is memory that others could change; there is no safe way to make one"
    )]
    pub(super) fn open(path: &Path) -> Result<Self, SrsError> {
        let error = |source| SrsError::File { path: path.into(), source };
        let file = File::open(path).map_err(error)?;
        // SAFETY: the mapping is private to this process and read-only. Whoever changes the file meanwhile gets wrong
        // points, which no proof verifies with, and whoever cuts it off ends this process; files of a finished download
        // are replaced by renaming, which does neither.
        let map = unsafe { Mmap::map(&file) }.map_err(error)?;
        Ok(Self { path: path.into(), map })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len() / POINT_LEN
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Coordinates of a point, x and y big-endian.
    pub fn bytes(&self, index: usize) -> Option<&[u8; POINT_LEN]> {
        self.map.as_chunks::<POINT_LEN>().0.get(index)
    }

    /// SHA-256 of the file, hexadecimal.
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.map).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks that every point is one of the curve. A microsecond each.
    ///
    /// # Errors
    /// [`SrsError::NotOnCurve`]
    pub fn check(&self) -> Result<(), SrsError> {
        let points = self.map.as_chunks::<POINT_LEN>().0;
        let bad = points.iter().position(|point| bn254::G1Affine::from_be_bytes(point).is_err());
        bad.map_or(Ok(()), |index| Err(SrsError::NotOnCurve { path: self.path.clone(), index }))
    }
}
