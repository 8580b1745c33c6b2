//! Memory and processors that this process may use.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// Memory of the machine, or the limit that a control group sets below it, in bytes; none where neither can be read.
pub fn machine_memory_bytes() -> Option<u64> {
    memory_under(Path::new("/"))
}

/// Memory that this process holds, and what it can still get before the machine or a control group has none left, in bytes;
/// none where neither can be read. What the kernel keeps of files counts as free.
pub fn memory_at_hand_bytes() -> Option<u64> {
    memory_at_hand_under(Path::new("/"))
}

/// Processors that this process may use: those of the machine that it is bound to, or fewer where a control group
/// limits its time. At least one.
pub fn machine_threads() -> usize {
    let bound = thread::available_parallelism().map_or(1, usize::from);
    processors_under(Path::new("/")).unwrap_or(bound).clamp(1, bound)
}

/// As [`machine_memory_bytes`], with the files below `root`.
fn memory_under(root: &Path) -> Option<u64> {
    group_memory_limit(root).into_iter().chain(total_of_machine(root)).min()
}

/// The least memory that this process's control group, or one above it, sets, in bytes; none without a limit. `root` is
/// `/`, or where the files of a machine are.
pub fn group_memory_limit(root: &Path) -> Option<u64> {
    let unified = unified_groups(root)
        .into_iter()
        .flat_map(|group| [group.join("memory.max"), group.join("memory.high")]);
    let first =
        first_version_groups(root, "memory").into_iter().map(|group| group.join("memory.limit_in_bytes"));
    unified.chain(first).filter_map(|file| number(&file)).min()
}

/// How often the kernel has ended a process of this process's control group for want of memory. `root` is `/`, or where the
/// files of a machine are; 0 where nobody counts.
pub(crate) fn oom_kills(root: &Path) -> u64 {
    let unified = unified_groups(root).into_iter().map(|group| group.join("memory.events"));
    let first =
        first_version_groups(root, "memory").into_iter().map(|group| group.join("memory.oom_control"));
    let count = |file: PathBuf| {
        let text = fs::read_to_string(file).ok()?;
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
    };
    // The group itself comes before those above it, in which others run as well.
    unified.chain(first).find_map(count).unwrap_or(0)
}

/// Whole processors that the control groups below `root` leave; none without a limit.
fn processors_under(root: &Path) -> Option<usize> {
    let unified = unified_groups(root).into_iter().filter_map(|group| {
        // `max` has no quota.
        let text = fs::read_to_string(group.join("cpu.max")).ok()?;
        let (quota, period) = text.trim().split_once(' ')?;
        Some((quota.parse().ok()?, period.parse().ok()?))
    });
    let first = first_version_groups(root, "cpu").into_iter().filter_map(|group| {
        // -1 is no quota.
        Some((number(&group.join("cpu.cfs_quota_us"))?, number(&group.join("cpu.cfs_period_us"))?))
    });
    let quotas = unified.chain(first).filter(|(_, period)| *period > 0);
    let least: Option<u64> = quotas.map(|(quota, period): (u64, u64)| (quota / period).max(1)).min();
    least.map(|processors| usize::try_from(processors).unwrap_or(usize::MAX))
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// As [`memory_at_hand_bytes`], with the files below `root`.
fn memory_at_hand_under(root: &Path) -> Option<u64> {
    let held = kibibytes(&root.join("proc/self/status"), "VmRSS:").unwrap_or(0);
    let unified = unified_groups(root).into_iter().flat_map(|group| {
        let [used, cached] = [number(&group.join("memory.current")), stat(&group, "file")];
        let limits = ["memory.max", "memory.high"].map(|name| number(&group.join(name)));
        limits.map(|limit| left(limit?, used?, cached))
    });
    let first = first_version_groups(root, "memory").into_iter().map(|group| {
        let used = number(&group.join("memory.usage_in_bytes"));
        left(number(&group.join("memory.limit_in_bytes"))?, used?, stat(&group, "total_cache"))
    });
    let groups = unified.chain(first).flatten();
    let least = groups.chain(kibibytes(&root.join("proc/meminfo"), "MemAvailable:")).min();
    least.map(|left| left.saturating_add(held))
}

/// What a control group has left below its limit.
fn left(limit: u64, used: u64, cached: Option<u64>) -> Option<u64> {
    Some(limit.saturating_sub(used.saturating_sub(cached.unwrap_or(0))))
}

/// A number of a control group's statistics.
fn stat(group: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(group.join("memory.stat")).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

fn total_of_machine(root: &Path) -> Option<u64> {
    kibibytes(&root.join("proc/meminfo"), "MemTotal:")
}

/// Bytes on a line of a file that has kibibytes.
fn kibibytes(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// This process's control group of version 2, and those above it.
fn unified_groups(root: &Path) -> Vec<PathBuf> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    with_parents(&root.join("sys/fs/cgroup"), own)
}

/// The same of version 1, for a controller. Inside a container, its own group is mounted as the root.
fn first_version_groups(root: &Path, controller: &str) -> Vec<PathBuf> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let own = groups.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers.split(',').any(|name| name == controller).then_some(path)
    });
    let own = own.unwrap_or_default().trim_start_matches('/');
    with_parents(&root.join("sys/fs/cgroup").join(controller), own)
}

