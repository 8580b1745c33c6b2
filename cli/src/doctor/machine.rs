//! Processor, C library and disk.

use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::thread;

use chinampa_kernels::Backend;

use super::memory::gibibytes;
use super::report::{Line, Status};

/// Cores that operators of the network give a proving machine.
const CORES_USUAL: usize = 32;
/// The reference string that agents load: 2^25 + 1 points of 64 bytes.
const SRS_BYTES: u64 = ((1 << 25) + 1) * 64;
/// Free space from which on a data directory needs no thought: the reference string, and room for chain data.
const DISK_BYTES_USUAL: u64 = 32 * SRS_BYTES;
/// What `bb` 4.1.2 as published is linked against.
const GLIBC_OF_BB: (u32, u32) = (2, 39);

/// Cores that this process may use; a quota of the control group is taken into account.
pub(super) fn cores() -> Line {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let found = format!("{cores} usable");
    if cores >= CORES_USUAL {
        return Line::pass("cores", found);
    }
    let next =
        format!("enough for tests and small circuits; proving machines of the network have {CORES_USUAL}");
    Line::advise("cores", Status::Warn, found, &next)
}

/// Instructions that the arithmetic can use.
#[cfg(target_arch = "x86_64")]
pub(super) fn cpu_features() -> Line {
    let features = [
        ("bmi2", std::arch::is_x86_feature_detected!("bmi2")),
        ("adx", std::arch::is_x86_feature_detected!("adx")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512ifma", std::arch::is_x86_feature_detected!("avx512ifma")),
    ];
    let names = features.map(|(name, present)| if present { name.to_owned() } else { format!("no {name}") });
    let found = format!("{}; our prover computes with {}", names.join(", "), Backend::detect());
    let (bmi2, adx) = (features[0].1, features[1].1);
    if bmi2 && adx {
        return Line::pass("cpu features", found);
    }
    let next = "arithmetic is slower without bmi2 and adx; a virtual machine can pass the host's CPU through";
    Line::advise("cpu features", Status::Warn, found, next)
}

/// Instructions that the arithmetic can use.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn cpu_features() -> Line {
    let found = format!("{}, portable arithmetic only", std::env::consts::ARCH);
    Line::advise("cpu features", Status::Warn, found, "bb and the fast arithmetic are for x86-64")
}

/// Version of the system's C library.
pub(super) fn c_library() -> Line {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let text = output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    c_library_line(text.trim())
}

/// Judges what `getconf GNU_LIBC_VERSION` prints.
fn c_library_line(text: &str) -> Line {
    let (major, minor) = GLIBC_OF_BB;
    let next = format!(
        "bb as published needs glibc {major}.{minor}; scripts/peers makes a copy that brings its own"
    );
    let version = text.strip_prefix("glibc ").and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.split('.').next()?.parse::<u32>().ok()?))
    });
    match version {
        None => Line::advise("c library", Status::Warn, "not glibc, or of unknown version".to_owned(), &next),
        Some(version) if version < GLIBC_OF_BB => {
            Line::advise("c library", Status::Warn, text.to_owned(), &next)
        }
        Some(_) => Line::pass("c library", text.to_owned()),
    }
}

/// Free space for what outlives a restart.
pub(super) fn data_directory(path: Option<&Path>) -> Line {
    const NAME: &str = "data directory";
    let Some(path) = path else {
        let found = "not set: everything is kept in memory".to_owned();
        return Line::advise(NAME, Status::Warn, found, "set --data-directory (storage.data_directory)");
    };
    let Some(existing) = path.ancestors().find(|folder| folder.exists()) else {
        return Line::advise(
            NAME,
            Status::Fail,
            format!("{}: no such path", path.display()),
            "name an absolute path",
        );
    };
    if !existing.is_dir() {
        let found = format!("{} is not a folder", existing.display());
        return Line::advise(NAME, Status::Fail, found, "name a folder");
    }
    if rustix::fs::access(existing, rustix::fs::Access::WRITE_OK).is_err() {
        let found = format!("{} cannot be written", existing.display());
        return Line::advise(
            NAME,
            Status::Fail,
            found,
            "give this user the right to write, or name another folder",
        );
    }
    match rustix::fs::statvfs(existing) {
        Ok(volume) => free_space_line(NAME, path, volume.f_bavail.saturating_mul(volume.f_frsize)),
        Err(error) => {
            let found = format!("{}: {error}", existing.display());
            Line::advise(NAME, Status::Fail, found, "check the volume")
        }
    }
}

fn free_space_line(name: &'static str, path: &Path, free_bytes: u64) -> Line {
    let found = format!("{} free for {}", gibibytes(free_bytes), path.display());
    if free_bytes < SRS_BYTES {
        let next = format!("the reference string alone takes {}", gibibytes(SRS_BYTES));
        Line::advise(name, Status::Fail, found, &next)
    } else if free_bytes < DISK_BYTES_USUAL {
        let next = format!("little for chain data; {} is comfortable", gibibytes(DISK_BYTES_USUAL));
        Line::advise(name, Status::Warn, found, &next)
    } else {
        Line::pass(name, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_libraries_are_judged_by_the_version_that_bb_needs() {
        let cases = [
            ("glibc 2.39", Status::Pass),
            ("glibc 2.41", Status::Pass),
            ("glibc 2.36", Status::Warn),
            ("", Status::Warn),
        ];
        for (text, status) in cases {
            assert_eq!(c_library_line(text).status, status, "{text}");
        }
    }

    #[test]
    fn free_space_at_both_limits() {
        let status = |bytes| free_space_line("disk", Path::new("data"), bytes).status;
        assert_eq!(status(SRS_BYTES - 1), Status::Fail);
        assert_eq!(status(SRS_BYTES), Status::Warn);
        assert_eq!(status(DISK_BYTES_USUAL - 1), Status::Warn);
        assert_eq!(status(DISK_BYTES_USUAL), Status::Pass);
    }

    #[test]
    fn a_folder_that_is_still_to_be_made_is_judged_by_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        assert_ne!(data_directory(Some(&folder.path().join("a/b"))).found, "");
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(data_directory(Some(&file.join("a"))).status, Status::Fail);
        assert_eq!(data_directory(None).status, Status::Warn);
    }
}
