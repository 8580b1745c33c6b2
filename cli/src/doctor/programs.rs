//! Other programs: the `bb` that agents start, and what tests and local networks need. Each that is found is also
//! started, because a program that is there but does not run (an old C library, a wrong architecture) is no help.

use std::env;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::report::{Line, Status};

/// A program that prints its version takes no longer than this.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Some programs put build details behind their version.
const VERSION_CHARS_MAX: usize = 40;

struct Program {
    name: &'static str,
    /// The program to ask for the version, where it is another one.
    asks: &'static str,
    argument: &'static str,
    /// What the version must contain.
    version: &'static str,
    /// What it is for, and how to get it.
    next: &'static str,
}

const BB: Program = Program {
    name: "bb",
    asks: "bb",
    argument: "--version",
    version: "4.1.2",
    next: "agents prove with bb 4.1.2 what is not native yet; scripts/peers installs it",
};

/// Needed by tests and local networks only.
const OPTIONAL: [Program; 4] = [
    Program {
        name: "node",
        asks: "node",
        argument: "--version",
        version: "v22.",
        next: "Node 22 runs Aztec's own programs in tests; scripts/peers installs it",
    },
    Program {
        name: "anvil",
        asks: "anvil",
        argument: "--version",
        version: "1.4.4",
        next: "anvil 1.4.4 is the L1 of local networks; scripts/peers installs it",
    },
    Program {
        name: "redis-server",
        asks: "redis-server",
        argument: "--version",
        version: "",
        next: "tests of the fleet store start it; apt-get install redis-server",
    },
    Program {
        name: "rabbitmq-server",
        asks: "rabbitmqctl",
        argument: "version",
        version: "",
        next: "tests of AMQP start it; apt-get install rabbitmq-server",
    },
];

/// One line for each program.
pub(super) fn check(bb: Option<PathBuf>, bb_is_needed: bool) -> Vec<Line> {
    let folders = folders();
    let missing_bb = if bb_is_needed { Status::Fail } else { Status::Warn };
    let bb = bb.map_or_else(|| find("bb", &folders), |configured| vec![configured]);
    let mut lines = vec![examine(&BB, bb, missing_bb, &folders)];
    lines.extend(OPTIONAL.iter().map(|program| {
        let found = find(program.name, &folders);
        examine(program, found, Status::Warn, &folders)
    }));
    lines
}

/// Where programs are looked for: PATH, the system folder that is often missing from it, and what scripts/peers
/// installed.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let peers = env::var_os("PEERS_DIR").map_or_else(|| PathBuf::from(".peers"), PathBuf::from);
    env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), peers.join("bin")]).collect()
}

/// Every program of this name.
fn find(name: &str, folders: &[PathBuf]) -> Vec<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).filter(|file| file.is_file()).collect()
}

/// The first of the programs that is right, else what is wrong with the first of them.
fn examine(program: &Program, paths: Vec<PathBuf>, missing: Status, folders: &[PathBuf]) -> Line {
    let mut wrong = None;
    for path in paths {
        let line = examine_one(program, &path, missing, folders);
        if line.status == Status::Pass {
            return line;
        }
        wrong = wrong.or(Some(line));
    }
    wrong.unwrap_or_else(|| Line::advise(program.name, missing, "not found".to_owned(), program.next))
}

fn examine_one(program: &Program, path: &Path, missing: Status, folders: &[PathBuf]) -> Line {
    let (name, place) = (program.name, path.display());
    let asked = if program.asks == name {
        Some(path.to_owned())
    } else {
        find(program.asks, folders).into_iter().next()
    };
    match asked.map(|asked| first_line(&asked, program.argument)) {
        None => Line::pass(name, format!("{place}, version unknown")),
        Some(Err(problem)) => {
            Line::advise(name, missing, format!("{place} does not start: {problem}"), program.next)
        }
        Some(Ok(version)) if version.contains(program.version) => {
            Line::pass(name, format!("{version} ({place})"))
        }
        Some(Ok(version)) => {
            let found = format!("{version} ({place}), expected {}", program.version);
            Line::advise(name, missing, found, program.next)
        }
    }
}

/// Runs a program and returns the first line that it prints.
fn first_line(program: &Path, argument: &str) -> Result<String, String> {
    let mut child = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let begun = Instant::now();
    // A version fits the pipe's buffer, so the program can end before anything is read.
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < START_TIMEOUT => thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                // Both fail only if the program has just ended, which is as good.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer after {} s", START_TIMEOUT.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    if !status.success() {
        return Err(status.to_string());
    }
    let mut text = String::new();
    let mut output = child.stdout.take().expect("stdout is piped");
    output.read_to_string(&mut text).map_err(|error| error.to_string())?;
    let line = text.lines().next().unwrap_or_default().trim();
    Ok(line.chars().take(VERSION_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A folder with a shell script of this name.
    fn script(name: &str, body: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    fn examine_script(body: &str, missing: Status) -> Line {
        let folder = script("bb", body);
        examine(&BB, vec![folder.path().join("bb")], missing, &[])
    }

    #[test]
    fn the_right_version_passes() {
        assert_eq!(examine_script("echo 4.1.2", Status::Fail).status, Status::Pass);
    }

    #[test]
    fn another_version_or_a_program_that_fails_is_as_bad_as_none() {
        for body in ["echo 4.1.1", "echo 4.1.2; exit 1"] {
            assert_eq!(examine_script(body, Status::Fail).status, Status::Fail, "{body}");
            assert_eq!(examine_script(body, Status::Warn).status, Status::Warn, "{body}");
        }
        assert_eq!(examine(&BB, Vec::new(), Status::Fail, &[]).status, Status::Fail);
        let line = examine(&BB, vec![PathBuf::from("/nonexistent/bb")], Status::Fail, &[]);
        assert!(line.found.contains("does not start"), "{}", line.found);
    }

    #[test]
    fn the_first_that_is_right_counts() {
        let (old, new) = (script("bb", "echo 3.0.0"), script("bb", "echo 4.1.2"));
        let folders = [PathBuf::from("/nonexistent"), old.path().to_owned(), new.path().to_owned()];
        let found = find("bb", &folders);
        assert_eq!(found, [old.path().join("bb"), new.path().join("bb")]);
        let line = examine(&BB, found, Status::Fail, &folders);
        assert_eq!(line.status, Status::Pass);
        assert!(line.found.contains(&*new.path().to_string_lossy()), "{}", line.found);
        assert_eq!(find("anvil", &folders), Vec::<PathBuf>::new());
    }
}
