//! The packed files of a recording; an unpacked one beside a packed one is preferred.

use std::fs;
use std::path::Path;

use crate::network::StartError;

/// The contents of `name`, or of `name.xz`.
pub(super) fn bytes(fixture: &Path, name: &str) -> Result<Vec<u8>, StartError> {
    let plain = fixture.join(name);
    if plain.exists() {
        return fs::read(&plain).map_err(|error| StartError::new(plain.display(), error));
    }
    let packed = fixture.join(format!("{name}.xz"));
    let raw = fs::read(&packed).map_err(|error| StartError::new(packed.display(), error))?;
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut raw.as_slice(), &mut bytes)
        .map_err(|error| StartError(format!("{}: {error:?}", packed.display())))?;
    Ok(bytes)
}

/// Writes the contents of `name` to `to`.
pub(super) fn file(fixture: &Path, name: &str, to: &Path) -> Result<(), StartError> {
    fs::write(to, bytes(fixture, name)?).map_err(|error| StartError::new(to.display(), error))
}

/// Unpacks the archive `name` into the folder `to`.
pub(super) fn archive(fixture: &Path, name: &str, to: &Path) -> Result<(), StartError> {
    let unpacked = bytes(fixture, name)?;
    let unpacked = tar::Archive::new(unpacked.as_slice()).unpack(to);
    unpacked.map_err(|error| StartError::new(name, error))
}
