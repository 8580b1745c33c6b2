//! What a process uses.

use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chinampa_agent::peak_ram_bytes;
use serde_json::{Value, json};

use crate::exit::Error;

/// Time between two looks at the process. Memory that it takes and gives back in between is missed.
const INTERVAL: Duration = Duration::from_millis(2);
/// Processor time in `/proc/PID/stat` is counted in hundredths of a second (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) wall: Duration,
    cpu_seconds: f64,
    peak_rss_bytes: u64,
    pub(super) stdout: Vec<u8>,
}

impl Usage {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "wall_seconds": self.wall.as_secs_f64(),
            "cpu_seconds": self.cpu_seconds,
            "peak_rss_bytes": self.peak_rss_bytes,
        })
    }
}

/// Runs a process to its end and looks at it meanwhile.
pub(super) fn measure(mut command: Command) -> Result<Usage, Error> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let folder = PathBuf::from(format!("/proc/{}", child.id()));
    // What it prints is less than a pipe holds.
    let mut usage = Usage::default();
    loop {
        let stat = fs::read_to_string(folder.join("stat"))?;
        let (state, ticks) = state_and_ticks(&stat).ok_or_else(|| io::Error::other("no times in /proc"))?;
        usage.cpu_seconds = ticks as f64 / TICKS_PER_SECOND;
        // A process that has ended keeps its times until it is waited for, but not its memory.
        if state == 'Z' {
            break;
        }
        if let Some(peak) = peak_ram_bytes(&folder) {
            usage.peak_rss_bytes = peak;
        }
        std::thread::sleep(INTERVAL);
    }
    usage.wall = start.elapsed();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_end(&mut usage.stdout)?;
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(usage);
    }
    Err(Error::Output(io::Error::other(format!("{command:?}: {status}"))))
}

/// State, and processor time of the process in user and system mode.
fn state_and_ticks(stat: &str) -> Option<(char, u64)> {
    // The name in front is in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some((fields.first()?.chars().next()?, number(11)? + number(12)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_measured() {
        let mut command = Command::new("sh");
        command.args(["-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done"]);
        let usage = measure(command).unwrap();
        assert_eq!(usage.stdout, b"done\n");
        assert!(usage.cpu_seconds > 0.0 && usage.peak_rss_bytes > 100_000);
        assert!(usage.wall.as_secs_f64() >= usage.cpu_seconds / 2.0);
        assert!(measure(Command::new("false")).is_err());
    }

    #[test]
    fn names_may_hold_anything() {
        let stat = "7 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 11 12 13";
        assert_eq!(state_and_ticks(stat), Some(('R', 11 + 12)));
        assert_eq!(state_and_ticks("7 (a) R"), None);
    }
}
