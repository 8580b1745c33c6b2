//! One attempt at a job: read its inputs, prove, write the result. Runs on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_jobs::agent::{FailureClass, Usage};
use chinampa_jobs::objects::{ObjectsError, ProofObjects};
use chinampa_jobs::{JobInputs, JobResult, ProofUri};
use tokio::runtime::Handle;

use crate::backend::{Backend, Phase, ProveError, Work};
use crate::bundle::{Bundle, FailureReport};
use crate::config::AgentConfig;
use crate::resources::ResourceMeter;
use crate::session::{Claim, Outcome};
use crate::usage;

/// How often a result is offered to a store that does not take it, one second apart: a full disk may be emptied, and
/// proving again costs more.
const STORE_ATTEMPTS: u32 = 60;

/// What an attempt came to. None if it was called off.
pub(crate) struct Ended {
    pub(crate) outcome: Option<Outcome>,
    pub(crate) usage: Usage,
    /// Largest memory on devices, in bytes; none without devices.
    pub(crate) peak_vram_bytes: Option<u64>,
    /// Time in phases.
    pub(crate) phases: Vec<(Phase, Duration)>,
}

/// Where inputs are read and results written, for a thread that has no runtime of its own.
struct Store<'a> {
    objects: &'a ProofObjects,
    runtime: &'a Handle,
}

impl Store<'_> {
    fn inputs(&self, claim: &Claim) -> Result<JobInputs, ObjectsError> {
        self.runtime.block_on(self.objects.read_inputs(&claim.job.inputs_uri))
    }

    fn keep(&self, claim: &Claim, result: &JobResult) -> Result<ProofUri, ObjectsError> {
        let job = &claim.job;
        self.runtime.block_on(self.objects.write_result(&job.id, job.request_type, result))
    }
}

/// Does the work of a claim. Objects are read and written on `runtime`, which another thread drives.
pub(crate) fn run(
    backend: &Arc<dyn Backend>,
    config: &AgentConfig,
    runtime: &Handle,
    claim: &Claim,
    work: &Work,
) -> Ended {
    let store = &Store { objects: &config.proof_store, runtime };
    let meter = usage::Meter::start();
    let resources = ResourceMeter::start(&config.metrics);
    // A proof that panics must not take the other sessions of the process with it.
    let proven = catch_unwind(AssertUnwindSafe(|| prove(backend.as_ref(), store, claim, work)));
    let proven = proven.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(ProveError::machine(format!("the proof panicked: {text}")))
    });
    let outcome = match proven {
        Ok(uri) => Some(Outcome::Success { uri }),
        Err(ProveError::Cancelled) => None,
        Err(error) => {
            let (class, retry) = class(&error);
            if let Some(folder) = &config.failure_folder {
                let (id, request_type) = (claim.job.id.as_str(), claim.job.request_type.name());
                let (phases, usage) = (work.phase_times(), usage_of(&meter, work));
                let report =
                    FailureReport::new(id, request_type, backend.name(), (class, &error), &phases, usage);
                let report = report.with_resources(resources.points(), resources.peak_vram_bytes());
                let report = report.with_program(work.failed_program());
                leave_bundle(folder, report, store, claim);
            }
            Some(Outcome::Failure { class, reason: error.to_string(), retry })
        }
    };
    let (usage, peak_vram_bytes) = (usage_of(&meter, work), resources.peak_vram_bytes());
    Ended { outcome, usage, peak_vram_bytes, phases: work.phase_times() }
}

/// What the attempt has used so far, with the memory of a program that ran for it.
fn usage_of(meter: &usage::Meter, work: &Work) -> Usage {
    let usage = meter.usage();
    Usage { peak_ram_bytes: usage.peak_ram_bytes.max(work.peak_ram_bytes()), ..usage }
}

fn prove(
    backend: &dyn Backend,
    store: &Store<'_>,
    claim: &Claim,
    work: &Work,
) -> Result<ProofUri, ProveError> {
    let inputs = store.inputs(claim).map_err(|error| load_error(&error))?;
    let (wanted, found) = (claim.job.request_type, inputs.request_type());
    if wanted != found {
        return Err(ProveError::job(format!("the job is a {wanted}, its inputs are those of a {found}")));
    }
    let result = backend.prove(&inputs, work)?;
    if work.is_cancelled() {
        return Err(ProveError::Cancelled);
    }
    save(store, claim, &result, work)
}

fn load_error(error: &ObjectsError) -> ProveError {
    let (message, retry) = (format!("Failed to load proof inputs: {error}"), error.is_temporary());
    ProveError::Job { message, retry }
}

fn save(store: &Store<'_>, claim: &Claim, result: &JobResult, work: &Work) -> Result<ProofUri, ProveError> {
    work.enter(Phase::Store);
    let mut attempts = 0;
    loop {
        attempts += 1;
        match store.keep(claim, result) {
            Ok(uri) => return Ok(uri),
            Err(error) if error.is_temporary() && attempts < STORE_ATTEMPTS => {
                tracing::warn!(job = %claim.job.id, "the result is not stored yet: {error}");
                if !work.sleep_until(Instant::now() + Duration::from_secs(1)) {
                    return Err(ProveError::Cancelled);
                }
            }
            Err(error) => return Err(ProveError::machine(format!("the result cannot be stored: {error}"))),
        }
    }
}

/// Keeps what is needed to run the job again. Inputs that cannot be read leave nothing.
fn leave_bundle(folder: &Path, report: FailureReport, store: &Store<'_>, claim: &Claim) {
    let Ok(inputs) = store.inputs(claim) else { return };
    match (Bundle { report, inputs }).write(folder) {
        Ok(path) => {
            tracing::info!(job = %claim.job.id, bundle = %path.display(), "a bundle of the failure is kept");
        }
        Err(error) => {
            tracing::warn!(job = %claim.job.id, "no bundle of the failure: {error}");
        }
    }
}

/// Kind of a failure, and whether another attempt may help.
fn class(error: &ProveError) -> (FailureClass, bool) {
    match error {
        ProveError::Job { retry, .. } => (FailureClass::JobError, *retry),
        ProveError::Timeout { .. } => (FailureClass::Timeout, true),
        ProveError::OutOfMemory { .. } => (FailureClass::OutOfMemory, true),
        ProveError::Machine { .. } | ProveError::Cancelled => (FailureClass::JobError, true),
    }
}