fn with_parents(base: &Path, own: &str) -> Vec<PathBuf> {
    // The last ancestor of a relative path is the empty one.
    Path::new(own).ancestors().map(|group| base.join(group)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: (&str, &str) = ("proc/meminfo", "MemTotal:  1048576 kB\n");

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        root
    }

    fn memory(files: &[(&str, &str)]) -> Option<u64> {
        memory_under(root(files).path())
    }

    fn processors(files: &[(&str, &str)]) -> Option<usize> {
        processors_under(root(files).path())
    }

    #[test]
    fn the_smallest_memory_of_machine_and_groups_counts() {
        assert_eq!(memory(&[MACHINE]), Some(1 << 30));
        let group = ("proc/self/cgroup", "0::/system.slice/agent.service\n");
        let own = ("sys/fs/cgroup/system.slice/agent.service/memory.max", "max\n");
        let above = ("sys/fs/cgroup/system.slice/memory.max", "1000\n");
        assert_eq!(memory(&[MACHINE, group, above, own]), Some(1000));
        let throttled = ("sys/fs/cgroup/system.slice/agent.service/memory.high", "900\n");
        assert_eq!(memory(&[MACHINE, group, above, own, throttled]), Some(900));
        assert_eq!(memory(&[]), None);
    }

    #[test]
    fn memory_of_the_first_version_counts() {
        let unlimited = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(memory(&[MACHINE, unlimited]), Some(1 << 30));
        let group = ("proc/self/cgroup", "9:cpu,cpuacct:/box\n4:memory:/docker/box\n0::/\n");
        let own = ("sys/fs/cgroup/memory/docker/box/memory.limit_in_bytes", "4096\n");
        assert_eq!(memory(&[MACHINE, unlimited, group, own]), Some(4096));
    }

    #[test]
    fn memory_at_hand_is_what_is_held_and_what_is_left() {
        let at_hand = |files: &[(&str, &str)]| memory_at_hand_under(root(files).path());
        let machine = ("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable:  1000 kB\n");
        let held = ("proc/self/status", "VmHWM:\t 70 kB\nVmRSS:\t 24 kB\n");
        assert_eq!(at_hand(&[machine]), Some(1000 << 10));
        assert_eq!(at_hand(&[machine, held]), Some(1024 << 10));
        let group = ("proc/self/cgroup", "0::/system.slice/agent.service\n");
        let limit = ("sys/fs/cgroup/system.slice/agent.service/memory.max", "900\n");
        let used = ("sys/fs/cgroup/system.slice/agent.service/memory.current", "800\n");
        let cached =
            ("sys/fs/cgroup/system.slice/agent.service/memory.stat", "anon 1\nfile_mapped 1\nfile 300\n");
        assert_eq!(at_hand(&[machine, group, limit, used]), Some(100));
        assert_eq!(at_hand(&[machine, group, limit, used, cached]), Some(400));
        let first = [
            ("proc/self/cgroup", "4:memory:/box\n0::/\n"),
            ("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "600\n"),
            ("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "700\n"),
        ];
        assert_eq!(at_hand(&[machine, first[0], first[1], first[2]]), Some(0));
        assert_eq!(at_hand(&[]), None);
        assert!(memory_at_hand_bytes() <= machine_memory_bytes());
    }

    #[test]
    fn kills_are_those_of_the_own_group() {
        let kills = |files: &[(&str, &str)]| oom_kills(root(files).path());
        let group = ("proc/self/cgroup", "0::/system.slice/agent.service\n");
        let own = (
            "sys/fs/cgroup/system.slice/agent.service/memory.events",
            "low 0\noom 5\noom_kill 3\noom_group_kill 1\n",
        );
        let above = ("sys/fs/cgroup/system.slice/memory.events", "oom 9\noom_kill 7\n");
        assert_eq!(kills(&[group, own, above]), 3);
        assert_eq!(kills(&[group]), 0);
        let first = [
            ("proc/self/cgroup", "4:memory:/box\n0::/\n"),
            ("sys/fs/cgroup/memory/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
        ];
        assert_eq!(kills(&first), 2);
    }

    #[test]
    fn processor_time_of_groups_counts() {
        let group = ("proc/self/cgroup", "0::/system.slice/agent.service\n");
        let unlimited = ("sys/fs/cgroup/system.slice/agent.service/cpu.max", "max 100000\n");
        assert_eq!(processors(&[group, unlimited]), None);
        let above = ("sys/fs/cgroup/system.slice/cpu.max", "350000 100000\n");
        assert_eq!(processors(&[group, unlimited, above]), Some(3));
        let half = ("sys/fs/cgroup/system.slice/agent.service/cpu.max", "50000 100000\n");
        assert_eq!(processors(&[group, half, above]), Some(1));
        let first = [
            ("proc/self/cgroup", "3:cpu,cpuacct:/box\n"),
            ("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "200000\n"),
            ("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n"),
        ];
        assert_eq!(processors(&first), Some(2));
        let none = ("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1\n");
        assert_eq!(processors(&[first[0], none, first[2]]), None);
        assert!(machine_threads() >= 1);
    }
}
