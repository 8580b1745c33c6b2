//! What a failed job leaves behind, so that it can be run again elsewhere: a folder with its inputs and a report.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use chinampa_jobs::JobInputs;
use chinampa_jobs::agent::{FailureClass, PROTOCOL_RELEASE, Usage};
use chinampa_jobs::limits::MAX_INPUTS_JSON_LEN;
use serde::{Deserialize, Serialize};

use crate::backend::{FailedProgram, Phase, ProveError};
use crate::resources::ResourcePoint;

/// File of the inputs, in the JSON form of the wire.
const INPUTS_FILE: &str = "inputs.json";
/// File of the report.
const REPORT_FILE: &str = "report.json";
/// Bundles that are kept in a folder; the oldest go first.
pub const MAX_BUNDLES: usize = 64;

/// What is known of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureReport {
    /// Id of the job.
    pub job: String,
    /// Type of the job.
    pub request_type: String,
    /// What it was to be proven with.
    pub backend: String,
    /// Kind of failure, as on the wire.
    pub class: String,
    /// What happened.
    pub message: String,
    /// Phases and their times in milliseconds, in order; the last is the one that failed.
    pub phases_ms: Vec<(String, u64)>,
    /// Processor time of the agent's own thread, in milliseconds.
    pub cpu_ms: u64,
    /// Largest memory of the agent's process, in bytes.
    pub peak_ram_bytes: u64,
    /// Largest memory on devices that the agent's process and its programs were seen to have, in bytes; absent without
    /// devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_vram_bytes: Option<u64>,
    /// Memory and processor time while the job ran, at most 256 points.
    #[serde(default)]
    pub resources: Vec<ResourcePoint>,
    /// How the program that ran for the job ended; absent if none did, or if it was ended here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<String>,
    /// The end of what that program wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
    /// Version of the agent.
    pub version: String,
    /// Protocol release that the job is of.
    pub protocol: String,
    /// When, milliseconds since 1970.
    pub time_ms: u64,
}

