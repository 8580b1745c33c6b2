//! Child processes with logs of their own.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::network::StartError;

/// How to start a process.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    /// The folder that it works in, if not this process's.
    pub(crate) folder: Option<PathBuf>,
}

/// A running process. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    command: Command,
    child: Child,
    log: PathBuf,
    /// Largest resident size of all its runs, in bytes.
    peak_rss: u64,
}

impl Command {
    pub(crate) fn new(program: &Path) -> Self {
        Self { program: program.to_path_buf(), arguments: Vec::new(), environment: Vec::new(), folder: None }
    }

    /// Adds arguments.
    pub(crate) fn add(&mut self, arguments: &[&str]) -> &mut Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Adds a variable of the environment.
    pub(crate) fn set(&mut self, name: &str, value: &(impl ToString + ?Sized)) -> &mut Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    fn spawn(&self, log: &Path) -> Result<Child, StartError> {
        let failed = |error| StartError::new(log.display(), error);
        let file = OpenOptions::new().create(true).append(true).open(log).map_err(failed)?;
        let mut command = std::process::Command::new(&self.program);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(file.try_clone().map_err(failed)?)
            .stderr(file)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| StartError::new(self.program.display(), error))
    }

    /// Starts it; what it prints is added to `log`.
    pub(crate) fn start(self, log: &Path) -> Result<Process, StartError> {
        let child = self.spawn(log)?;
        Ok(Process { command: self, child, log: log.to_path_buf(), peak_rss: 0 })
    }

    /// Runs it to its end; what it prints is added to `log`.
    pub(crate) fn run(self, log: &Path) -> Result<(), StartError> {
        let status = self.spawn(log)?.wait().map_err(|error| StartError::new(log.display(), error))?;
        if status.success() {
            return Ok(());
        }
        Err(StartError(format!("{} ended with {status}:\n{}", self.program.display(), last_lines(log, 20))))
    }
}

impl Process {
    /// Looks whether it still runs, and how much memory it takes.
    pub(crate) fn check(&mut self, name: &str) -> Result<(), StartError> {
        self.peak_rss = self.peak_rss.max(peak_rss(self.child.id()));
        match self.child.try_wait() {
            Ok(Some(status)) => Err(StartError(format!(
                "the {name} ended with {status}; its log ends with:\n{}",
                last_lines(&self.log, 12)
            ))),
            _ => Ok(()),
        }
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let (name, id) = (format!("-{name}"), self.child.id().to_string());
        let status = std::process::Command::new("kill").args([name, id]).status();
        assert!(status.is_ok_and(|status| status.success()), "it does not run any more");
    }

    /// Its exit code, once it has ended by itself.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        self.child.try_wait().ok().flatten().and_then(|status| status.code())
    }

    /// Kills it as a machine that loses power does, and starts it again.
    pub(crate) fn kill_and_restart(&mut self) -> Result<(), StartError> {
        end(&mut self.child);
        self.child = self.command.spawn(&self.log)?;
        Ok(())
    }

    pub(crate) fn peak_rss(&self) -> u64 {
        self.peak_rss
    }

    /// Processor time of this run so far, user and system, in seconds; 0 if it is gone.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name may have blanks; it ends with the last parenthesis.
        let fields = status.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        // Linux counts in hundredths of a second on every machine that this runs on.
        Duration::from_millis(ticks * 10).as_secs_f64()
    }

    pub(crate) fn last_lines(&self, count: usize) -> String {
        last_lines(&self.log, count)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends a process that may have ended by itself.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn last_lines(log: &Path, count: usize) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Largest resident size of a process so far, in bytes; 0 if it is gone.
fn peak_rss(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
