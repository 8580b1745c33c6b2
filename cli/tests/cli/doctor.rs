//! `chinampa doctor` from the outside.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::chinampa;
use serde_json::Value;

/// Status of the line about `name` in the JSON report.
fn status(report: &str, name: &str) -> String {
    let report: Value = serde_json::from_str(report).unwrap();
    let lines = report["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["name"] == name).unwrap_or_else(|| panic!("no line {name}"));
    line["status"].as_str().unwrap().to_owned()
}

#[test]
fn every_part_has_a_line() {
    let run = chinampa(Path::new("/"), &["doctor", "--json"], &[]);
    let names = [
        "cores",
        "memory",
        "cpu features",
        "c library",
        "data directory",
        "bb",
        "node",
        "anvil",
        "redis-server",
        "rabbitmq-server",
    ];
    for name in names {
        status(&run.stdout, name);
    }
    let text = chinampa(Path::new("/"), &["doctor"], &[]).stdout;
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn bb_is_needed_by_agents_that_make_real_proofs_only() {
    let missing = ["--bb-binary-path", "/nonexistent/bb"];
    let doctor = |roles: &[&str]| {
        chinampa(Path::new("/"), &[&["doctor", "--json"], &missing[..], roles].concat(), &[])
    };
    let run = doctor(&[]);
    assert_eq!((run.code, status(&run.stdout, "bb").as_str()), (0, "warn"));
    let run = doctor(&["--prover-agent"]);
    assert_eq!((run.code, status(&run.stdout, "bb").as_str()), (4, "fail"));
    let run = doctor(&["--prover-agent", "--proofs", "simulated"]);
    assert_eq!((run.code, status(&run.stdout, "bb").as_str()), (0, "warn"));
}

#[test]
fn a_program_that_runs_passes() {
    let folder = tempfile::tempdir().unwrap();
    let bb = folder.path().join("bb");
    fs::write(&bb, "#!/bin/sh\necho 4.1.2\n").unwrap();
    fs::set_permissions(&bb, fs::Permissions::from_mode(0o755)).unwrap();
    let flags = ["doctor", "--json", "--prover-agent", "--proverNode.bbBinaryPath", bb.to_str().unwrap()];
    let run = chinampa(Path::new("/"), &flags, &[]);
    assert_eq!((run.code, status(&run.stdout, "bb").as_str()), (0, "pass"));
}

#[test]
fn a_data_directory_that_is_a_file_fails() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let run = chinampa(folder.path(), &["doctor", "--json", "--data-directory", "file"], &[]);
    assert_eq!((run.code, status(&run.stdout, "data directory").as_str()), (4, "fail"));
    let run = chinampa(folder.path(), &["doctor", "--json"], &[("DATA_DIRECTORY", "new/folder")]);
    assert_ne!(status(&run.stdout, "data directory"), "", "relative paths are looked up from here");
}
