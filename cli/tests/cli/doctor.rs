//! `chinampa doctor` from the outside.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::chinampa;
use chinampa_testkit::peers;
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
    let circuits = peers::circuits();
    let circuits = ["--agent-circuits", circuits.to_str().unwrap()];
    let run = chinampa(Path::new("/"), &[&["doctor", "--json"], &circuits[..]].concat(), &[]);
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
        "circuits",
        "simulated proofs",
        "native proofs",
        "real proofs",
        "gpu",
    ];
    for name in names {
        status(&run.stdout, name);
    }
    let text = chinampa(Path::new("/"), &[&["doctor"], &circuits[..]].concat(), &[]).stdout;
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn bb_is_needed_by_agents_that_make_real_proofs_only() {
    let circuits = peers::circuits();
    let missing = ["--bb-binary-path", "/nonexistent/bb", "--agent-circuits", circuits.to_str().unwrap()];
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
fn each_backend_is_tried_with_a_small_proof() {
    let (circuits, bb) = (peers::circuits(), peers::path("bin/bb"));
    let flags = ["doctor", "--json", "--prover-agent", "--agent-circuits", circuits.to_str().unwrap()];
    let memory = ["--agent-memory-bytes", "2147483648"];
    let real = ["--proverNode.bbBinaryPath", bb.to_str().unwrap()];
    let run = chinampa(Path::new("/"), &[&flags[..], &memory, &real].concat(), &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(status(&run.stdout, "simulated proofs"), "pass");
    assert_eq!(status(&run.stdout, "native proofs"), "pass");
    // Proved, with a reference string that is made for it; there is no other here to verify with.
    assert_eq!(status(&run.stdout, "real proofs"), "warn");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let lines = report["lines"].as_array().unwrap();
    let found = |name: &str| {
        let line = lines.iter().find(|line| line["name"] == name).unwrap();
        line["found"].as_str().unwrap().to_owned()
    };
    assert!(
        found("simulated proofs").contains("18 of 19 job types have room, 4 at a time"),
        "{}",
        found("simulated proofs")
    );
    let native = found("native proofs");
    assert!(
        native.starts_with("proved and verified, with a reference string for development, in "),
        "{native}"
    );
    let real = found("real proofs");
    assert!(
        real.starts_with("proved, in ") && real.contains("of 19 job types have room, 1 at a time"),
        "{real}"
    );

    let empty = tempfile::tempdir().unwrap();
    let nothing = ["doctor", "--json", "--prover-agent", "--agent-circuits", empty.path().to_str().unwrap()];
    let run = chinampa(Path::new("/"), &nothing, &[]);
    assert_eq!((run.code, status(&run.stdout, "circuits").as_str()), (4, "fail"));
}

#[test]
fn a_program_that_runs_passes() {
    let folder = tempfile::tempdir().unwrap();
    let bb = folder.path().join("bb");
    fs::write(&bb, "#!/bin/sh\necho 4.1.2\n").unwrap();
    fs::set_permissions(&bb, fs::Permissions::from_mode(0o755)).unwrap();
    let circuits = peers::circuits();
    let flags = ["doctor", "--json", "--agent-circuits", circuits.to_str().unwrap(), "--prover-agent"];
    let flags = [&flags[..], &["--proverNode.bbBinaryPath", bb.to_str().unwrap()]].concat();
    let run = chinampa(Path::new("/"), &flags, &[]);
    assert_eq!(status(&run.stdout, "bb"), "pass");
    // It is no bb all the same.
    assert_eq!((run.code, status(&run.stdout, "real proofs").as_str()), (4, "fail"));
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
