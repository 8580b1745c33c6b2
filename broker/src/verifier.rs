//! The hook through which results of agents are checked before they settle a job. The broker itself looks into no
//! proof.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use chinampa_jobs::{ProofUri, ProvingJob};

/// An answer that is on its way.
pub type Verdict<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Decides whether a result is one.
pub trait Verifier: Send + Sync + fmt::Debug {
    /// Ok if `value` is a valid result of `job`, or why it is not. A result that is refused counts as a failure of its
    /// attempt.
    fn verify<'a>(&'a self, job: &'a ProvingJob, value: &'a ProofUri) -> Verdict<'a>;
}
