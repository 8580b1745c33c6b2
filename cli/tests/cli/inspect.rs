//! `chinampa jobs inspect` on real jobs.

use std::fs;

use chinampa_testkit::vectors;
use serde_json::Value;

use crate::support::chinampa;

fn inspect(contents: &[u8], arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("job"), contents).expect("a file");
    let all = [&["jobs", "inspect", "job"], arguments].concat();
    let run = chinampa(folder.path(), &all, &[]);
    (run.code, run.stdout, run.stderr)
}

fn inspect_json(contents: &[u8], arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = inspect(contents, &[arguments, &["--json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

#[test]
fn every_form_of_the_same_inputs_says_the_same() {
    let facts: Value = vectors::json("broker/golden/TX_MERGE_ROLLUP.json");
    let uri = vectors::bytes("broker/golden/TX_MERGE_ROLLUP.inputs.uri.gz");
    let raw = vectors::bytes("broker/golden/TX_MERGE_ROLLUP.inputs.bin.gz");
    let from_uri = inspect_json(&uri, &["--epoch", "7"]);
    assert_eq!(from_uri["jobId"], facts["jobId"]);
    assert_eq!(from_uri["fields"], 1_390);
    assert_eq!(from_uri["decoded"]["previousRollups"][0]["publicInputs"]["numTxs"], 1);
    assert_eq!(inspect_json(&raw, &["--epoch", "7", "--type", "TX_MERGE_ROLLUP"]), from_uri);
    let (code, text, _) = inspect(&uri, &[]);
    assert_eq!(code, 0);
    assert!(text.starts_with("inputs of TX_MERGE_ROLLUP (type 4), "), "{text}");
}

#[test]
fn results_say_whether_their_proof_is_simulated() {
    let result = vectors::bytes("broker/simulated/PARITY_BASE.result.json.gz");
    let report = inspect_json(&result, &[]);
    assert_eq!((&report["what"], &report["type"]), (&"result".into(), &"PARITY_BASE".into()));
    assert_eq!(report["proof"]["simulated"], true);
    assert!(report["decoded"]["shaRoot"].is_string());
    let (_, text, _) = inspect(&result, &[]);
    assert!(text.contains("449 fields, simulated, no SNARK"), "{text}");
}

#[test]
fn what_is_no_job_is_refused_with_its_place() {
    let raw = vectors::bytes("broker/golden/TX_MERGE_ROLLUP.inputs.bin.gz");
    let (code, stdout, stderr) = inspect(&raw, &[]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("--type"), "the message names the flag that helps: {stderr}");

    let mut broken = raw;
    broken[4..36].fill(0xff);
    let (code, _, stderr) = inspect(&broken, &["--type", "TX_MERGE_ROLLUP"]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("previous_rollups[0].public_inputs.constants.last_archive.root at byte 4"),
        "{stderr}"
    );

    assert_eq!(inspect(b"{\"type\":99,\"inputs\":\"\"}", &[]).0, 1);
    assert_eq!(inspect(b"{}", &["--type", "PARITY"]).0, 2, "no such type");
}
