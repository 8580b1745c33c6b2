//! What turns inputs into a proof.

mod bb;
mod delay;
mod native;
mod real;
mod simulated;
mod work;

pub use bb::{BbBackend, BbConfig, write_development_bb};
pub use delay::TestDelay;
pub use native::{NativeBackend, NativeConfig};
pub(crate) use real::{flavor_of, key_data, public_input_count};
pub use simulated::SimulatedBackend;
pub(crate) use simulated::{circuit as release_circuit, verification_key as release_key};
pub(crate) use work::FailedProgram;
pub use work::{Phase, Progress, Work};

pub(crate) use simulated::circuit;

use std::fmt;
use std::time::Duration;

use chinampa_jobs::{JobInputs, JobResult, RequestType};

/// Why a job has no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The work was called off.
    #[error("cancelled")]
    Cancelled,
    /// The job itself: inputs that do not decode, an assertion that fails.
    #[error("{message}")]
    Job {
        /// What is wrong with it.
        message: String,
        /// Whether another attempt may help.
        retry: bool,
    },
    /// Too little memory.
    #[error("out of memory: {message}")]
    OutOfMemory {
        /// What says so.
        message: String,
    },
    /// It took longer than is allowed.
    #[error("{message}")]
    Timeout {
        /// What took how long.
        message: String,
    },
    /// This machine: a missing file, a program that does not start. Another machine may do better.
    #[error("{message}")]
    Machine {
        /// What is wrong with it.
        message: String,
    },
}

impl ProveError {
    /// An error of the job that every attempt would meet.
    pub fn job(error: impl fmt::Display) -> Self {
        Self::Job { message: error.to_string(), retry: false }
    }

    /// An error of this machine.
    pub fn machine(error: impl fmt::Display) -> Self {
        Self::Machine { message: error.to_string() }
    }
}

/// A way to prove. It may use all threads it likes; the session beats from elsewhere.
pub trait Backend: fmt::Debug + Send + Sync {
    /// Its name in settings and logs.
    fn name(&self) -> &'static str;

    /// What it can prove here and now. Nothing else is ever claimed for it.
    fn request_types(&self) -> Vec<RequestType>;

    /// Main memory that a job of this type takes at most, in bytes.
    fn ram_bytes(&self, request_type: RequestType) -> u64;

    /// Threads that a job of this type keeps busy; 0 for one that hardly computes.
    fn threads(&self, _: RequestType) -> usize {
        1
    }

    /// Whether its proofs are placeholders.
    fn is_simulated(&self) -> bool {
        false
    }

    /// How long a job of this type is expected to take, before one was done here; none if nobody knows.
    fn expected(&self, _: RequestType) -> Option<Duration> {
        None
    }

    /// Proves. Blocks; looks at [`Work::is_cancelled`] where it can stop, and tells `work` how far it is.
    ///
    /// # Errors
    /// [`ProveError`]
    fn prove(&self, inputs: &JobInputs, work: &Work) -> Result<JobResult, ProveError>;
}
