//! Objects as files below a folder.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::ObjectsError;

/// What a file that is being written has in its name.
const UNFINISHED: &str = ".unfinished-";

/// Tells files that are written at the same time apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Reads at most `limit` bytes; none if there is no such file.
pub(super) fn read(folder: &Path, key: &str, limit: usize) -> Result<Option<Vec<u8>>, ObjectsError> {
    let file = match File::open(folder.join(key)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| failed(key, error))?,
    };
    let actual = file.metadata().map_err(|error| failed(key, error))?.len();
    if actual > limit as u64 {
        return Err(ObjectsError::TooLong { key: key.to_owned(), limit, actual });
    }
    let mut bytes = Vec::new();
    file.take(limit as u64).read_to_end(&mut bytes).map_err(|error| failed(key, error))?;
    Ok(Some(bytes))
}

/// Writes a file whole: it has its name, and is on disk with it, when this returns.
pub(super) fn write(folder: &Path, key: &str, bytes: &[u8]) -> Result<(), ObjectsError> {
    write_with(folder, key, |file| file.write_all(bytes))
}

/// Copies a file, with the same care.
pub(super) fn copy(folder: &Path, key: &str, from: &Path) -> Result<(), ObjectsError> {
    let mut from = File::open(from).map_err(|error| failed(key, error))?;
    write_with(folder, key, |file| io::copy(&mut from, file).map(drop))
}

fn write_with(
    folder: &Path,
    key: &str,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), ObjectsError> {
    let path = folder.join(key);
    let parent = path.parent().unwrap_or(folder);
    make_folders(folder, parent).map_err(|error| failed(key, error))?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = parent.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(parent)?.sync_all()
    });
    written.map_err(|error| {
        // It is not there, or stays as one that was never finished.
        let _ = fs::remove_file(&beside);
        failed(key, error)
    })
}

/// Makes the folders from `base` down to `folder`, each on disk in the one above it.
fn make_folders(base: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if folder != base
        && let Some(parent) = folder.parent()
    {
        make_folders(base, parent)?;
    }
    fs::create_dir_all(folder)?;
    folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

/// Keys and sizes of all files below a folder of the folder.
pub(super) fn list(folder: &Path, prefix: &str) -> Result<Vec<(String, u64)>, ObjectsError> {
    let mut found = Vec::new();
    let mut open = vec![(folder.join(prefix), prefix.trim_end_matches('/').to_owned())];
    while let Some((path, key)) = open.pop() {
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(|error| failed(&key, error))?,
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(&key, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let child = if key.is_empty() { name } else { format!("{key}/{name}") };
            let kind = entry.file_type().map_err(|error| failed(&child, error))?;
            if kind.is_dir() {
                open.push((entry.path(), child));
            } else if kind.is_file() {
                // A file that has gone away meanwhile has no size.
                found.push((child, entry.metadata().map_or(0, |metadata| metadata.len())));
            }
        }
    }
    Ok(found)
}

/// Removes a file, and its folder if that was the last one.
pub(super) fn remove(folder: &Path, key: &str) -> Result<(), ObjectsError> {
    let path = folder.join(key);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(key, error)),
        Ok(()) | Err(_) => {}
    }
    if let Some(parent) = path.parent().filter(|parent| *parent != folder) {
        // One that still has files stays.
        let _ = fs::remove_dir(parent);
    }
    Ok(())
}

/// The folder of a `file://` URL.
pub(super) fn of_url(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("file://")?;
    path.starts_with('/').then(|| PathBuf::from(if path == "/" { path } else { path.trim_end_matches('/') }))
}

fn failed(key: &str, source: io::Error) -> ObjectsError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ObjectsError::Full { key: key.to_owned() }
        }
        _ => ObjectsError::File { key: key.to_owned(), source },
    }
}
