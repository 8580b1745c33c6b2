//! The hook through which results of agents are checked before they settle a job. The broker itself looks into no
//! proof.

mod command;
mod inside;
mod results;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use chinampa_jobs::{ProofUri, ProvingJob};

pub use command::CommandVerifier;
pub use inside::{InsideVerifier, ResultCheck};

/// Why a result does not settle its job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is no valid result. This counts as a failure of its attempt.
    #[error("{0}")]
    Invalid(String),
    /// Nobody can say now; the caller asks again.
    #[error("results cannot be verified: {0}")]
    Unavailable(String),
}

/// An answer that is on its way.
pub type Verdict<'a> = Pin<Box<dyn Future<Output = Result<(), VerifyError>> + Send + 'a>>;

/// Decides whether a result is one.
pub trait Verifier: Send + Sync + fmt::Debug {
    /// Ok if `value` is a valid result of `job`, or why it is not.
    fn verify<'a>(&'a self, job: &'a ProvingJob, value: &'a ProofUri) -> Verdict<'a>;
}
