//! The ways to prove, each tried with a small job, and how many agents the machine has room for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_agent::srs::write_development;
use chinampa_agent::{
    Backend, BbBackend, BbConfig, Gpus, NativeBackend, NativeConfig, SimulatedBackend, TestDelay, Work,
};
use chinampa_jobs::{JobInputs, RequestType};

use super::report::{Line, Status};
use crate::config::Resolved;
use crate::exit::Error;
use crate::start::{AgentRoom, agent_room, bb_setup, circuits, native_setup};

/// The smallest circuit of all: its partner in an epoch of one checkpoint. It has no inputs.
const SMALLEST: RequestType = RequestType::CheckpointPaddingRollup;
/// Logarithm of the points that its proof needs.
const SMALLEST_LOG2: u32 = 12;

/// A line for each backend, for the agents that the machine has room for, and for its devices.
pub(super) fn check(config: &Resolved, is_agent: bool, bb_is_needed: bool) -> Vec<Line> {
    let room = agent_room(config);
    let mut lines = Vec::new();
    match circuits(config) {
        Err(error) => {
            let status = if is_agent { Status::Fail } else { Status::Warn };
            let next = "set agent.circuits to the npm package @aztec/noir-protocol-circuits-types 4.1.2 or its files";
            lines.push(Line::advise("circuits", status, error.to_string(), next));
        }
        Ok(circuits) => {
            lines.push(Line::pass("circuits", circuits.folder().path().display().to_string()));
            let backend = SimulatedBackend::new(Arc::clone(&circuits), TestDelay::Fixed(Duration::ZERO));
            lines.push(tried("simulated proofs", &backend, "witnesses of all types are solved", room));
            lines.push(native(config, &circuits, room));
            lines.push(real(config, circuits, room, bb_is_needed));
        }
    }
    lines.push(devices());
    lines
}

/// What our own prover can do, with the reference string that is there, or with one for development that is thrown away:
/// proofs are verified with either.
fn native(config: &Resolved, circuits: &Arc<chinampa_circuits::Circuits>, room: AgentRoom) -> Line {
    const NAME: &str = "native proofs";
    let tried = |setup: NativeConfig, what| match NativeBackend::new(setup, Arc::clone(circuits)) {
        Ok(backend) => tried(NAME, &backend, what, room),
        Err(error) => Line::advise(NAME, Status::Warn, error.to_string(), "agents use bb for these proofs"),
    };
    let found = match native_setup(config) {
        Ok(Some(setup)) => return tried(setup, "proved and verified"),
        Ok(None) => tempfile::tempdir().map_err(Error::from),
        Err(error) => Err(error),
    };
    let made = found.and_then(|folder| {
        let srs_path = folder.path().join("crs");
        write_development(&srs_path, SMALLEST_LOG2).map_err(Error::Srs)?;
        let setup = NativeConfig {
            srs_path,
            is_development: true,
            threads: room.threads,
            verify: true,
            program_log2: None,
            memory_bytes: u64::MAX,
            msm_table_bytes: 0,
        };
        Ok(tried(setup, "proved and verified, with a reference string for development"))
    });
    made.unwrap_or_else(|error| {
        Line::advise(NAME, Status::Warn, error.to_string(), "agents use bb for these proofs")
    })
}

/// What bb can do, with the reference string that is there, or with one for development.
fn real(
    config: &Resolved,
    circuits: Arc<chinampa_circuits::Circuits>,
    room: AgentRoom,
    is_needed: bool,
) -> Line {
    const NAME: &str = "real proofs";
    let missing = if is_needed { Status::Fail } else { Status::Warn };
    let (bb, has_points) = match bb_setup(config) {
        Ok(found) => found,
        Err(error) => {
            return Line::advise(NAME, missing, error.to_string(), "agents without bb can only simulate");
        }
    };
    if has_points {
        let line = tried(NAME, &BbBackend::new(bb, circuits), "proved and verified", room);
        let status = if line.status == Status::Fail { missing } else { line.status };
        return Line { status, ..line };
    }
    let next = "chinampa srs fetch --log2 24 --output ~/.bb-crs gets the points; without them, bb does when it first proves";
    let line = match development(bb, circuits, room) {
        Ok(line) => line,
        Err(error) => Line::advise(NAME, missing, error.to_string(), next),
    };
    if line.status != Status::Pass {
        return Line { status: missing, ..line };
    }
    let found = format!("{}; not verified: there is no reference string", line.found);
    Line::advise(NAME, Status::Warn, found, next)
}

/// A proof with a reference string that is thrown away. Nobody can verify it without a bb that is made for that.
fn development(
    bb: BbConfig,
    circuits: Arc<chinampa_circuits::Circuits>,
    room: AgentRoom,
) -> Result<Line, Error> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("crs");
    write_development(&path, SMALLEST_LOG2).map_err(Error::Srs)?;
    let bb = BbConfig { crs_path: Some(path), is_development: true, verify: false, ..bb };
    Ok(tried("real proofs", &BbBackend::new(bb, circuits), "proved", room))
}

/// Proves the smallest job, and says what the backend would take and how often at the same time.
fn tried(name: &'static str, backend: &dyn Backend, what: &str, room: AgentRoom) -> Line {
    let begun = Instant::now();
    let inputs = JobInputs::from_buffer(SMALLEST, Vec::new());
    let proven = inputs
        .map_err(|error| error.to_string())
        .and_then(|inputs| backend.prove(&inputs, &Work::default()).map_err(|error| error.to_string()));
    if let Err(error) = proven {
        let next = "agents on this machine would fail like this";
        return Line::advise(name, Status::Fail, error, next);
    }
    let took = begun.elapsed().as_secs_f64();
    let types = backend.request_types();
    let largest = types.iter().filter(|kind| backend.ram_bytes(**kind) <= room.ram_bytes);
    let largest = largest.max_by_key(|kind| backend.ram_bytes(**kind));
    let Some(largest) = largest else {
        let next = "no job has room in agent.memory_bytes; one is taken at a time nevertheless";
        return Line::advise(name, Status::Warn, format!("{what}, in {took:.1} s"), next);
    };
    let by_memory = room.ram_bytes / backend.ram_bytes(*largest).max(1);
    let by_threads = room.threads.checked_div(backend.threads(*largest)).unwrap_or(usize::MAX);
    let at_once = by_memory.min(by_threads as u64);
    let fit = types.iter().filter(|kind| backend.ram_bytes(**kind) <= room.ram_bytes).count();
    Line::pass(
        name,
        format!(
            "{what}, in {took:.1} s; {fit} of {} job types have room, {at_once} at a time of the largest ({}){}",
            RequestType::ALL.len(),
            largest.name(),
            avm(backend)
        ),
    )
}

/// Whether a bb proves public txs, which is for who builds bb to decide.
fn avm(backend: &dyn Backend) -> &'static str {
    match backend.name() {
        "bb" if backend.request_types().contains(&RequestType::PublicVm) => "; with the AVM",
        "bb" => "; this bb is built without the AVM: no PUBLIC_VM",
        _ => "",
    }
}

fn devices() -> Line {
    let readings = Gpus::open().map(|gpus| gpus.read()).unwrap_or_default();
    if readings.is_empty() {
        return Line::pass("gpu", "none; no backend needs one".to_owned());
    }
    let names = readings.into_iter().map(|gpu| {
        let memory = gpu.memory_total_bytes.unwrap_or(0) >> 30;
        format!("{} ({memory} GiB)", gpu.name.unwrap_or_else(|| "unnamed".to_owned()))
    });
    Line::pass("gpu", names.collect::<Vec<_>>().join(", "))
}
