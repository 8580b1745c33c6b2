//! The most memory of devices that a job has had, seen by looking again and again while it runs.

use std::fs;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::metrics::AgentMetrics;

/// Time between two looks. What is allocated for less is not seen.
const INTERVAL: Duration = Duration::from_millis(200);
/// Generations of programs that are followed: bb, in a script, in another.
const MAX_DEPTH: usize = 4;

/// Looks while it lives. Without devices there is none.
#[derive(Debug)]
pub(crate) struct VramMeter {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    is_over: AtomicBool,
    is_known: AtomicBool,
    peak_bytes: AtomicU64,
}

impl VramMeter {
    /// Starts to look at this process and the programs that it runs, so that jobs of several sessions of a process are counted
    /// together. None without devices.
    pub(crate) fn start(metrics: &Arc<AgentMetrics>) -> Option<Self> {
        if !metrics.has_devices() {
            return None;
        }
        let state = Arc::<State>::default();
        let (metrics, shared) = (Arc::clone(metrics), Arc::clone(&state));
        let look = move || {
            while !shared.is_over.load(Ordering::Acquire) {
                if let Some(bytes) = metrics.device_memory_of(&family(process::id())) {
                    shared.peak_bytes.fetch_max(bytes, Ordering::AcqRel);
                    shared.is_known.store(true, Ordering::Release);
                }
                thread::park_timeout(INTERVAL);
            }
        };
        let thread = thread::Builder::new().name("vram".to_owned()).spawn(look).ok()?;
        Some(Self { state, thread: Some(thread) })
    }

    /// The most so far, in bytes; none if no device has told.
    pub(crate) fn peak_bytes(&self) -> Option<u64> {
        let is_known = self.state.is_known.load(Ordering::Acquire);
        is_known.then(|| self.state.peak_bytes.load(Ordering::Acquire))
    }
}

impl Drop for VramMeter {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic in it has said so itself.
            let _ = thread.join();
        }
    }
}

/// A process and those that it has started.
fn family(process: u32) -> Vec<u32> {
    let mut found = vec![process];
    let mut generation = vec![process];
    for _ in 0..MAX_DEPTH {
        generation = generation.into_iter().flat_map(children).collect();
        found.extend(&generation);
    }
    found
}

fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Instant;

    use super::*;
    use crate::gpu::tests::example;

    #[test]
    fn programs_of_programs_belong_to_a_job() {
        let mut child = Command::new("sh").args(["-c", "sleep 60 & echo; wait"]).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        // The shell and what it runs.
        while family(child.id()).len() < 2 && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        let found = family(child.id());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(family(process::id()).contains(&found[1]));
        let _ = Command::new("kill").arg(found[1].to_string()).status();
        child.wait().unwrap();
    }

    #[test]
    fn the_peak_is_what_devices_say_of_this_process() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Arc::new(AgentMetrics::new(Some(example(folder.path()))));
        let meter = VramMeter::start(&metrics).unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while meter.peak_bytes().is_none() && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        // The other process is not ours.
        assert_eq!(meter.peak_bytes(), Some(700_000_000));
        drop(meter);
        assert!(VramMeter::start(&Arc::new(AgentMetrics::default())).is_none(), "no devices, no number");
    }
}
