//! The structured reference string as Barretenberg caches it, and one for development.
//!
//! `bn254_g1.dat` holds the points `[tau^i]G` of BN254, `grumpkin_g1.flat.dat` points of Grumpkin that nobody knows
//! relations of: 64 bytes a point, x and y big-endian, no header.
//!
//! [`fetch`] downloads the points of the real ceremony, [`SrsFolder::map`] maps them into memory.
//!
//! # Sources
//! Barretenberg 4.1.2 `srs/factories`, checked against the files that bb writes.

mod fetch;
mod map;

pub use fetch::{Fetch, SOURCES, fetch};
pub use map::MappedPoints;

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use chinampa_honk::VerifierSrs;
use chinampa_honk::ipa::GrumpkinSrs;
use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254;

/// Points of BN254.
pub const G1_FILE: &str = "bn254_g1.dat";
/// The one point of BN254's second group.
pub const G2_FILE: &str = "bn254_g2.dat";
/// Points of Grumpkin.
pub const GRUMPKIN_FILE: &str = "grumpkin_g1.flat.dat";
/// The secret of a development string.
pub const SECRET_FILE: &str = "tau.txt";
/// Largest development string: the root rollup needs 2^24 points.
pub const MAX_LOG2: u32 = 24;

/// Bytes of a point.
const POINT_LEN: usize = 64;
/// Bits of a window of the secret's powers.
const WINDOW_BITS: usize = 8;
/// Points that one thread computes at a time.
const CHUNK: usize = 1 << 14;

/// The secret of the development string: the SHA-256 digests of `development SRS, tau is public, never use in
/// production/0` and `/1`, one after the other, as an integer modulo the group's order.
const SECRET: &str = "23a291bc039067a677a435f7f343552404c3fa77ec9e5c4df570b0ede39d50c2";

/// The secret times the generator of the second group: x and y, two coordinates of 32 bytes each.
const SECRET_G2: &str = concat!(
    "239978136d23afd6bcc4d5a94256f3b07cd7b36fe8701369a7d7ac30a7a28d5a",
    "1795c9943fdeebdeb0110b4de426f55512d6dbbc7407a547ce8a5ef14a394fe4",
    "1bcf99a338d5ee7c7eb4f0f499f673ba62aa42d253e5fd629027102e78e3203e",
    "1b89a63a6daf8a028155c5c50fd7b436cf8e9ac40674e3b459709bc3554b3504",
);

/// The same for the real ceremony, as it is inside bb.
const REAL_G2: &str = concat!(
    "0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0",
    "260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c1",
    "22febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e55",
    "04fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4",
);

/// Why a reference string cannot be used or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SrsError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A development string of this size is not made.
    #[error("2^{actual} points are more than 2^{MAX_LOG2}")]
    TooLarge {
        /// Logarithm of the number asked for.
        actual: u32,
    },
    /// The file does not start with the generator of the curve.
    #[error("{path} does not start with the generator of BN254, so it is no reference string")]
    NotOne {
        /// The file.
        path: PathBuf,
    },
    /// A point is none of the curve.
    #[error("{path}: point {index} is not on the curve")]
    NotOnCurve {
        /// The file.
        path: PathBuf,
        /// Which one.
        index: usize,
    },
    /// More points than the ceremony has.
    #[error("{actual} points are more than the {limit} of the ceremony")]
    TooMany {
        /// Points asked for.
        actual: u64,
        /// Points that there are.
        limit: u64,
    },
    /// The points are others than those that are wanted.
    #[error("the points have the SHA-256 {actual}, expected {expected}")]
    Checksum {
        /// What they should have, hexadecimal.
        expected: String,
        /// What they have.
        actual: String,
    },
    /// No source gives the points.
    #[error(
        "the points cannot be downloaded ({reason}); without a network, put {G1_FILE} of the ceremony (64 bytes a point) into {folder}"
    )]
    Offline {
        /// Where they are missing.
        folder: PathBuf,
        /// What happened last.
        reason: String,
    },
    /// There are too few points.
    #[error("{path} has {actual} points, {expected} are needed")]
    TooShort {
        /// The file.
        path: PathBuf,
        /// Points needed.
        expected: u64,
        /// Points there.
        actual: u64,
    },
    /// The secret of the string is public.
    #[error(
        "{path} is a development reference string, with which anybody can prove anything; use it with --dev only"
    )]
    Development {
        /// The folder.
        path: PathBuf,
    },
}

/// A folder with a reference string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrsFolder {
    path: PathBuf,
    points: u64,
    is_development: bool,
}

impl SrsFolder {
    /// Looks at the points of BN254 in `path`.
    ///
    /// # Errors
    /// [`SrsError::File`], [`SrsError::NotOne`]
    pub fn open(path: &Path) -> Result<Self, SrsError> {
        let (points, is_development) = Self::check_first(&path.join(G1_FILE))?;
        Ok(Self { path: path.into(), points, is_development })
    }

