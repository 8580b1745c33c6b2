//! One attempt at a job: read its inputs, prove, write the result. Runs on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_jobs::agent::{FailureClass, Usage};
use chinampa_jobs::{JobResult, ProofUri};

use crate::backend::{Backend, Phase, ProveError, Work};
use crate::bundle::{Bundle, FailureReport};
use crate::config::AgentConfig;
use crate::session::{Claim, Outcome};
use crate::store::{ProofStore, StoreError};
use crate::usage;

/// How often a result is offered to a store that does not take it, one second apart: a full disk may be emptied, and
/// proving again costs more.
const STORE_ATTEMPTS: u32 = 60;

/// What an attempt came to. None if it was called off.
pub(crate) struct Ended {
    pub(crate) outcome: Option<Outcome>,
    pub(crate) usage: Usage,
    /// Time in phases.
    pub(crate) phases: Vec<(Phase, Duration)>,
}

/// Does the work of a claim.
pub(crate) fn run(backend: &Arc<dyn Backend>, config: &AgentConfig, claim: &Claim, work: &Work) -> Ended {
    let store = &config.proof_store;
    let meter = usage::Meter::start();
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
                leave_bundle(folder, report, store, claim);
            }
            Some(Outcome::Failure { class, reason: error.to_string(), retry })
        }
    };
    Ended { outcome, usage: usage_of(&meter, work), phases: work.phase_times() }
}

/// What the attempt has used so far, with the memory of a program that ran for it.
fn usage_of(meter: &usage::Meter, work: &Work) -> Usage {
    let usage = meter.usage();
    Usage { peak_ram_bytes: usage.peak_ram_bytes.max(work.peak_ram_bytes()), ..usage }
}

fn prove(
    backend: &dyn Backend,
    store: &ProofStore,
    claim: &Claim,
    work: &Work,
) -> Result<ProofUri, ProveError> {
    let inputs = store.read_inputs(&claim.job.inputs_uri).map_err(|error| load_error(&error))?;
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

fn load_error(error: &StoreError) -> ProveError {
    let (message, retry) = (format!("Failed to load proof inputs: {error}"), error.is_temporary());
    ProveError::Job { message, retry }
}

fn save(store: &ProofStore, claim: &Claim, result: &JobResult, work: &Work) -> Result<ProofUri, ProveError> {
    work.enter(Phase::Store);
    let mut attempts = 0;
    loop {
        attempts += 1;
        match store.write_result(&claim.job.id, claim.job.request_type, result) {
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
fn leave_bundle(folder: &Path, report: FailureReport, store: &ProofStore, claim: &Claim) {
    let Ok(inputs) = store.read_inputs(&claim.job.inputs_uri) else { return };
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
