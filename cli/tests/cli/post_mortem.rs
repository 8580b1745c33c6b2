//! What is kept of an epoch that failed: Aztec's own code reads it, and it can be run again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chinampa_node::post_mortem::PostMortem;
use chinampa_protocol::Fr;
use chinampa_protocol::codec::Encode as _;
use chinampa_testkit::farm::{Farm, Part, Programs};
use chinampa_testkit::replay::Replay;
use chinampa_testkit::{peers, vectors};
use serde_json::Value;

use crate::support::{Run, chinampa};

const TIMEOUT: Duration = Duration::from_secs(270);

/// Reads the data with Aztec's own code and writes them again: the bytes must be the same.
const AZTEC_READS: &str = r"
import { gunzipSync } from 'zlib';
import { readFileSync } from 'fs';
const { deserializeEpochProvingJobData: read, serializeEpochProvingJobData: write, validateEpochProvingJobData: validate } =
    await import(process.argv[1] + '/@aztec/prover-node/dest/job/epoch-proving-job-data.js');
const bytes = gunzipSync(readFileSync(process.argv[2]));
const data = read(bytes);
validate(data);
if (!write(data).equals(bytes)) { throw new Error('the bytes differ'); }
console.log(JSON.stringify({ epoch: data.epochNumber, checkpoints: data.checkpoints.length, txs: data.txs.size }));
process.exit(0);
";

fn rerun(folder: &Path, more: &[&str]) -> Run {
    let circuits = peers::circuits();
    let (folder, circuits) = (folder.to_str().expect("UTF-8"), circuits.to_str().expect("UTF-8"));
    let arguments = ["epoch", "rerun", folder, "--proofs", "simulated", "--agent-circuits", circuits];
    chinampa(&std::env::temp_dir(), &[&arguments, more].concat(), &[])
}

/// The only entry of a folder, and so on downwards until there are several.
fn deepest(folder: &Path) -> PathBuf {
    let entries: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path()).collect();
    match entries.as_slice() {
        [only] if only.is_dir() => deepest(only),
        _ => folder.to_path_buf(),
    }
}

#[test]
fn a_failed_epoch_is_kept_in_aztecs_format_and_runs_again() {
    let replay =
        Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("a local L1");
    let store = replay.folder().join("failed");
    let chinampa_program = PathBuf::from(env!("CARGO_BIN_EXE_chinampa"));
    let programs =
        Programs { chinampa: chinampa_program, circuits: peers::circuits(), agents: 0, aztec: None };
    let variables = [
        ("PROVER_NODE_FAILED_EPOCH_STORE", format!("file://{}", store.display())),
        ("CHINAMPA_NODE__EPOCHS_AHEAD", "0".to_owned()),
    ];
    let farm = Farm::start_with(&replay, &programs, &variables).expect("a farm");
    // An operator of the broker gives a job up, which fails its epoch.
    let broker = farm.broker_url();
    let begun = Instant::now();
    let mut cancelled = None;
    while !store.is_dir() || !deepest(&store).join("world-state.redb").is_file() {
        assert!(begun.elapsed() < TIMEOUT, "nothing is kept\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(200));
        if cancelled.is_none() {
            let all = ["jobs", "list", "--broker", &broker, "--json"];
            let list = chinampa(&std::env::temp_dir(), &all, &[]).stdout;
            let list: Value = serde_json::from_str(&list).unwrap_or_default();
            cancelled = list["jobs"][0]["id"].as_str().map(str::to_owned);
            if let Some(id) = &cancelled {
                let run = chinampa(&std::env::temp_dir(), &["jobs", "cancel", id, "--broker", &broker], &[]);
                assert_eq!(run.code, 0, "{}", run.stderr);
            }
        }
    }
    let cancelled = cancelled.expect("a job was there");
    // The copy of the state is written last; the log says when all of it is there.
    while !farm.log(Part::Node).contains("its data are kept") {
        assert!(begun.elapsed() < TIMEOUT, "it is not kept\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(100));
    }
    let folder = deepest(&store);
    let modules = peers::path("aztec/node_modules");
    let node = Command::new(peers::path("bin/node"))
        .args(["--input-type=module", "-e", AZTEC_READS])
        .args([&modules, &folder.join("data.bin")])
        .output()
        .expect("Node starts");
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let read: Value = serde_json::from_slice(&node.stdout).expect("JSON");

    let run = rerun(&folder, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let result: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(result["epoch"], read["epoch"]);
    assert_eq!(result["failedJobs"][0]["job"], cancelled.as_str());
    assert_eq!(result["failedJobs"][0]["provenNow"], true, "the same job came out again");

    let other = replay.folder().join("other.json");
    std::fs::write(&other, &run.stdout).unwrap();
    let other_text = other.to_str().unwrap();
    assert_eq!(rerun(&folder, &["--compare", other_text]).code, 0);
    let wrong = run.stdout.replace(result["jobIdsSha256"].as_str().unwrap(), "00");
    std::fs::write(&other, wrong).unwrap();
    let run = rerun(&folder, &["--compare", other_text]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("jobIdsSha256"), "{}", run.stderr);
    an_incomplete_epoch_is_proven_as_it_is(&folder, &result);
}

/// The same as if it had failed before its last checkpoint was there.
fn an_incomplete_epoch_is_proven_as_it_is(folder: &Path, whole: &Value) {
    let mut data = PostMortem::read(folder).expect("it is kept").data;
    let last = data.checkpoints.pop().expect("checkpoints");
    let of_last: Vec<Fr> =
        last.blocks.iter().flat_map(|block| &block.body.tx_effects).map(|tx| tx.tx_hash).collect();
    data.txs.retain(|tx| !of_last.contains(&tx.tx_hash));
    std::fs::write(folder.join("data.bin"), data.to_bytes()).unwrap();
    let report = folder.join("report.json");
    let text = std::fs::read_to_string(&report).unwrap();
    std::fs::write(&report, text.replace("\"complete\": true", "\"complete\": false")).unwrap();
    let run = rerun(folder, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("--as-it-is"), "{}", run.stderr);
    let run = rerun(folder, &["--as-it-is"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let part: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(part["checkpoints"], serde_json::json!([whole["checkpoints"][0], last.number - 1]));
    assert_ne!(part["endArchiveRoot"], whole["endArchiveRoot"]);
}