/// A bundle that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// What was known when it failed.
    pub report: FailureReport,
    /// The inputs of the job.
    pub inputs: JobInputs,
}

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The report is not one.
    #[error("{path} is not the report of a failed job: {source}")]
    Report {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The inputs are not those of a job.
    #[error("the inputs: {0}")]
    Inputs(#[from] chinampa_jobs::Error),
}

impl FailureReport {
    /// The report of a failure that has just happened.
    pub(crate) fn new(
        job: &str,
        request_type: &str,
        backend: &str,
        (class, error): (FailureClass, &ProveError),
        phases: &[(Phase, std::time::Duration)],
        usage: Usage,
    ) -> Self {
        let phases_ms = phases.iter().map(|(phase, time)| {
            (phase.name().to_owned(), u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        });
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            job: job.to_owned(),
            request_type: request_type.to_owned(),
            backend: backend.to_owned(),
            class: class.name().to_owned(),
            message: error.to_string(),
            phases_ms: phases_ms.collect(),
            cpu_ms: usage.cpu_ms,
            peak_ram_bytes: usage.peak_ram_bytes,
            peak_vram_bytes: None,
            resources: Vec::new(),
            exit_status: None,
            log: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL_RELEASE.to_owned(),
            time_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl FailureReport {
    /// With what the job took.
    pub(crate) fn with_resources(self, resources: Vec<ResourcePoint>, peak_vram_bytes: Option<u64>) -> Self {
        Self { resources, peak_vram_bytes, ..self }
    }

    /// With the program that failed, if one did.
    pub(crate) fn with_program(self, program: Option<FailedProgram>) -> Self {
        let Some(FailedProgram { status, log }) = program else { return self };
        Self { exit_status: status, log, ..self }
    }
}

impl Bundle {
    /// Writes the bundle into a new folder below `parent`, and removes the oldest ones above [`MAX_BUNDLES`].
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, parent: &Path) -> io::Result<PathBuf> {
        let tail: String =
            self.report.job.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
        let tail: String = tail.chars().filter(char::is_ascii_alphanumeric).collect();
        let folder = parent.join(format!("{:015}-{}-{tail}", self.report.time_ms, self.report.request_type));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(INPUTS_FILE), self.inputs.to_json())?;
        let report = serde_json::to_vec_pretty(&self.report).expect("texts and numbers are valid JSON");
        fs::write(folder.join(REPORT_FILE), report)?;
        prune(parent);
        Ok(folder)
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`BundleError`]
    pub fn read(folder: &Path) -> Result<Self, BundleError> {
        let read = |name: &str| {
            let path = folder.join(name);
            let bytes = fs::read(&path).map_err(|source| BundleError::File { path: path.clone(), source })?;
            Ok::<_, BundleError>((path, bytes))
        };
        let (path, bytes) = read(REPORT_FILE)?;
        let report = serde_json::from_slice(&bytes).map_err(|source| BundleError::Report { path, source })?;
        let (_, mut bytes) = read(INPUTS_FILE)?;
        bytes.truncate(MAX_INPUTS_JSON_LEN + 1);
        Ok(Self { report, inputs: JobInputs::from_json(&bytes)? })
    }
}

/// Removes the oldest bundles, whose names start with their time.
fn prune(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let is_bundle = |path: &PathBuf| path.join(REPORT_FILE).is_file();
    let mut bundles: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_bundle).collect();
    bundles.sort();
    let surplus = bundles.len().saturating_sub(MAX_BUNDLES);
    for oldest in &bundles[..surplus] {
        // One that stays is tried again after the next failure.
        let _ = fs::remove_dir_all(oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chinampa_jobs::RequestType;

    use super::*;

    fn bundle(time_ms: u64) -> Bundle {
        let error = ProveError::Job { message: "no".to_owned(), retry: false };
        let phases = [(Phase::Load, Duration::from_millis(2)), (Phase::Witness, Duration::from_millis(5))];
        let usage = Usage { cpu_ms: 6, gpu_ms: 0, peak_ram_bytes: 7 };
        let failure = (FailureClass::JobError, &error);
        let report =
            FailureReport::new("1:PARITY_BASE:abc", "PARITY_BASE", "simulated", failure, &phases, usage);
        let inputs = JobInputs::from_buffer(RequestType::ParityBase, vec![1, 2, 3]).unwrap();
        let peak_vram_bytes = (time_ms % 2 == 1).then_some(8);
        let point = ResourcePoint { at_ms: 1, ram_bytes: 2, cpu_ms: 3, vram_bytes: peak_vram_bytes };
        let report = report.with_resources(vec![point], peak_vram_bytes);
        let program = FailedProgram { status: Some("exit status: 1".to_owned()), log: "no".to_owned() };
        let report = report.with_program((time_ms % 2 == 1).then_some(program));
        Bundle { report: FailureReport { time_ms, ..report }, inputs }
    }

    #[test]
    fn bundles_are_read_back_and_the_oldest_go() {
        let parent = tempfile::tempdir().unwrap();
        let mut folders = Vec::new();
        for time_ms in 0..=MAX_BUNDLES as u64 {
            folders.push(bundle(time_ms).write(parent.path()).unwrap());
        }
        assert!(!folders[0].exists() && folders[1].exists());
        assert_eq!(Bundle::read(&folders[1]).unwrap(), bundle(1));
        assert!(matches!(Bundle::read(&folders[0]), Err(BundleError::File { .. })));
        fs::write(folders[1].join(INPUTS_FILE), "{}").unwrap();
        assert!(matches!(Bundle::read(&folders[1]), Err(BundleError::Inputs(_))));
        fs::write(folders[1].join(REPORT_FILE), "{}").unwrap();
        assert!(matches!(Bundle::read(&folders[1]), Err(BundleError::Report { .. })));
    }
}
