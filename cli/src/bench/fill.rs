//! A store with very many waiting jobs.

use std::io;
use std::path::Path;
use std::time::Instant;

use chinampa_broker::engine::Engine;
use chinampa_broker::queue::{Event, Outcome, QueueConfig};
use chinampa_broker::store::RedbStore;
use chinampa_jobs::{EpochNumber, JobFilter, ProvingJob, RequestType, UnixMs};

use crate::exit::Error;
use crate::output;

/// Jobs that are added with one commit.
const BATCH_LEN: usize = 10_000;
/// Jobs that are handed out.
const CLAIMS: usize = 1_000;

pub(super) fn run(path: &Path, jobs: usize) -> Result<(), Error> {
    if path.exists() {
        return Err(Error::Output(io::Error::new(io::ErrorKind::AlreadyExists, "the file is there already")));
    }
    let open = || {
        let store = RedbStore::open(path).map_err(Error::JobStore)?;
        Engine::open(QueueConfig::default(), store, UnixMs(0)).map_err(Error::JobStore)
    };
    let mut engine = open()?;
    let begin = Instant::now();
    for start in (0..jobs).step_by(BATCH_LEN) {
        let batch = (start..jobs.min(start + BATCH_LEN)).map(|number| job(number).map(Event::Enqueue));
        let batch = batch.collect::<io::Result<Vec<_>>>()?;
        if let Some(Err(error)) = engine.run(batch, UnixMs(0)).into_iter().find(Result::is_err) {
            return Err(Error::Output(io::Error::other(error)));
        }
    }
    let filled = begin.elapsed().as_secs_f64();
    let len_bytes = std::fs::metadata(path)?.len();
    output::text(&format!(
        "filled with {jobs} jobs in {filled:.2} s, {len_bytes} bytes on disk; {}\n",
        memory()?
    ))?;
    drop(engine);
    let begin = Instant::now();
    let mut engine = open()?;
    let known = engine.queue().map_or(0, chinampa_broker::queue::Queue::len);
    let opened = begin.elapsed().as_secs_f64();
    output::text(&format!("opened again in {opened:.2} s with {known} jobs; {}\n", memory()?))?;
    let begin = Instant::now();
    for _ in 0..CLAIMS {
        let claimed = engine.run([Event::Claim(JobFilter::default())], UnixMs(0));
        if !matches!(claimed[..], [Ok(Outcome::Assignment(Some(_)))]) {
            return Err(Error::Output(io::Error::other("a claim has found no job")));
        }
    }
    let micros = begin.elapsed().as_secs_f64() * 1e6 / CLAIMS as f64;
    Ok(output::text(&format!("a claim takes {micros:.1} us\n"))?)
}

fn job(number: usize) -> io::Result<ProvingJob> {
    let text = |text: String| text.parse().map_err(io::Error::other);
    Ok(ProvingJob {
        id: text(format!("1:PARITY_BASE:{number:064}"))?,
        request_type: RequestType::ParityBase,
        epoch_number: EpochNumber::from(1),
        inputs_uri: "data:,iiiiiiiiiiiiiiii".parse().map_err(io::Error::other)?,
    })
}

/// Memory of this process, the most and now.
fn memory() -> io::Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let lines = status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
    let lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(lines.collect::<Vec<_>>().join(", "))
}
