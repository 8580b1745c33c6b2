//! The point of a development reference string that proofs are verified with.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chinampa_agent::srs::G2_FILE;
use chinampa_kernels::pairing::{G2_BYTES, G2Affine, G2Error};

use super::reference_file;

/// Why a folder has no such point.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub(crate) struct TauError {
    path: PathBuf,
    source: PointError,
}

/// Why a file is not the point.
#[derive(Debug, thiserror::Error)]
enum PointError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The file has another length.
    #[error("{G2_BYTES} bytes are expected, there are {}", if *.0 > G2_BYTES { "more".to_owned() } else { .0.to_string() })]
    Length(usize),
    /// The coordinates are not those of a point.
    #[error(transparent)]
    Point(#[from] G2Error),
}

/// Reads the point from the folder of a reference string; without one, from where `bb` looks.
pub(super) fn read_tau(folder: Option<&Path>) -> Result<G2Affine, TauError> {
    let path = reference_file(folder, G2_FILE);
    read(&path).map_err(|source| TauError { path, source })
}

fn read(path: &Path) -> Result<G2Affine, PointError> {
    let mut bytes = Vec::new();
    // One byte more tells a longer file.
    File::open(path)?.take(G2_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let bytes = <&[u8; G2_BYTES]>::try_from(bytes.as_slice()).map_err(|_| PointError::Length(bytes.len()))?;
    Ok(G2Affine::from_be_bytes(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_point_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let read = |bytes: &[u8]| {
            std::fs::write(folder.path().join(G2_FILE), bytes).unwrap();
            read_tau(Some(folder.path())).map_err(|error| error.source)
        };
        let point = G2Affine::GENERATOR.to_be_bytes();
        assert_eq!(read(&point).unwrap(), G2Affine::GENERATOR);
        assert!(matches!(read(&point[1..]), Err(PointError::Length(actual)) if actual == G2_BYTES - 1));
        assert!(matches!(read(&[&point[..], &[0]].concat()), Err(PointError::Length(_))));
        assert!(matches!(read(&[0xff; G2_BYTES]), Err(PointError::Point(_))));
        assert!(matches!(
            read_tau(Some(&folder.path().join("none"))).unwrap_err().source,
            PointError::File(_)
        ));
    }
}
