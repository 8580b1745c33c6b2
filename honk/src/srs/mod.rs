//! The points `[tau^i]G` that polynomials are committed with.
//!
//! A prover takes them as a slice; [`ProverSrs`] is where the slice comes from: the files that Barretenberg caches
//! (64 bytes a point, x and y big-endian, no header), or for tests a secret that everybody knows.

mod development;
mod tables;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::curve::{POINT_BYTES, PointError};
use rayon::prelude::*;

pub use tables::{MAX_TABLE_POINTS, SrsTables};

/// Largest number of points: those of the ceremony.
pub const MAX_SRS_POINTS: usize = 100_800_000;

/// Points that are decoded before the next are read.
const BATCH: usize = 1 << 16;

/// Bytes that one task reads at a time.
const READ_BYTES: usize = 1 << 17;

/// Why points cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SrsError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There are fewer points than a circuit has rows.
    #[error("{expected} points are needed, there are {actual}")]
    TooFew {
        /// Points needed.
        expected: usize,
        /// Points there.
        actual: usize,
    },
    /// More points are asked for than the ceremony has.
    #[error("{actual} points are more than the {MAX_SRS_POINTS} of the ceremony")]
    TooMany {
        /// Points asked for.
        actual: usize,
    },
    /// The bytes of a point are none of the curve.
    #[error("point {index}")]
    Point {
        /// Which one.
        index: usize,
        /// What is wrong with it.
        source: PointError,
    },
    /// The first point is not the generator.
    #[error("the first point is not the generator of BN254")]
    NotOne,
}

/// Decoded points, and tables of multiples of them if they were made.
#[derive(Clone, Debug)]
pub struct ProverSrs {
    points: Vec<G1Affine>,
    tables: SrsTables,
}

impl ProverSrs {
    /// Reads the first `count` points of a file, and checks that they are on the curve and that the first is the generator.
    ///
    /// # Errors
    /// [`SrsError`]
    pub fn read(path: &Path, count: usize) -> Result<Self, SrsError> {
        Self::read_up_to(path, count, count)
    }

    /// As [`read`](Self::read), and more points if the file has them, up to `most`.
    ///
    /// # Errors
    /// [`SrsError`]
    pub fn read_up_to(path: &Path, count: usize, most: usize) -> Result<Self, SrsError> {
        if count > MAX_SRS_POINTS {
            return Err(SrsError::TooMany { actual: count });
        }
        let error = |source| SrsError::File { path: path.into(), source };
        let file = File::open(path).map_err(error)?;
        let there = file.metadata().map_err(error)?.len() as usize / POINT_BYTES;
        if there < count {
            return Err(SrsError::TooFew { expected: count, actual: there });
        }
        let count = there.min(most.clamp(count, MAX_SRS_POINTS));
        let mut points = Vec::with_capacity(count);
        let mut bytes = vec![0; BATCH.min(count) * POINT_BYTES];
        while points.len() < count {
            let start = (points.len() * POINT_BYTES) as u64;
            let bytes = &mut bytes[..BATCH.min(count - points.len()) * POINT_BYTES];
            let parts = bytes.par_chunks_mut(READ_BYTES).enumerate();
            parts
                .try_for_each(|(number, part)| file.read_exact_at(part, start + (number * READ_BYTES) as u64))
                .map_err(error)?;
            decode(bytes, &mut points)?;
        }
        Self::new(points)
    }

    /// The points that a file's bytes hold. Bytes after the last whole point do not count.
    ///
    /// # Errors
    /// [`SrsError::Point`], [`SrsError::NotOne`], [`SrsError::TooFew`] for less than one point
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self, SrsError> {
        let mut points = Vec::with_capacity(bytes.len() / POINT_BYTES);
        decode(bytes, &mut points)?;
        Self::new(points)
    }

    fn new(points: Vec<G1Affine>) -> Result<Self, SrsError> {
        match points.first() {
            None => Err(SrsError::TooFew { expected: 1, actual: 0 }),
            Some(first) if *first != G1Affine::GENERATOR => Err(SrsError::NotOne),
            Some(_) => Ok(Self { points, tables: SrsTables::default() }),
        }
    }

    /// The points, the generator first.
    pub fn points(&self) -> &[G1Affine] {
        &self.points
    }
}

/// Appends the points in `bytes`, each written to its place by the task that decodes it.
fn decode(bytes: &[u8], points: &mut Vec<G1Affine>) -> Result<(), SrsError> {
    let start = points.len();
    let first_wrong = Mutex::new(None);
    points.par_extend(bytes.as_chunks::<POINT_BYTES>().0.par_iter().enumerate().map(|(index, bytes)| {
        G1Affine::from_be_bytes(bytes).unwrap_or_else(|source| {
            let mut first = first_wrong.lock().unwrap_or_else(PoisonError::into_inner);
            if first.as_ref().is_none_or(|(known, _)| index < *known) {
                *first = Some((index, source));
            }
            G1Affine::IDENTITY
        })
    }));
    match first_wrong.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((index, source)) => Err(SrsError::Point { index: start + index, source }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chinampa_kernels::Fr;
    use chinampa_kernels::curve::bn254::G1Projective;

    fn bytes(points: &[G1Affine]) -> Vec<u8> {
        points.iter().flat_map(G1Affine::to_be_bytes).collect()
    }

    #[test]
    fn development_points_are_powers_of_the_secret() {
        let tau = Fr::from(0x1234_5678_9abc_u64);
        let srs = ProverSrs::development(tau, 300);
        let mut power = Fr::ONE;
        for &point in srs.points() {
            assert_eq!(point, (G1Projective::GENERATOR * power).to_affine());
            power *= tau;
        }
        assert_eq!(srs.points().len(), 300);
        let again = ProverSrs::from_be_bytes(&bytes(srs.points())).unwrap();
        assert_eq!(again.points(), srs.points());
    }

    #[test]
    fn wrong_points_are_refused() {
        let srs = ProverSrs::development(Fr::from(7u64), 4);
        let mut bent = bytes(srs.points());
        bent[2 * POINT_BYTES + 1] ^= 1;
        assert!(matches!(ProverSrs::from_be_bytes(&bent), Err(SrsError::Point { index: 2, .. })));
        let rotated = bytes(&srs.points()[1..]);
        assert!(matches!(ProverSrs::from_be_bytes(&rotated), Err(SrsError::NotOne)));
        assert!(matches!(ProverSrs::from_be_bytes(&[1; 63]), Err(SrsError::TooFew { .. })));
    }

    #[test]
    fn files_give_as_many_points_as_are_asked_for() {
        let srs = ProverSrs::development(Fr::from(7u64), 5);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bn254_g1.dat");
        std::fs::write(&path, bytes(srs.points())).unwrap();
        assert_eq!(ProverSrs::read(&path, 3).unwrap().points(), &srs.points()[..3]);
        assert_eq!(ProverSrs::read(&path, 5).unwrap().points(), srs.points());
        assert!(matches!(ProverSrs::read(&path, 6), Err(SrsError::TooFew { expected: 6, actual: 5 })));
        let too_many = ProverSrs::read(&path, MAX_SRS_POINTS + 1);
        assert!(matches!(too_many, Err(SrsError::TooMany { .. })));
        assert!(matches!(ProverSrs::read(&path, MAX_SRS_POINTS), Err(SrsError::TooFew { .. })));
        assert!(matches!(ProverSrs::read(&folder.path().join("none"), 1), Err(SrsError::File { .. })));
    }
}
