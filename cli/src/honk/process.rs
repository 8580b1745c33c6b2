//! How much a command may use, and how much it says.

use clap::{ArgAction, Args};

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Process {
    /// Threads; 0 and without it, as many as the machine has.
    #[arg(long, env = "HARDWARE_CONCURRENCY", default_value_t = 0)]
    threads: usize,
    /// Say more. Aztec's agents give it several times.
    #[arg(short, long, visible_alias = "verbose_logging", action = ArgAction::Count)]
    verbose: u8,
    /// Say still more.
    #[arg(short = 'd', long = "debug_logging", action = ArgAction::Count)]
    debug: u8,
}

impl Process {
    /// Runs `work` on the threads that it may use.
    ///
    /// # Errors
    /// The operating system gives no threads.
    pub(crate) fn run<T: Send>(
        &self,
        work: impl FnOnce() -> T + Send,
    ) -> Result<T, rayon::ThreadPoolBuildError> {
        Ok(rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?.install(work))
    }

    /// Whether phases are named as they pass.
    pub(crate) const fn is_verbose(&self) -> bool {
        self.verbose > 0 || self.debug > 0
    }
}
