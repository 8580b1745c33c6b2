//! How much a command may use, and how much it says.

use chinampa_kernels::Backend;
use chinampa_kernels::backend::BackendError;
use clap::{ArgAction, Args};

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Process {
    /// Threads; 0 and without it, as many as the machine has.
    #[arg(long, env = "HARDWARE_CONCURRENCY", default_value_t = 0)]
    threads: usize,
    /// Instructions of the field arithmetic: portable, avx2 or avx512ifma. Without it, the best that the processor has.
    #[arg(long, env = "CHINAMPA_BACKEND")]
    backend: Option<Backend>,
    /// Say more. Aztec's agents give it several times.
    #[arg(short, long, visible_alias = "verbose_logging", action = ArgAction::Count)]
    verbose: u8,
    /// Say still more.
    #[arg(short = 'd', long = "debug_logging", action = ArgAction::Count)]
    debug: u8,
}

/// Why a command cannot run as it is asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The operating system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The processor lacks the instructions.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl Process {
    /// Runs `work` with the threads and the instructions that it may use.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, ProcessError> {
        if let Some(backend) = self.backend {
            backend.force()?;
        }
        Ok(rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?.install(work))
    }

    /// Whether phases are named as they pass.
    pub(crate) const fn is_verbose(&self) -> bool {
        self.verbose > 0 || self.debug > 0
    }
}
