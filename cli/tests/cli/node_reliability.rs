//! The farm where L1, its sources, its disk or its colleagues misbehave: an epoch lands, or the reason is in log, API and
//! exit code.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chinampa_testkit::farm::{Farm, Part, Programs};
use chinampa_testkit::network::ChainTips;
use chinampa_testkit::proxy::{Fault, Faults, Proxy};
use chinampa_testkit::redis::{RedisServer, SAFE};
use chinampa_testkit::replay::Replay;
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};

use crate::support::{Run, chinampa};

/// A slow machine needs a few minutes. Before the runner ends a test, which shows no logs.
const TIMEOUT: Duration = Duration::from_secs(270);
/// Blocks on L1 that are undone together with the first proof.
const REORG_BLOCKS: u64 = 3;
/// Anvil's fourth account, which submits for the second prover.
const OTHER_KEY: &str = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";
const OTHER_PROVER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const ALL: ChainTips = ChainTips { pending: 21, proven: 21 };

fn programs(agents: usize) -> Programs {
    let chinampa = PathBuf::from(env!("CARGO_BIN_EXE_chinampa"));
    Programs { chinampa, circuits: peers::circuits(), agents, aztec: None }
}

fn replay() -> Replay {
    Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("a local L1")
}

/// Waits until `is_done`, and shows the logs if it does not come or a process ends.
fn wait(farm: &mut Farm, what: &str, mut is_done: impl FnMut(&mut Farm) -> bool) {
    let begun = Instant::now();
    while !is_done(farm) {
        farm.check().unwrap_or_else(|error| panic!("{error}\n{}", farm.last_lines()));
        assert!(begun.elapsed() < TIMEOUT, "no {what}\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn wait_for_all(farm: &mut Farm, replay: &Replay) {
    wait(farm, "proofs of all epochs", |_| replay.tips().is_ok_and(|tips| tips == ALL));
}

/// `chinampa epochs ...` against the farm's node.
fn epochs(farm: &Farm, arguments: &[&str]) -> Run {
    let url = farm.node_url();
    let arguments: Vec<&str> = [&["epochs"], arguments, &["--node", &url, "--json"]].concat();
    chinampa(&std::env::temp_dir(), &arguments, &[])
}

/// Whether some epoch has stopped for this reason.
fn has_stopped(farm: &mut Farm, code: &str) -> bool {
    let status = farm.status();
    status["epochs"].as_array().is_some_and(|epochs| epochs.iter().any(|epoch| epoch["errorCode"] == code))
}

/// Provers of the events `L2ProofVerified`, in their order.
fn provers_on_l1(replay: &Replay) -> Vec<String> {
    let topic = "0x034dd13d657aeb14f8dec7291c4a8ddb3b20d40cf2412714e72f97f19c735609";
    let filter = json!([{"fromBlock": "0x0", "toBlock": "latest", "topics": [topic]}]);
    let logs = replay.rpc("eth_getLogs", &filter).expect("L1");
    let prover = |log: &Value| format!("0x{}", &log["topics"][2].as_str().expect("a topic")[26..]);
    logs.as_array().expect("a list").iter().map(prover).collect()
}

/// Of all requests to L1, one in eight fails, is late, old, garbled or incomplete.
#[test]
fn epochs_land_through_an_l1_node_that_misbehaves() {
    let replay = replay();
    let faults = Faults { seed: 20_412, per_mille: 125, kinds: Fault::ALL.to_vec(), ..Faults::default() };
    let proxy = Proxy::start(&replay.l1_url(), faults).expect("a proxy");
    let variables = [("ETHEREUM_HOSTS", proxy.url())];
    let mut farm = Farm::start_with(&replay, &programs(2), &variables).expect("a farm");
    wait_for_all(&mut farm, &replay);
    assert_eq!(provers_on_l1(&replay).len(), 6, "one proof an epoch");
    let made = proxy.made();
    assert!(Fault::ALL.iter().all(|fault| made.contains_key(fault)), "every fault took place: {made:?}");
}

/// L1 forgets the block with the first proof. It is sent again, and what was proven for it is not proven again.
#[test]
fn a_proof_that_a_reorg_undoes_lands_again() {
    let replay = replay();
    let mut farm = Farm::start(&replay, &programs(2)).expect("a farm");
    wait(&mut farm, "first proof", |_| replay.tips().is_ok_and(|tips| tips.proven > 0));
    replay.rpc("anvil_reorg", &json!([REORG_BLOCKS, []])).expect("anvil");
    assert!(replay.tips().expect("L1").proven < 21);
    wait_for_all(&mut farm, &replay);
    let mut provers = provers_on_l1(&replay);
    assert_eq!(provers.len(), 6, "one proof an epoch on the chain that counts");
    provers.dedup();
    assert_eq!(provers.len(), 1);
}

/// Nobody proves, and the window of all epochs passes: L1 will prune them, and the node says so before it does.
#[test]
fn an_epoch_whose_window_closes_ends_with_the_reason() {
    let replay = replay();
    let mut farm = Farm::start(&replay, &programs(0)).expect("a farm");
    let waits =
        |epoch: &&Value| epoch["state"] == "awaiting-prover" && epoch["jobsPending"].as_u64() > Some(0);
    let mut waiting = None;
    wait(&mut farm, "epoch that waits for agents", |farm| {
        let status = farm.status();
        waiting = status["epochs"].as_array().and_then(|epochs| epochs.iter().find(waits).cloned());
        waiting.is_some()
    });
    let number = waiting.expect("it was waited for")["epoch"].to_string();
    let shown: Value = serde_json::from_str(&epochs(&farm, &["show", &number]).stdout).expect("JSON");
    let kinds = shown["jobs"].as_array().expect("jobs by type");
    assert!(kinds.iter().any(|kind| kind["pending"].as_u64() > Some(0)), "{shown}");

    let latest = replay.rpc("eth_getBlockByNumber", &json!(["latest", false])).expect("anvil");
    let time = latest["timestamp"].as_str().expect("a time").trim_start_matches("0x");
    let time = u64::from_str_radix(time, 16).expect("hexadecimal");
    replay.rpc("evm_setNextBlockTimestamp", &json!([time + 1_000_000])).expect("anvil");
    replay.rpc("evm_mine", &json!([])).expect("anvil");
    wait(&mut farm, "end of the epoch", |farm| has_stopped(farm, "window-closed"));
    let run = epochs(&farm, &["wait", &number, "--timeout-s", "30"]);
    assert_eq!(run.code, 7, "{}", run.stderr);
    assert!(run.stderr.contains("timed-out"), "{}", run.stderr);
    assert!(farm.log(Part::Node).contains("window-closed"));
    wait(&mut farm, "pruned tip", |farm| {
        farm.ask_node("v1/tips").is_some_and(|tips| tips["pending"] == 0 && tips["proven"] == 0)
    });
    let run = epochs(&farm, &["start", &number]);
    assert_eq!(run.code, 1, "its checkpoints are gone: {}", run.stderr);
    assert!(run.stderr.contains("epoch-empty"), "{}", run.stderr);
}

/// Without blobs nothing is known of the chain's blocks; with txs missing, nothing can be executed. Both are told, and
/// both mend by themselves.
#[test]
fn missing_blobs_and_txs_are_told_until_they_come() {
    let replay = replay();
    let denied = vec!["anvil_getBlobByHash".to_owned()];
    let proxy = Proxy::start(&replay.l1_url(), Faults { denied, ..Faults::default() }).expect("a proxy");
    let denied = vec!["node_getTxsByHash".to_owned()];
    let node = Proxy::start(&replay.node_url(), Faults { denied, ..Faults::default() }).expect("a proxy");
    let variables = [
        ("ETHEREUM_HOSTS", proxy.url()),
        ("BLOB_FILE_STORE_URLS", "file:///nonexistent".to_owned()),
        ("TX_COLLECTION_NODE_RPC_URLS", node.url()),
        ("PROVER_NODE_TX_GATHERING_TIMEOUT_MS", "1000".to_owned()),
    ];
    let mut farm = Farm::start_with(&replay, &programs(0), &variables).expect("a farm");
    wait(&mut farm, "word of the blobs", |farm| {
        farm.ask_node("v1/status").is_some_and(|status| status["sync"]["code"] == "blobs-missing")
    });
    assert!(farm.log(Part::Node).contains("blobs-missing"));
    assert_eq!(farm.ask_node("v1/tips").expect("tips")["pending"], 0);

    proxy.set(Faults::default());
    wait(&mut farm, "word of the txs", |farm| has_stopped(farm, "txs-missing"));
    let status = farm.ask_node("v1/status").expect("a status");
    assert_eq!(status["sync"], Value::Null, "blobs are there");
    assert!(farm.log(Part::Node).contains("txs-missing"));
    let failed = farm.last_status()["epochs"].as_array().expect("epochs").clone();
    let failed = failed.iter().find(|epoch| epoch["errorCode"] == "txs-missing").expect("one");
    let run = epochs(&farm, &["wait", &failed["epoch"].to_string(), "--timeout-s", "0"]);
    assert_eq!((run.code, run.stderr.contains("0x")), (7, true), "it names a tx: {}", run.stderr);

    node.set(Faults::default());
    wait(&mut farm, "execution", |farm| {
        let status = farm.status();
        let epochs = status["epochs"].as_array().cloned().unwrap_or_default();
        epochs.len() == 6 && epochs.iter().all(|epoch| epoch["errorCode"].is_null())
    });
}

/// While the node waits for blobs, its disk fills up: it ends with the code that says so. With room it goes on.
#[test]
fn a_full_disk_ends_the_node_with_its_own_code() {
    let replay = replay();
    let denied = vec!["anvil_getBlobByHash".to_owned()];
    let proxy = Proxy::start(&replay.l1_url(), Faults { denied, ..Faults::default() }).expect("a proxy");
    // A write beyond the limit is to be an error and not a signal.
    let script = replay.folder().join("chinampa");
    let text = format!(
        "#!/bin/bash\ntrap '' XFSZ\necho $$ > \"$DATA_DIRECTORY/pid\"\nexec {} \"$@\"\n",
        env!("CARGO_BIN_EXE_chinampa")
    );
    std::fs::write(&script, text).expect("a script");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("a script");
    let programs = Programs { chinampa: script, ..programs(0) };
    let data = replay.folder().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let variables = [
        ("ETHEREUM_HOSTS", proxy.url()),
        ("BLOB_FILE_STORE_URLS", "file:///nonexistent".to_owned()),
        ("DATA_DIRECTORY", data.display().to_string()),
    ];
    let mut farm = Farm::start_with(&replay, &programs, &variables).expect("a farm");
    wait(&mut farm, "word of the blobs", |farm| {
        farm.ask_node("v1/status").is_some_and(|status| status["sync"]["code"] == "blobs-missing")
    });
    let pid = std::fs::read_to_string(data.join("pid")).expect("the script wrote it");
    let limit = std::process::Command::new("prlimit").args(["--pid", pid.trim(), "--fsize=65536"]).status();
    assert!(limit.expect("prlimit of util-linux").success());
    proxy.set(Faults::default());
    let begun = Instant::now();
    let code = loop {
        match farm.exit_code(Part::Node) {
            Some(code) => break code,
            None => std::thread::sleep(Duration::from_millis(100)),
        }
        assert!(begun.elapsed() < TIMEOUT, "it goes on\n{}", farm.last_lines());
    };
    assert_eq!(code, 5, "{}", farm.last_lines());
    farm.kill_and_restart(Part::Node).expect("a restart");
    wait(&mut farm, "execution of all epochs", |farm| {
        farm.status()["epochs"].as_array().is_some_and(|epochs| epochs.len() == 6)
    });
}

/// The node is killed again and again while it fetches and executes. What it has stored is whole at any moment: it goes on from
/// there, and every header and root is what L1 has, or nothing would be executed.
#[test]
fn a_node_that_is_killed_at_any_time_goes_on_from_what_it_has() {
    let replay = replay();
    let mut farm = Farm::start(&replay, &programs(0)).expect("a farm");
    for step in 0..12 {
        std::thread::sleep(Duration::from_millis(150 + 130 * step));
        farm.kill_and_restart(Part::Node).expect("a restart");
    }
    wait(&mut farm, "execution of all epochs", |farm| {
        let status = farm.status();
        let epochs = status["epochs"].as_array().cloned().unwrap_or_default();
        epochs.len() == 6 && epochs.iter().all(|epoch| epoch["state"] == "awaiting-prover")
    });
    assert!(!farm.log(Part::Node).contains("storage"), "{}", farm.last_lines());
}

/// Two provers with the same farm: whoever is second in an epoch still submits, because the reward is shared.
#[test]
fn an_epoch_that_another_prover_has_proven_is_submitted_for_a_share() {
    let replay = replay();
    let mut farm = Farm::start(&replay, &programs(2)).expect("a farm");
    let second =
        [("PROVER_ID", OTHER_PROVER.to_owned()), ("PROVER_PUBLISHER_PRIVATE_KEYS", OTHER_KEY.to_owned())];
    farm.add_node(&replay, &programs(2), &second).expect("a second node");
    wait(&mut farm, "two proofs of each epoch", |_| provers_on_l1(&replay).len() >= 12);
    assert_eq!(replay.tips().expect("L1"), ALL);
    let mut provers = provers_on_l1(&replay);
    assert_eq!(provers.len(), 12, "and no proof twice");
    provers.sort();
    assert!(provers[..6].iter().all(|prover| *prover == provers[0]), "{provers:?}");
    assert!(provers[6..].iter().all(|prover| prover.eq_ignore_ascii_case(OTHER_PROVER)), "{provers:?}");
}

/// How long a leader keeps its lease without being heard of.
const LEASE_MS: u64 = 3_000;
/// What a takeover may need beyond the lease on a busy machine.
const SLACK: Duration = Duration::from_secs(10);

/// Two nodes' setting of a lease.
fn lease(server: &RedisServer) -> [(&'static str, String); 2] {
    [("CHINAMPA_NODE__LEADER_LOCK", server.url()), ("CHINAMPA_NODE__LEADER_LEASE_MS", LEASE_MS.to_string())]
}

/// Waits until the second node proves. Returns how long that took.
fn wait_for_takeover(farm: &mut Farm) -> Duration {
    let begun = Instant::now();
    wait(farm, "takeover", |farm| farm.log(Part::SecondNode).contains("this node proves"));
    begun.elapsed()
}

/// The node that proves is killed; the one that stands by goes on, within the time of the lease, with what the broker has.
#[test]
fn a_node_that_stands_by_takes_over_in_the_middle_of_an_epoch() {
    let (replay, server) = (replay(), RedisServer::start(&SAFE));
    let mut farm = Farm::start_with(&replay, &programs(2), &lease(&server)).expect("a farm");
    wait(&mut farm, "leader", |farm| {
        farm.ask_node("v1/status").is_some_and(|status| status["leader"] == true)
    });
    farm.add_node(&replay, &programs(2), &lease(&server)).expect("a second node");
    let url = farm.second_node_url();
    wait(&mut farm, "first jobs", |farm| {
        let status = farm.status();
        let epochs = status["epochs"].as_array().into_iter().flatten();
        epochs.filter_map(|epoch| epoch["jobsDone"].as_u64()).sum::<u64>() >= 10
    });
    let status = chinampa(&std::env::temp_dir(), &["epochs", "status", "--node", &url], &[]);
    let status: Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(status["leader"], false, "one node proves");
    assert!(replay.tips().expect("L1").proven < 21, "there is work left");
    farm.kill(Part::Node);
    let took = wait_for_takeover(&mut farm);
    assert!(took < Duration::from_millis(LEASE_MS) + SLACK, "{took:?}");
    wait_for_all(&mut farm, &replay);
    assert_eq!(provers_on_l1(&replay).len(), 6, "one proof an epoch");
}

/// The node that proves is stopped while it submits, for longer than its lease. Another one, which is paid to another
/// address, takes over. When the first goes on, it submits nothing: as proofs of two provers, both would be accepted.
#[test]
fn a_leader_that_was_stopped_for_longer_than_its_lease_submits_nothing() {
    let (replay, server) = (replay(), RedisServer::start(&SAFE));
    let denied = vec!["eth_sendRawTransaction".to_owned()];
    let proxy = Proxy::start(&replay.l1_url(), Faults { denied, ..Faults::default() }).expect("a proxy");
    let [place, time] = lease(&server);
    let first = [place.clone(), time.clone(), ("ETHEREUM_HOSTS", proxy.url())];
    let mut farm = Farm::start_with(&replay, &programs(2), &first).expect("a farm");
    wait(&mut farm, "proof that L1 does not take yet", |farm| {
        farm.log(Part::Node).contains("the proof could not be sent yet")
    });
    let other = ("PROVER_ID", OTHER_PROVER.to_owned());
    let second = [place, time, other, ("PROVER_PUBLISHER_PRIVATE_KEYS", OTHER_KEY.to_owned())];
    farm.add_node(&replay, &programs(2), &second).expect("a second node");
    wait(&mut farm, "standby", |farm| farm.log(Part::SecondNode).contains("another node proves"));
    farm.pause(Part::Node);
    let took = wait_for_takeover(&mut farm);
    assert!(took < Duration::from_millis(LEASE_MS) + SLACK, "{took:?}");
    proxy.set(Faults::default());
    farm.resume(Part::Node);
    wait(&mut farm, "end of the first term", |farm| farm.log(Part::Node).contains("the lease is lost"));
    let status = farm.ask_node("v1/status").expect("a status");
    assert_eq!(status["leader"], false);
    assert!(has_stopped(&mut farm, "not-leader"), "{}", farm.last_status());
    wait_for_all(&mut farm, &replay);
    let provers = provers_on_l1(&replay);
    assert_eq!(provers.len(), 6, "one proof an epoch: {provers:?}");
    assert!(provers.iter().all(|prover| prover.eq_ignore_ascii_case(OTHER_PROVER)), "{provers:?}");
}
