//! What an attempt uses.

use std::fs;
use std::path::Path;

use chinampa_jobs::agent::Usage;
use rustix::time::{ClockId, clock_gettime};

/// Measures the thread that it was started on.
#[derive(Debug)]
pub(crate) struct Meter {
    cpu_start_ms: u64,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self { cpu_start_ms: thread_cpu_ms() }
    }

    /// Processor time of this thread since the start, and the largest memory that the process ever had.
    pub(crate) fn usage(&self) -> Usage {
        let cpu_ms = thread_cpu_ms().saturating_sub(self.cpu_start_ms);
        let peak_ram_bytes = peak_ram_bytes(Path::new("/proc/self")).unwrap_or(0);
        Usage { cpu_ms, gpu_ms: 0, peak_ram_bytes }
    }
}

fn thread_cpu_ms() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or(0) * 1_000 + nanoseconds.unwrap_or(0) / 1_000_000
}

/// The most memory that the process of this folder, such as `/proc/self`, has held, in bytes; `None` where the system does not
/// say.
pub fn peak_ram_bytes(process: &Path) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_memory() {
        let meter = Meter::start();
        let mut sum = 0_u64;
        while meter.usage().cpu_ms < 5 {
            sum = sum.wrapping_mul(3).wrapping_add(1);
        }
        assert!(meter.usage().peak_ram_bytes > 1 << 20, "{sum}");
    }
}
