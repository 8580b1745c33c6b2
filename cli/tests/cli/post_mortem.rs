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

fn rerun(place: &str, more: &[&str]) -> Run {
    let circuits = peers::circuits();
    let circuits = circuits.to_str().expect("UTF-8");
    let arguments = ["epoch", "rerun", place, "--proofs", "simulated", "--agent-circuits", circuits];
    // Programs of tests see only what they are given.
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name, std::env::var(name)));
    let keys: Vec<_> = keys.iter().filter_map(|(name, key)| Some((*name, key.as_deref().ok()?))).collect();
    chinampa(&std::env::temp_dir(), &[&arguments, more].concat(), &keys)
}

/// A farm in which an epoch has failed and was kept.
struct Failed {
    replay: Replay,
    _farm: Farm,
    /// The job that failed it.
    cancelled: String,
    /// Where it is kept, as the node has logged it.
    place: String,
}

/// Starts a farm that keeps failed epochs in `store`, and makes one fail: an operator of the broker gives a job up.
fn fail_an_epoch(replay: Replay, store: String) -> Failed {
    let chinampa_program = PathBuf::from(env!("CARGO_BIN_EXE_chinampa"));
    let programs =
        Programs { chinampa: chinampa_program, circuits: peers::circuits(), agents: 0, aztec: None };
    let variables =
        [("PROVER_NODE_FAILED_EPOCH_STORE", store), ("CHINAMPA_NODE__EPOCHS_AHEAD", "0".to_owned())];
    let farm = Farm::start_with(&replay, &programs, &variables).expect("a farm");
    let broker = farm.broker_url();
    let begun = Instant::now();
    let mut cancelled = None;
    loop {
        let log = farm.log(Part::Node);
        if let Some(line) = log.lines().find(|line| line.contains("its data are kept")) {
            let place =
                line.split("place").nth(1).expect("the place").trim_start_matches(['=', '"', ':', ' ']);
            let place = place.split(['"', ' ']).next().expect("the place").to_owned();
            return Failed { replay, _farm: farm, cancelled: cancelled.expect("a job was there"), place };
        }
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
}

/// Runs a script that imports Aztec's packages, which it finds in its first argument.
fn aztec(script: &str, arguments: &[&str]) -> Value {
    let node = Command::new(peers::path("bin/node"))
        .args(["--no-warnings", "--input-type=module", "-e", script])
        .arg(peers::path("aztec/node_modules"))
        .args(arguments)
        .output()
        .expect("Node starts");
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let printed = String::from_utf8(node.stdout).expect("UTF-8");
    serde_json::from_str(printed.lines().last().unwrap_or_default()).expect("JSON")
}

fn replay() -> Replay {
    Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("a local L1")
}

#[test]
fn a_failed_epoch_is_kept_in_aztecs_format_and_runs_again() {
    let replay = replay();
    let store = replay.folder().join("failed");
    let failed = fail_an_epoch(replay, format!("file://{}", store.display()));
    let Failed { replay, cancelled, place, .. } = &failed;
    let folder = PathBuf::from(place.strip_prefix("file://").expect("a file URL"));
    assert!(folder.starts_with(&store), "{place}");
    let data = folder.join("data.bin");
    let read = aztec(AZTEC_READS, &[data.to_str().expect("UTF-8")]);

    let folder = folder.to_str().expect("UTF-8");
    let run = rerun(folder, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let result: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(result["epoch"], read["epoch"]);
    assert_eq!(result["failedJobs"][0]["job"], cancelled.as_str());
    assert_eq!(result["failedJobs"][0]["provenNow"], true, "the same job came out again");

    let other = replay.folder().join("other.json");
    std::fs::write(&other, &run.stdout).unwrap();
    let other_text = other.to_str().unwrap();
    assert_eq!(rerun(folder, &["--compare", other_text]).code, 0);
    let wrong = run.stdout.replace(result["jobIdsSha256"].as_str().unwrap(), "00");
    std::fs::write(&other, wrong).unwrap();
    let run = rerun(folder, &["--compare", other_text]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("jobIdsSha256"), "{}", run.stderr);
    an_incomplete_epoch_is_proven_as_it_is(Path::new(folder), &result);
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
    let place = folder.to_str().expect("UTF-8");
    let run = rerun(place, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("--as-it-is"), "{}", run.stderr);
    let run = rerun(place, &["--as-it-is"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let part: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(part["checkpoints"], serde_json::json!([whole["checkpoints"][0], last.number - 1]));
    assert_ne!(part["endArchiveRoot"], whole["endArchiveRoot"]);
}

/// Fetches metadata and data with the store that Aztec's own download uses.
const AZTEC_FETCHES: &str = r"
const { createReadOnlyFileStore } = await import(process.argv[1] + '/@aztec/stdlib/dest/file-store/index.js');
const { jsonParseWithSchema } = await import(process.argv[1] + '/@aztec/foundation/dest/json-rpc/index.js');
const { UploadSnapshotMetadataSchema } = await import(process.argv[1] + '/@aztec/stdlib/dest/snapshots/index.js');
const { deserializeEpochProvingJobData: read } =
    await import(process.argv[1] + '/@aztec/prover-node/dest/job/epoch-proving-job-data.js');
const [place, query] = process.argv.slice(2);
const store = await createReadOnlyFileStore(place + query);
const metadata = jsonParseWithSchema((await store.read(place + '/metadata.json')).toString(), UploadSnapshotMetadataSchema);
const data = read(await store.read(place + '/data.bin'));
console.log(JSON.stringify({ epoch: data.epochNumber, txs: data.txs.size, block: metadata.l2BlockNumber }));
process.exit(0);
";

#[test]
#[ignore = "needs a server that speaks S3: tests/interop/node/run s3"]
fn a_failed_epoch_goes_into_a_bucket_from_which_aztec_fetches_it_and_it_runs_again() {
    let bucket = std::env::var("S3_PLACE").expect("S3_PLACE is s3://BUCKET/PREFIX?endpoint=URL");
    let (base, query) = bucket.split_once('?').expect("an endpoint");
    let failed = fail_an_epoch(replay(), bucket.clone());
    let Failed { cancelled, place, .. } = &failed;
    assert!(place.starts_with(base), "{place}");
    let fetched = aztec(AZTEC_FETCHES, &[place, &format!("?{query}")]);
    let run = rerun(&format!("{place}?{query}"), &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let result: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(result["epoch"], fetched["epoch"]);
    assert_eq!(result["failedJobs"][0]["job"], cancelled.as_str());
    assert_eq!(result["failedJobs"][0]["provenNow"], true);
}