    /// Looks at the first two points of a file. Returns how many there are, and whether they are those of
    /// [`write_development`].
    fn check_first(file: &Path) -> Result<(u64, bool), SrsError> {
        let error = |source| file_error(file, source);
        let mut points = File::open(file).map_err(error)?;
        let len = points.metadata().map_err(error)?.len();
        let mut start = [0; 2 * POINT_LEN];
        let read_len = if len < start.len() as u64 { POINT_LEN } else { start.len() };
        points.read_exact(&mut start[..read_len]).map_err(error)?;
        if start[..POINT_LEN] != bn254::G1Projective::GENERATOR.to_affine().to_be_bytes() {
            return Err(SrsError::NotOne { path: file.into() });
        }
        let second = bn254::G1Projective::GENERATOR * secret();
        let is_development = start[POINT_LEN..] == second.to_affine().to_be_bytes();
        Ok((len / POINT_LEN as u64, is_development))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Points of BN254 in it.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// Whether its secret is that of [`write_development`].
    pub fn is_development(&self) -> bool {
        self.is_development
    }

    /// Refuses a development string, unless `dev`.
    ///
    /// # Errors
    /// [`SrsError::Development`]
    pub fn allow(self, dev: bool) -> Result<Self, SrsError> {
        if self.is_development && !dev { Err(SrsError::Development { path: self.path }) } else { Ok(self) }
    }

    /// Requires enough points for a circuit of `2^log2` rows.
    ///
    /// # Errors
    /// [`SrsError::TooShort`]
    pub fn require(&self, log2: u32) -> Result<(), SrsError> {
        let expected = 1_u64 << log2;
        if self.points >= expected {
            return Ok(());
        }
        Err(SrsError::TooShort { path: self.path.join(G1_FILE), expected, actual: self.points })
    }
}

fn file_error(path: &Path, source: io::Error) -> SrsError {
    SrsError::File { path: path.into(), source }
}

fn secret() -> Fr {
    let bytes = hex_bytes(SECRET);
    let bytes: [u8; 32] = bytes.try_into().expect("64 digits");
    Fr::from_be_bytes(&bytes).expect("below the modulus")
}

/// The point of the second group of the real ceremony.
pub(crate) fn real_g2() -> Vec<u8> {
    hex_bytes(REAL_G2)
}

/// The point of the second group of a development string.
pub(crate) fn development_g2() -> Vec<u8> {
    hex_bytes(SECRET_G2)
}

/// What verifiers need of a string: of the real ceremony's, or of a development string.
pub(crate) fn verifier_srs(is_development: bool) -> VerifierSrs {
    if !is_development {
        return VerifierSrs::ignition();
    }
    let point = development_g2().try_into().expect("two coordinates of 64 bytes");
    VerifierSrs::from_bytes(&point).expect("a point of the group")
}

fn hex_bytes(text: &str) -> Vec<u8> {
    let byte = |index| u8::from_str_radix(&text[index..index + 2], 16).expect("digits of our own");
    (0..text.len()).step_by(2).map(byte).collect()
}

/// Writes a string of `2^log2 + 1` points whose secret is public, in the layout that `bb -c` reads: for tests only.
///
/// # Errors
/// [`SrsError::TooLarge`], [`SrsError::File`]
pub fn write_development(folder: &Path, log2: u32) -> Result<SrsFolder, SrsError> {
    if log2 > MAX_LOG2 {
        return Err(SrsError::TooLarge { actual: log2 });
    }
    fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
    // The secret first: half a string is never without the mark of a development string.
    let secret_file = folder.join(SECRET_FILE);
    fs::write(&secret_file, format!("{}\n", secret())).map_err(|source| file_error(&secret_file, source))?;
    let g2 = folder.join(G2_FILE);
    fs::write(&g2, hex_bytes(SECRET_G2)).map_err(|source| file_error(&g2, source))?;
    let g1 = folder.join(G1_FILE);
    write_powers(&g1, (1 << log2) + 1).map_err(|source| file_error(&g1, source))?;
    let grumpkin = folder.join(GRUMPKIN_FILE);
    write_grumpkin(&grumpkin).map_err(|source| file_error(&grumpkin, source))?;
    SrsFolder::open(folder)
}

/// Writes the first `count` powers of the secret times the generator.
fn write_powers(path: &Path, count: usize) -> io::Result<()> {
    let table = Table::new();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let secret = secret();
    let mut first = Fr::ONE;
    let mut left = count;
    while left > 0 {
        // Each round gives every thread a chunk of powers that follow one another.
        let mut starts = Vec::with_capacity(threads);
        for _ in 0..threads {
            let len = left.min(CHUNK);
            if len == 0 {
                break;
            }
            starts.push((first, len));
            first *= secret.pow(&[len as u64, 0, 0, 0]);
            left -= len;
        }
        let chunks: Vec<Vec<u8>> = thread::scope(|scope| {
            let table = &table;
            let work =
                starts.iter().map(|&(first, len)| scope.spawn(move || table.chunk(first, secret, len)));
            let work: Vec<_> = work.collect();
            work.into_iter().map(|chunk| chunk.join().expect("arithmetic does not panic")).collect()
        });
        for chunk in chunks {
            out.write_all(&chunk)?;
        }
    }
    out.flush()
}

/// Multiples of the generator, so that a product with it is a sum of 32 of them.
struct Table(Vec<Vec<bn254::G1Affine>>);

impl Table {
    fn new() -> Self {
        let mut base = bn254::G1Projective::GENERATOR;
        let mut windows = Vec::new();
        for _ in 0..256 / WINDOW_BITS {
            let mut multiples = vec![bn254::G1Projective::IDENTITY];
            for digit in 1..1 << WINDOW_BITS {
                multiples.push(multiples[digit - 1] + base);
            }
            base = multiples[(1 << WINDOW_BITS) - 1] + base;
            windows.push(bn254::G1Projective::batch_to_affine(&multiples));
        }
        Self(windows)
    }

