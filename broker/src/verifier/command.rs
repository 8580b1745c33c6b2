//! Verification by a program, `bb` behind a script for example.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chinampa_jobs::objects::ObjectsError;
use chinampa_jobs::{JobResult, ProofUri, ProvingJob};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::results::Results;
use super::{Verdict, Verifier, VerifyError};
use crate::access::random_hex;

/// Size of a field element, in bytes.
const FIELD_LEN: usize = 32;
/// Most of the program's last words that are kept, in characters.
const MAX_WORDS_LEN: usize = 512;

/// Runs `PROGRAM TYPE FOLDER` for each result, with the files `proof`, `public_inputs` and `vk` as Barretenberg writes them (`vk`
/// not for `PUBLIC_VM`) and `result.json`. Status 0 says that the proof is valid, 1 that it is not, with the last line of
/// stderr as the reason; anything else that nobody can say. The key is the agent's word: the program has to know which keys it
/// trusts.
#[derive(Debug)]
pub struct CommandVerifier {
    program: PathBuf,
    timeout: Duration,
    results: Results,
    running: Semaphore,
}

impl CommandVerifier {
    /// `program` runs at most `count` times at once, for at most `timeout`. Results are read from wherever they are; what
    /// `proof_store` says besides its place, such as an endpoint, holds for all.
    ///
    /// # Errors
    /// [`ObjectsError::Url`]
    pub fn new(
        program: PathBuf,
        timeout: Duration,
        count: usize,
        proof_store: Option<&str>,
    ) -> Result<Self, ObjectsError> {
        let (results, running) = (Results::open(proof_store)?, Semaphore::new(count.max(1)));
        Ok(Self { program, timeout, results, running })
    }

    async fn check(&self, job: &ProvingJob, value: &ProofUri) -> Result<(), VerifyError> {
        let result = self.results.read(job, value).await?;
        // The semaphore is never closed.
        let _place = self.running.acquire().await;
        let name = random_hex(8).map_err(|error| VerifyError::Unavailable(error.to_string()))?;
        let folder = Folder(std::env::temp_dir().join(format!("chinampa-verify-{name}")));
        write(&folder.0, &result).map_err(|error| VerifyError::Unavailable(error.to_string()))?;
        self.ask(job, &folder.0).await
    }

    async fn ask(&self, job: &ProvingJob, folder: &Path) -> Result<(), VerifyError> {
        let unavailable = |reason: String| VerifyError::Unavailable(reason);
        let mut command = Command::new(&self.program);
        command.arg(job.request_type.name()).arg(folder).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let output = tokio::time::timeout(self.timeout, command.output()).await;
        let output = output
            .map_err(|_| unavailable(format!("no verdict in {} s", self.timeout.as_secs())))?
            .map_err(|error| unavailable(format!("{}: {error}", self.program.display())))?;
        let text = String::from_utf8_lossy(&output.stderr);
        let words = text.trim_end().lines().last().unwrap_or_default();
        let words: String = words.chars().take(MAX_WORDS_LEN).collect();
        match output.status.code() {
            Some(0) => Ok(()),
            Some(1) if words.is_empty() => Err(VerifyError::Invalid("the proof does not verify".to_owned())),
            Some(1) => Err(VerifyError::Invalid(words)),
            _ => {
                Err(unavailable(format!("{} ended with {}: {words}", self.program.display(), output.status)))
            }
        }
    }
}

impl Verifier for CommandVerifier {
    fn verify<'a>(&'a self, job: &'a ProvingJob, value: &'a ProofUri) -> Verdict<'a> {
        Box::pin(self.check(job, value))
    }
}

/// A folder that goes away with this, also when the caller has gone away before the verdict.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "files of a verified result stay");
        }
    }
}

fn write(folder: &Path, result: &JobResult) -> io::Result<()> {
    std::fs::create_dir(folder)?;
    let binary = result.proof().binary();
    let count = usize::try_from(binary.public_input_count()).unwrap_or(usize::MAX);
    let split = count.saturating_mul(FIELD_LEN).min(binary.bytes().len());
    let (public_inputs, proof) = binary.bytes().split_at(split);
    std::fs::write(folder.join("public_inputs"), public_inputs)?;
    std::fs::write(folder.join("proof"), proof)?;
    if let Some(outputs) = result.outputs() {
        std::fs::write(folder.join("vk"), outputs.verification_key.bytes())?;
    }
    std::fs::write(folder.join("result.json"), result.to_json())
}
