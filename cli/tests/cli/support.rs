//! Runs the program with nothing of the surrounding environment.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// What a run printed and how it ended.
pub(crate) struct Run {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// Exit code.
    pub(crate) code: i32,
}

/// Runs `chinampa` with these arguments and variables in `folder`.
pub(crate) fn chinampa(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = Command::cargo_bin("chinampa").expect("the binary is built with its tests");
    // PATH only, so that settings of whoever runs the tests do not reach the program.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let Output { status, stdout, stderr } = command
        .current_dir(folder)
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Run { stdout: text(stdout), stderr: text(stderr), code: status.code().expect("it is not killed") }
}
