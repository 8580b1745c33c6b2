//! What an operator does to a running node: looks, holds proofs back, cancels and starts epochs, and reads its counters.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chinampa_testkit::farm::{Farm, Programs};
use chinampa_testkit::network::ChainTips;
use chinampa_testkit::proxy::{Fault, Faults, Proxy};
use chinampa_testkit::replay::Replay;
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};

use crate::support::{Run, chinampa};

const TIMEOUT: Duration = Duration::from_secs(250);
/// Jobs of the recorded epochs.
const JOBS: u64 = 99;

fn programs(agents: usize) -> Programs {
    let chinampa = PathBuf::from(env!("CARGO_BIN_EXE_chinampa"));
    Programs { chinampa, circuits: peers::circuits(), agents, aztec: None }
}

fn wait(farm: &mut Farm, what: &str, mut is_done: impl FnMut(&mut Farm) -> bool) {
    let begun = Instant::now();
    while !is_done(farm) {
        farm.check().unwrap_or_else(|error| panic!("{error}\n{}", farm.last_lines()));
        assert!(begun.elapsed() < TIMEOUT, "no {what}\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn epochs(farm: &Farm, arguments: &[&str]) -> Run {
    let url = farm.node_url();
    let arguments: Vec<&str> = [&["epochs"], arguments, &["--node", &url, "--json"]].concat();
    chinampa(&std::env::temp_dir(), &arguments, &[])
}

/// A command that must succeed.
fn order(farm: &Farm, arguments: &[&str]) -> Value {
    let run = epochs(farm, arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).expect("JSON")
}

fn state(farm: &Farm, epoch: u64) -> String {
    let shown = farm.ask_node(&format!("v1/epochs/{epoch}")).unwrap_or_default();
    shown["state"].as_str().unwrap_or_default().to_owned()
}

/// The value of a counter whose line begins with `name`, over all labels.
fn counter(metrics: &str, name: &str) -> f64 {
    let lines = metrics
        .lines()
        .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
    lines.map(|line| line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a number")).sum()
}

/// Sources of txs in order: one that has none, one that fails, and one that answers three at a time.
fn sources(replay: &Replay, broken: &Proxy) -> String {
    let folder = replay.folder().join("no-txs");
    std::fs::create_dir(&folder).expect("a folder");
    let (folder, broken, good) = (folder.display(), broken.url(), replay.node_url());
    format!("folder:{folder},node+{broken},node+{good}#batch=3&parallel=2")
}

#[test]
fn an_operator_holds_back_cancels_starts_and_reads() {
    let replay =
        Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("a local L1");
    let faults = Faults { seed: 1, per_mille: 1000, kinds: vec![Fault::ALL[0]], ..Faults::default() };
    let broken = Proxy::start(&replay.node_url(), faults).expect("a proxy");
    let variables = [("CHINAMPA_TX_COLLECTION__SOURCES", sources(&replay, &broken))];
    let mut farm = Farm::start_with(&replay, &programs(0), &variables).expect("a farm");
    wait(&mut farm, "open epochs", |farm| {
        farm.status()["epochs"].as_array().is_some_and(|epochs| epochs.len() == 6)
    });
    let numbers = farm.last_status()["epochs"].as_array().expect("a list").clone();
    let numbers: Vec<u64> = numbers.iter().map(|epoch| epoch["epoch"].as_u64().expect("a number")).collect();
    let [first, .., third_last, second_last, last] = numbers[..] else { panic!("{numbers:?}") };

    let paused = order(&farm, &["pause", "--reason", "maintenance"]);
    assert_eq!(paused["submissionPaused"], "maintenance");
    assert_eq!(order(&farm, &["status"])["submissionPaused"], "maintenance");

    for epoch in [second_last, last] {
        order(&farm, &["cancel", &epoch.to_string()]);
    }
    wait(&mut farm, "end of what was cancelled", |farm| {
        [second_last, last].iter().all(|epoch| state(farm, *epoch) == "stopped")
    });
    let run = epochs(&farm, &["wait", &last.to_string(), "--timeout-s", "30"]);
    assert_eq!(run.code, 7, "it will not be proven: {}", run.stderr);
    assert_eq!(node_rpc(&farm, "prover_startProof", &json!([last])), json!({"result": null}));
    order(&farm, &["start", &second_last.to_string(), "--as-it-is"]);
    order(&farm, &["retry", &third_last.to_string()]);
    wait(&mut farm, "what was started", |farm| {
        [third_last, second_last, last].iter().all(|epoch| state(farm, *epoch) == "awaiting-prover")
    });
    let listed = node_rpc(&farm, "prover_getJobs", &json!([]));
    assert_eq!(listed["result"].as_array().map(Vec::len), Some(6), "{listed}");
    for (arguments, code) in [(["start", "999999"], "epoch-empty"), (["cancel", "999999"], "epoch-unknown")] {
        let run = epochs(&farm, &arguments);
        assert_eq!((run.code, run.stderr.contains(code)), (1, true), "{}", run.stderr);
    }

    farm.add_agents(&replay, &programs(2)).expect("agents");
    wait(&mut farm, "proofs of all jobs", |farm| {
        let status = farm.status();
        let epochs = status["epochs"].as_array().into_iter().flatten();
        epochs.filter_map(|epoch| epoch["jobsDone"].as_u64()).sum::<u64>() >= JOBS
    });
    assert_eq!(replay.tips().expect("L1").proven, 0, "proofs are kept back");
    assert_eq!(order(&farm, &["resume"])["submissionPaused"], Value::Null);
    for epoch in [first, last] {
        assert_eq!(order(&farm, &["wait", &epoch.to_string(), "--timeout-s", "120"])["state"], "completed");
    }
    wait(&mut farm, "the last of them", |_| {
        replay.tips().is_ok_and(|tips| tips == ChainTips { pending: 21, proven: 21 })
    });
    check_counters(&mut farm, &replay);
}

/// What six proofs cost and, once their windows are closed, earned.
fn check_counters(farm: &mut Farm, replay: &Replay) {
    let epochs = farm.status()["epochs"].as_array().expect("a list").clone();
    let deadline_s = epochs.iter().filter_map(|epoch| epoch["deadlineS"].as_u64()).max().expect("an epoch");
    replay.rpc("evm_setNextBlockTimestamp", &json!([deadline_s + 1])).expect("anvil");
    replay.rpc("evm_mine", &json!([])).expect("anvil");
    wait(farm, "rewards", |farm| counter(&farm.node_metrics(), "aztec_prover_node_rewards_total") > 0.0);
    let metrics = farm.node_metrics();
    for (name, expected) in [
        ("aztec_l1_publisher_tx_count_total", 6.0),
        ("aztec_l1_publisher_tx_gas_count", 6.0),
        ("aztec_l1_publisher_tx_total_fee_eth_count", 6.0),
        ("aztec_prover_node_job_duration_seconds_count", 6.0),
    ] {
        assert!((counter(&metrics, name) - expected).abs() < 0.1, "{name} in\n{metrics}");
    }
    // Anvil's account had 10,000 ether; a proof takes between a transfer's gas and the limit.
    let gas = counter(&metrics, "aztec_l1_publisher_tx_gas_sum");
    assert!((6.0 * 21e3..6.0 * 16.8e6).contains(&gas), "{gas}");
    let balance = counter(&metrics, "aztec_l1_publisher_balance_eth");
    assert!((9_000.0..10_000.1).contains(&balance), "{balance}");
    assert_eq!(metrics.lines().last(), Some("# EOF"));
}

/// One call of Aztec's JSON-RPC, without its id and version.
fn node_rpc(farm: &Farm, method: &str, params: &Value) -> Value {
    let mut reply = farm.call_node(method, params).expect("an answer");
    let object = reply.as_object_mut().expect("an object");
    object.remove("id");
    object.remove("jsonrpc");
    reply
}
