//! Files that are written by a chore, checked in, and compared with a fresh run by `scripts/test`.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

/// What to do with freshly generated text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write it.
    Write,
    /// Fail if the file differs.
    Check,
}

impl Mode {
    /// The mode that a `--check` flag asks for.
    pub(crate) fn from_check_flag(check: bool) -> Self {
        if check { Self::Check } else { Self::Write }
    }
}

/// Writes or checks the file `path` below `root`. `command` is what a failed check tells the reader to run.
pub(crate) fn settle(root: &Path, path: &str, fresh: &str, mode: Mode, command: &str) -> anyhow::Result<()> {
    let file = root.join(path);
    if mode == Mode::Write {
        fs::write(&file, fresh).with_context(|| format!("write {path}"))?;
        return Ok(());
    }
    let stored = fs::read_to_string(&file).with_context(|| format!("read {path}; {command} writes it"))?;
    match first_difference(&stored, fresh) {
        None => Ok(()),
        Some((line, stored, fresh)) => bail!(
            "{path}:{line} is out of date; run {command}\n  in the file: {stored}\n  expected:    {fresh}"
        ),
    }
}

/// The number of the first line that differs, and both versions of it.
fn first_difference(stored: &str, fresh: &str) -> Option<(usize, String, String)> {
    if stored == fresh {
        return None;
    }
    let (mut left, mut right) = (stored.split('\n'), fresh.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        let pair = (left.next(), right.next());
        if pair.0 != pair.1 {
            let shown = |line: Option<&str>| line.unwrap_or("(end of file)").to_owned();
            return Some((number, shown(pair.0), shown(pair.1)));
        }
    }
}

/// Rust source text as `cargo fmt` would leave it in this workspace.
pub(crate) fn rustfmt(root: &Path, source: &str) -> anyhow::Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start rustfmt; `rustup component add rustfmt` installs it")?;
    let mut input = child.stdin.take().expect("stdin is piped");
    // rustfmt reads all of its input before it writes, so this cannot block on a full output pipe.
    input.write_all(source.as_bytes()).context("write to rustfmt")?;
    drop(input);
    let output = child.wait_with_output().context("wait for rustfmt")?;
    ensure!(output.status.success(), "rustfmt failed: {}", output.status);
    String::from_utf8(output.stdout).context("rustfmt wrote something that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn the_first_difference_has_its_line_number() {
        let found = first_difference("a\nb\nc\n", "a\nx\ny\n");
        assert_eq!(found, Some((2, "b".to_owned(), "x".to_owned())));
    }

    #[test]
    fn a_missing_last_line_is_a_difference() {
        let found = first_difference("a\n", "a\nb\n");
        assert_eq!(found, Some((2, String::new(), "b".to_owned())));
        assert_eq!(first_difference("a", "a\n"), Some((2, "(end of file)".to_owned(), String::new())));
    }

    #[test]
    fn check_writes_nothing_and_names_the_command() {
        let folder = std::env::temp_dir().join(format!("xtask-generated-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        settle(&folder, "file", "one\n", Mode::Write, "the command").unwrap();
        settle(&folder, "file", "one\n", Mode::Check, "the command").unwrap();
        let error = settle(&folder, "file", "two\n", Mode::Check, "the command").unwrap_err().to_string();
        assert!(error.contains("file:1") && error.contains("the command"), "{error}");
        assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "one\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}
