//! A folder for the files of one run of bb.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Start of the folders' names; the process id and a number follow.
const PREFIX: &str = "chinampa-bb-";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Removed with everything in it when it is dropped, unless it is kept.
#[derive(Debug)]
pub(super) struct WorkFolder {
    path: PathBuf,
    is_kept: bool,
}

impl WorkFolder {
    /// A new folder in `parent`.
    pub(super) fn new(parent: &Path, is_kept: bool) -> io::Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{PREFIX}{}-{number}", process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self { path, is_kept })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        fs::write(self.path.join(name), bytes)
    }

    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is removed by the next process.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes what processes that were killed have left in `parent`. Folders of processes that live stay.
pub(super) fn sweep(parent: &Path) -> usize {
    let Ok(entries) = fs::read_dir(parent) else { return 0 };
    let is_left = |name: &str| {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        owner.is_some_and(|owner| {
            owner != process::id() && !Path::new("/proc").join(owner.to_string()).exists()
        })
    };
    let left = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_left));
    left.filter(|entry| fs::remove_dir_all(entry.path()).is_ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_vanish_and_those_of_the_dead_are_swept() {
        let parent = tempfile::tempdir().unwrap();
        let folder = WorkFolder::new(parent.path(), false).unwrap();
        folder.write("proof", b"x").unwrap();
        let path = folder.path().to_owned();
        // No process has this id: the kernel's limit is 2^22.
        let dead = parent.path().join(format!("{PREFIX}4999999-0"));
        let other = parent.path().join("something-else");
        fs::create_dir(&dead).unwrap();
        fs::create_dir(&other).unwrap();
        assert_eq!(sweep(parent.path()), 1);
        assert!(path.exists() && other.exists() && !dead.exists());
        drop(folder);
        assert!(!path.exists());
        let kept = WorkFolder::new(parent.path(), true).unwrap();
        let path = kept.path().to_owned();
        drop(kept);
        assert!(path.exists());
    }
}
