//! Memory of the machine, and the limit that a control group sets below it.

use std::fs;
use std::path::Path;

use chinampa_agent::group_memory_limit;

use super::report::{Line, Status};

/// Memory that operators of the network give a proving machine: 128 GB.
const BYTES_USUAL: u64 = 128_000_000_000;

/// What this process may use. `root` is `/`, or a copy of the files in tests.
pub(super) fn check(root: &Path) -> Line {
    let Some((total, available)) = of_machine(root) else {
        return Line::advise(
            "memory",
            Status::Warn,
            "unknown: /proc/meminfo is not readable".to_owned(),
            "mount /proc",
        );
    };
    let limit = group_memory_limit(root).filter(|limit| *limit < total);
    let mut found = format!("{}, {} available now", gibibytes(total), gibibytes(available));
    if let Some(limit) = limit {
        found.push_str(&format!(", limited to {} by the control group", gibibytes(limit)));
    }
    if limit.unwrap_or(total) >= BYTES_USUAL {
        return Line::pass("memory", found);
    }
    let next = "enough for tests and small circuits; proving machines of the network have 128 GB";
    Line::advise("memory", Status::Warn, found, next)
}

/// Total and available bytes.
fn of_machine(root: &Path) -> Option<(u64, u64)> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let field = |name: &str| {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kibibytes.checked_mul(1024)
    };
    Some((field("MemTotal:")?, field("MemAvailable:")?))
}

/// Bytes for people.
pub(super) fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root with these files.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        root
    }

    const MEMINFO: (&str, &str) =
        ("proc/meminfo", "MemTotal:  134217728 kB\nMemFree: 1 kB\nMemAvailable: 1048576 kB\n");

    #[test]
    fn a_large_machine_without_limits_passes() {
        let line = check(root(&[MEMINFO]).path());
        assert_eq!((line.status, line.found.as_str()), (Status::Pass, "128.0 GiB, 1.0 GiB available now"));
    }

    #[test]
    fn the_smallest_limit_of_nested_groups_counts() {
        let files = [
            MEMINFO,
            ("proc/self/cgroup", "0::/farm.slice/agent.service\n"),
            ("sys/fs/cgroup/farm.slice/memory.max", "8589934592\n"),
            ("sys/fs/cgroup/farm.slice/agent.service/memory.max", "max\n"),
        ];
        let line = check(root(&files).path());
        assert_eq!(line.status, Status::Warn);
        assert!(line.found.ends_with("limited to 8.0 GiB by the control group"), "{}", line.found);
    }

    #[test]
    fn a_limit_above_the_machine_is_none() {
        let files = [MEMINFO, ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")];
        assert_eq!(check(root(&files).path()).status, Status::Pass);
    }

    #[test]
    fn an_unreadable_machine_is_a_warning() {
        assert_eq!(check(root(&[]).path()).status, Status::Warn);
    }
}
