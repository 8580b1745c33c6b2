//! Golden data under `tests/vectors`, recorded from the real programs. Tests read it and never write it.
//!
//! `tests/vectors/MANIFEST.toml` says where each file comes from and which test reads it; `cargo xtask tidy`
//! checks both.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// Where `name` (relative to `tests/vectors`) lies.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(name)
}

/// The bytes of a vector file, decompressed if its name ends in `.gz`, `.xz` or `.zst`.
///
/// # Panics
/// If the file is missing or its compression is corrupt: the checkout is broken.
pub fn bytes(name: &str) -> Vec<u8> {
    let raw = fs::read(path(name)).unwrap_or_else(|error| panic!("vector {name}: {error}"));
    let fail = |error: &dyn std::fmt::Display| -> ! { panic!("vector {name}: {error}") };
    let mut bytes = Vec::new();
    match name.rsplit_once('.') {
        Some((_, "gz")) => {
            let mut decoder = flate2::read::MultiGzDecoder::new(raw.as_slice());
            decoder.read_to_end(&mut bytes).unwrap_or_else(|error| fail(&error));
        }
        Some((_, "xz")) => {
            lzma_rs::xz_decompress(&mut raw.as_slice(), &mut bytes).unwrap_or_else(|error| fail(&error));
        }
        Some((_, "zst")) => bytes = zstd::decode_all(raw.as_slice()).unwrap_or_else(|error| fail(&error)),
        _ => bytes = raw,
    }
    bytes
}

/// A vector file of UTF-8 text.
///
/// # Panics
/// As [`bytes`], and if it is not UTF-8.
pub fn text(name: &str) -> String {
    String::from_utf8(bytes(name)).unwrap_or_else(|error| panic!("vector {name}: {error}"))
}

/// A vector file of JSON.
///
/// # Panics
/// As [`bytes`], and if the JSON does not fit `T`.
pub fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("vector {name}: {error}"))
}

/// The files of a `.tar.zst` or `.tar.xz` archive: path inside it and contents, in the archive's order.
///
/// # Panics
/// As [`bytes`].
pub fn archive(name: &str) -> Vec<(String, Vec<u8>)> {
    let fail = |error: std::io::Error| -> ! { panic!("vector {name}: {error}") };
    let unpacked = bytes(name);
    let mut archive = tar::Archive::new(unpacked.as_slice());
    let mut files = Vec::new();
    for entry in archive.entries().unwrap_or_else(|error| fail(error)) {
        let mut entry = entry.unwrap_or_else(|error| fail(error));
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().unwrap_or_else(|error| fail(error)).to_string_lossy().into_owned();
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap_or_else(|error| fail(error));
        files.push((path, contents));
    }
    files
}
