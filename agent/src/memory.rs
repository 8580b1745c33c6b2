//! Memory that this process may use.

use std::fs;
use std::path::Path;

/// Memory of the machine, or the limit that a control group sets below it, in bytes; none where neither can be read.
pub fn machine_memory_bytes() -> Option<u64> {
    under(Path::new("/"))
}

/// As [`machine_memory_bytes`], with the files below `root`.
fn under(root: &Path) -> Option<u64> {
    let total = total_of_machine(root);
    control_group_limit(root).into_iter().chain(total).min()
}

fn total_of_machine(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The smallest limit among this process's control group and those above it (version 2), or the limit of a container
/// (version 1).
fn control_group_limit(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let base = root.join("sys/fs/cgroup");
    let unified = Path::new(own).ancestors().map(|group| base.join(group).join("memory.max"));
    let first_version = base.join("memory/memory.limit_in_bytes");
    let texts = unified.chain([first_version]).filter_map(|file| fs::read_to_string(file).ok());
    texts.filter_map(|text| text.trim().parse().ok()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        root
    }

    #[test]
    fn the_smallest_of_machine_and_groups_counts() {
        let machine = ("proc/meminfo", "MemTotal:  1048576 kB\n");
        assert_eq!(under(root(&[machine]).path()), Some(1 << 30));
        let files = [
            machine,
            ("proc/self/cgroup", "0::/farm/agent\n"),
            ("sys/fs/cgroup/farm/memory.max", "1000\n"),
            ("sys/fs/cgroup/farm/agent/memory.max", "max\n"),
        ];
        assert_eq!(under(root(&files).path()), Some(1000));
        let files = [machine, ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")];
        assert_eq!(under(root(&files).path()), Some(1 << 30));
        assert_eq!(under(root(&[]).path()), None);
    }
}