    /// `len` points, from `first` times the generator, each the secret times the one before.
    fn chunk(&self, first: Fr, secret: Fr, len: usize) -> Vec<u8> {
        let mut scalar = first;
        let mut points = Vec::with_capacity(len);
        for _ in 0..len {
            let bytes = scalar.to_be_bytes();
            let digits = bytes.iter().rev().zip(&self.0);
            let sum = digits.fold(bn254::G1Projective::IDENTITY, |sum, (digit, multiples)| {
                if *digit == 0 { sum } else { sum + multiples[usize::from(*digit)] }
            });
            points.push(sum);
            scalar *= secret;
        }
        let points = bn254::G1Projective::batch_to_affine(&points);
        points.iter().flat_map(bn254::G1Affine::to_be_bytes).collect()
    }
}

/// Writes the points of Grumpkin that every prover uses.
fn write_grumpkin(path: &Path) -> io::Result<()> {
    fs::write(path, GrumpkinSrs::derive().to_bytes())
}

#[cfg(test)]
mod tests {
    use chinampa_honk::ipa::IPA_LEN;
    use chinampa_testkit::vectors;

    use super::*;

    #[test]
    fn the_development_string_is_the_recorded_one() {
        let folder = tempfile::tempdir().unwrap();
        let srs = write_development(folder.path(), 10).unwrap();
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        // The secret times the generator, computed by other means, and each point the secret times the one before.
        let second = hex_bytes(concat!(
            "08b685b0ce035fb1fbc1494ac293255b30f99c76496f10a3bc449e4dc7b88fd4",
            "0fc84befecf71586f4e91988e7b69ab94cbdedf208dd1fd5d3e70532735dbe61"
        ));
        let points = read(G1_FILE);
        let (points, rest) = points.as_chunks::<POINT_LEN>();
        assert!(rest.is_empty() && points[1] == second[..]);
        for place in [2, 700, 1024] {
            let before = bn254::G1Affine::from_be_bytes(&points[place - 1]).unwrap();
            assert!((before * secret()).to_affine().to_be_bytes() == points[place], "point {place}");
        }
        assert!(read(G2_FILE) == vectors::bytes("srs/dev-bn254_g2.dat"));
        assert!(read(SECRET_FILE) == vectors::bytes("srs/dev-tau.txt"));
        assert_eq!(read(GRUMPKIN_FILE).len(), IPA_LEN * POINT_LEN);
        assert_eq!((srs.points(), srs.is_development()), (1025, true));
        assert!(srs.require(10).is_ok());
        assert!(matches!(srs.require(11), Err(SrsError::TooShort { expected: 2048, actual: 1025, .. })));
        assert!(srs.clone().allow(true).is_ok());
        assert!(matches!(srs.allow(false), Err(SrsError::Development { .. })));
    }

    #[test]
    fn what_is_no_string_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(SrsFolder::open(folder.path()), Err(SrsError::File { .. })));
        fs::write(folder.path().join(G1_FILE), [1; 128]).unwrap();
        assert!(matches!(SrsFolder::open(folder.path()), Err(SrsError::NotOne { .. })));
        // One point is enough to verify.
        let one = bn254::G1Projective::GENERATOR.to_affine().to_be_bytes();
        fs::write(folder.path().join(G1_FILE), one).unwrap();
        let srs = SrsFolder::open(folder.path()).unwrap();
        assert_eq!((srs.points(), srs.is_development()), (1, false));
        assert!(matches!(
            write_development(folder.path(), MAX_LOG2 + 1),
            Err(SrsError::TooLarge { actual: 25 })
        ));
    }
}
