//! `chinampa replay`: runs a failed job again.

use std::path::Path;

use chinampa_agent::{Bundle, BundleError, ProveError, Work};
use chinampa_jobs::RequestType;
use serde_json::json;

use crate::config::Resolved;
use crate::exit::Error;
use crate::{output, start};

/// Why the job failed again, or cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No backend of this configuration proves jobs of the type.
    #[error("no backend that is configured proves {0}")]
    NoBackend(RequestType),
    /// It fails here as well.
    #[error("it fails here as well: {now}; when it failed first: {then}")]
    Fails {
        /// What happened now.
        now: ProveError,
        /// What happened then.
        then: String,
    },
}

/// Proves the job of a bundle with what is configured, and says how long each phase took.
pub(crate) fn run(config: &Resolved, folder: &Path) -> Result<(), Error> {
    let Bundle { report, inputs } = Bundle::read(folder).map_err(|error| Error::Replay(error.into()))?;
    let request_type = inputs.request_type();
    let backends = start::configured_backends(config)?;
    let backend = backends.iter().find(|backend| backend.request_types().contains(&request_type));
    let backend = backend.ok_or(Error::Replay(ReplayError::NoBackend(request_type)))?;
    let work = Work::default();
    let proven = backend.prove(&inputs, &work);
    let result =
        proven.map_err(|now| Error::Replay(ReplayError::Fails { now, then: report.message.clone() }))?;
    let phases = work
        .phase_times()
        .into_iter()
        .map(|(phase, time)| (phase.name().to_owned(), json!(time.as_millis())));
    output::json(&json!({
        "job": report.job,
        "requestType": request_type.name(),
        "backend": backend.name(),
        "failedFirst": report.message,
        "phasesMs": phases.collect::<serde_json::Map<_, _>>(),
        "resultBytes": result.to_json().len(),
    }))?;
    Ok(())
}
