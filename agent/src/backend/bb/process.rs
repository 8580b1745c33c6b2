//! Runs bb: with its output in a file, an end when the work is called off or takes too long, and a name for what went
//! wrong.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::super::{FailedProgram, ProveError, Work};
use crate::limits::oom_kills;
use crate::usage::peak_ram_bytes;

/// Time between two looks at a running program.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Characters of its output that a message quotes, from the end.
const QUOTED_LEN: usize = 600;
/// Characters of its output that are kept for the bundle of a failed job, from the end.
const KEPT_LEN: usize = 1 << 16;
/// Number of SIGKILL, which is how the kernel ends a process when there is no memory.
const SIGKILL: i32 = 9;

/// How to run the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) crs_path: Option<PathBuf>,
    /// Threads that it may use; 0 leaves it to the program.
    pub(super) threads: usize,
    /// Longest run; longer ones are ended.
    pub(super) time_limit: Duration,
}

/// A child that does not outlive its handle.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    /// Runs `arguments` in `folder` to the end. Output goes to `log`.
    pub(super) fn run(
        &self,
        what: &str,
        arguments: &[&str],
        folder: &Path,
        work: &Work,
    ) -> Result<(), ProveError> {
        let log = folder.join(format!("{what}.log"));
        let killed_before = oom_kills(Path::new("/"));
        let mut child = self.spawn(arguments, folder, &log).map_err(|error| {
            ProveError::machine(format!("{} does not start: {error}", self.path.display()))
        })?;
        let process = Path::new("/proc").join(child.0.id().to_string());
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.0.try_wait().map_err(ProveError::machine)? {
                break status;
            }
            work.note_ram(peak_ram_bytes(&process).unwrap_or(0));
            if work.is_cancelled() {
                return Err(ProveError::Cancelled);
            }
            if start.elapsed() > self.time_limit {
                let seconds = self.time_limit.as_secs();
                work.note_failed(FailedProgram { status: None, log: end_of(&log, KEPT_LEN) });
                return Err(ProveError::Timeout { message: format!("bb {what} took more than {seconds} s") });
            }
            thread::sleep(POLL_INTERVAL);
        };
        if status.success() {
            return Ok(());
        }
        let is_oom_kill = oom_kills(Path::new("/")) > killed_before;
        work.note_failed(FailedProgram { status: Some(status.to_string()), log: end_of(&log, KEPT_LEN) });
        Err(explain(what, status, is_oom_kill, &end_of(&log, QUOTED_LEN)))
    }

    fn spawn(&self, arguments: &[&str], folder: &Path, log: &Path) -> io::Result<Owned> {
        let output = File::create(log)?;
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        if let Some(path) = &self.crs_path {
            command.arg("-c").arg(path);
        }
        if self.threads > 0 {
            command.env("HARDWARE_CONCURRENCY", self.threads.to_string());
        }
        end_with_this_process(&mut command);
        command.spawn().map(Owned)
    }
}

/// Makes the program end when the thread that waits for it does, however that ends: an agent that is killed leaves no
/// program behind that keeps the memory.
#[expect(
    unsafe_code,
    reason = "the standard library has no other way to run something between fork and exec"
)]
fn end_with_this_process(command: &mut Command) {
    let end = || Ok(rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?);
    // SAFETY: after a fork of a process with threads, only calls that are safe in a signal handler are allowed. The
    // closure makes one system call (prctl), allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(end);
    }
}

/// What an exit status means. A program that was ended by SIGKILL, or by a shell or container that says so with status
/// 137, had no memory: nobody else sends that signal here.
fn explain(what: &str, status: ExitStatus, oom_killed: bool, quoted: &str) -> ProveError {
    let signal = status.signal();
    let is_kill = signal == Some(SIGKILL) || status.code() == Some(128 + SIGKILL);
    if is_kill || oom_killed || quoted.contains("std::bad_alloc") {
        return ProveError::OutOfMemory { message: format!("bb {what} was ended ({status}): {quoted}") };
    }
    // A crash may be the machine's fault; a refusal is the job's.
    ProveError::Job {
        message: format!("Failed to generate proof. bb {what}: {status}: {quoted}"),
        retry: signal.is_some(),
    }
}

/// The end of the program's output, so many characters at most.
fn end_of(log: &Path, len: usize) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let text = text.trim();
    let skip = text.chars().count().saturating_sub(len);
    text.chars().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limit_ms: u64, work: &Work) -> Result<(), ProveError> {
        let folder = tempfile::tempdir().unwrap();
        let time_limit = Duration::from_millis(limit_ms);
        let program = Program { path: "/bin/sh".into(), crs_path: None, threads: 0, time_limit };
        program.run("prove", &["-c", script], folder.path(), work)
    }

    #[test]
    fn ends_have_names() {
        let work = Work::default();
        assert_eq!(run("exit 0", 60_000, &work), Ok(()));
        let failed = run("echo wrong witness >&2; exit 1", 60_000, &work);
        assert!(
            matches!(&failed, Err(ProveError::Job { message, retry: false }) if message.ends_with("wrong witness"))
        );
        let status = Some("exit status: 1".to_owned());
        assert_eq!(work.failed_program(), Some(FailedProgram { status, log: "wrong witness".to_owned() }));
        assert!(matches!(run("kill -SEGV $$", 60_000, &work), Err(ProveError::Job { retry: true, .. })));
        for script in ["kill -KILL $$", "exit 137", "echo std::bad_alloc; exit 1"] {
            assert!(matches!(run(script, 60_000, &work), Err(ProveError::OutOfMemory { .. })), "{script}");
        }
        assert!(matches!(run("sleep 60", 100, &work), Err(ProveError::Timeout { .. })));
    }

    #[test]
    fn a_hanging_program_ends_with_the_work() {
        let work = Work::default();
        let start = Instant::now();
        thread::scope(|scope| {
            let run = scope.spawn(|| run("trap '' TERM; exec sleep 60", 60_000, &work));
            work.cancel();
            assert_eq!(run.join().unwrap(), Err(ProveError::Cancelled));
        });
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_missing_program_is_the_machines_fault() {
        let folder = tempfile::tempdir().unwrap();
        let time_limit = Duration::from_secs(1);
        let program = Program { path: "/no/bb".into(), crs_path: None, threads: 0, time_limit };
        let run = program.run("prove", &[], folder.path(), &Work::default());
        assert!(matches!(run, Err(ProveError::Machine { .. })));
    }
}
