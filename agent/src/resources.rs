//! What a job takes while it runs, seen by looking again and again: a curve for the bundle of a failed job, and the most memory of
//! devices.

use std::fs;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::metrics::AgentMetrics;

/// Time between two looks. What is allocated for less is not seen.
const INTERVAL: Duration = Duration::from_millis(200);
/// Points of a curve. When there are more, every second one goes, and from then on fewer are kept.
pub(crate) const MAX_POINTS: usize = 256;
/// Generations of programs that are followed: bb, in a script, in another.
const MAX_DEPTH: usize = 4;

/// What the agent's process and the programs that it runs had at some time. Jobs of several sessions of a process are counted
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePoint {
    /// Time since the job began, in milliseconds.
    pub at_ms: u64,
    /// Main memory, in bytes.
    pub ram_bytes: u64,
    /// Processor time since the processes began, in milliseconds.
    pub cpu_ms: u64,
    /// Memory on devices, in bytes; absent without devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vram_bytes: Option<u64>,
}

/// Looks while it lives.
#[derive(Debug)]
pub(crate) struct ResourceMeter {
    state: Arc<State>,
    /// None if the system has no thread for it: there is no curve then.
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    is_over: AtomicBool,
    curve: Mutex<Curve>,
}

#[derive(Debug, Default)]
struct Curve {
    points: Vec<ResourcePoint>,
    peak_vram_bytes: Option<u64>,
    /// Of so many points, one is kept, as a power of two.
    thinning_log2: u32,
    seen: u64,
}

impl Curve {
    fn add(&mut self, point: ResourcePoint) {
        self.peak_vram_bytes = self.peak_vram_bytes.max(point.vram_bytes);
        if self.seen.trailing_zeros() >= self.thinning_log2 {
            self.points.push(point);
        }
        self.seen += 1;
        if self.points.len() > MAX_POINTS {
            let mut is_kept = false;
            self.points.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.thinning_log2 += 1;
        }
    }
}

impl State {
    fn curve(&self) -> MutexGuard<'_, Curve> {
        self.curve.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResourceMeter {
    /// Starts to look; the devices are those of the counters.
    pub(crate) fn start(metrics: &Arc<AgentMetrics>) -> Self {
        let (state, started) = (Arc::<State>::default(), Instant::now());
        let (metrics, shared) = (Arc::clone(metrics), Arc::clone(&state));
        let look = move || {
            while !shared.is_over.load(Ordering::Acquire) {
                let point = point(started, &metrics);
                shared.curve().add(point);
                thread::park_timeout(INTERVAL);
            }
        };
        let thread = thread::Builder::new().name("resources".to_owned()).spawn(look).ok();
        Self { state, thread }
    }

    /// The most memory on devices so far, in bytes; none if no device has told.
    pub(crate) fn peak_vram_bytes(&self) -> Option<u64> {
        self.state.curve().peak_vram_bytes
    }

    /// The curve so far.
    pub(crate) fn points(&self) -> Vec<ResourcePoint> {
        self.state.curve().points.clone()
    }
}

impl Drop for ResourceMeter {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic in it has said so itself.
            let _ = thread.join();
        }
    }
}

fn point(started: Instant, metrics: &AgentMetrics) -> ResourcePoint {
    let family = family(process::id());
    let sum = |of: fn(u32) -> Option<u64>| family.iter().filter_map(|process| of(*process)).sum();
    let vram_bytes = if metrics.has_devices() { metrics.device_memory_of(&family) } else { None };
    ResourcePoint {
        at_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        ram_bytes: sum(ram_bytes),
        cpu_ms: sum(cpu_ms),
        vram_bytes,
    }
}

fn ram_bytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Of a process and of the programs that it has started and that have ended.
fn cpu_ms(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may hold anything. The kernel counts in hundredths of a second.
    let numbers = stat.rsplit(')').next()?.split_whitespace().skip(11).take(4);
    numbers.map(|ticks| ticks.parse::<u64>().ok().map(|ticks| ticks * 10)).sum()
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

    use super::*;
    use crate::gpu::tests::example;

    fn wait_until(mut is_so: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !is_so() && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn programs_of_programs_belong_to_a_job() {
        let mut child = Command::new("sh").args(["-c", "sleep 60 & echo; wait"]).spawn().unwrap();
        // The shell and what it runs.
        wait_until(|| family(child.id()).len() == 2);
        let found = family(child.id());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(family(process::id()).contains(&found[1]));
        let _ = Command::new("kill").arg(found[1].to_string()).status();
        child.wait().unwrap();
    }

    #[test]
    fn points_are_what_the_system_and_the_devices_say() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Arc::new(AgentMetrics::new(Some(example(folder.path()))));
        let meter = ResourceMeter::start(&metrics);
        wait_until(|| meter.points().len() > 1);
        // The other process on the device is not ours.
        assert_eq!(meter.peak_vram_bytes(), Some(700_000_000));
        let points = meter.points();
        assert!(points[1].at_ms >= 100 && points[1].cpu_ms >= points[0].cpu_ms, "{points:?}");
        assert!(points[0].ram_bytes > 1 << 20 && points[0].vram_bytes == Some(700_000_000), "{points:?}");
        let without = ResourceMeter::start(&Arc::new(AgentMetrics::default()));
        wait_until(|| !without.points().is_empty());
        assert_eq!((without.points()[0].vram_bytes, without.peak_vram_bytes()), (None, None));
    }

    #[test]
    fn long_curves_are_thinned() {
        let mut curve = Curve::default();
        for at_ms in 0..4 * MAX_POINTS as u64 {
            curve.add(ResourcePoint { at_ms, ram_bytes: 0, cpu_ms: 0, vram_bytes: None });
            assert!(curve.points.len() <= MAX_POINTS);
        }
        assert!(curve.points.len() > MAX_POINTS / 2);
        let step = curve.points[1].at_ms;
        assert!(curve.points.iter().enumerate().all(|(index, point)| point.at_ms == index as u64 * step));
    }
}
