//! Verification inside the broker's process.

use std::fmt;
use std::sync::Arc;

use chinampa_jobs::objects::ObjectsError;
use chinampa_jobs::{JobResult, ProofUri, ProvingJob};
use tokio::sync::Semaphore;

use super::results::Results;
use super::{Verdict, Verifier, VerifyError};

/// Decides by the contents of a result.
pub trait ResultCheck: Send + Sync + fmt::Debug + 'static {
    /// Ok if it is a valid result of its type. It may take the processor for as long as it needs.
    ///
    /// # Errors
    /// [`VerifyError`]
    fn check(&self, result: &JobResult) -> Result<(), VerifyError>;
}

/// Reads results and has them checked beside the threads that answer calls.
#[derive(Debug)]
pub struct InsideVerifier<C> {
    check: Arc<C>,
    results: Results,
    running: Semaphore,
}

impl<C: ResultCheck> InsideVerifier<C> {
    /// At most `count` results are checked at once. They are read from wherever they are; what `proof_store` says besides
    /// its place, such as an endpoint, holds for all.
    ///
    /// # Errors
    /// [`ObjectsError::Url`]
    pub fn new(check: C, count: usize, proof_store: Option<&str>) -> Result<Self, ObjectsError> {
        let (results, running) = (Results::open(proof_store)?, Semaphore::new(count.max(1)));
        Ok(Self { check: Arc::new(check), results, running })
    }

    async fn ask(&self, job: &ProvingJob, value: &ProofUri) -> Result<(), VerifyError> {
        let result = self.results.read(job, value).await?;
        // The semaphore is never closed.
        let _place = self.running.acquire().await;
        let check = Arc::clone(&self.check);
        let verdict = tokio::task::spawn_blocking(move || check.check(&result)).await;
        // A check that panics says nothing about the result; only the runtime's end calls one off.
        verdict.unwrap_or_else(|error| Err(VerifyError::Unavailable(error.to_string())))
    }
}

impl<C: ResultCheck> Verifier for InsideVerifier<C> {
    fn verify<'a>(&'a self, job: &'a ProvingJob, value: &'a ProofUri) -> Verdict<'a> {
        Box::pin(self.ask(job, value))
    }
}
