//! The whole farm on a local L1 with recorded epochs: three real processes against the real rollup contracts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chinampa_testkit::collector::{Collector, Received};
use chinampa_testkit::farm::{Farm, Part, Programs};
use chinampa_testkit::network::ChainTips;
use chinampa_testkit::replay::Replay;
use chinampa_testkit::{peers, vectors};

/// A slow machine needs about a minute.
const TIMEOUT: Duration = Duration::from_secs(400);

fn programs() -> Programs {
    let chinampa = PathBuf::from(env!("CARGO_BIN_EXE_chinampa"));
    Programs { chinampa, circuits: peers::circuits(), agents: 2, aztec: None }
}

fn replay() -> Replay {
    Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("a local L1")
}

/// Of 99 jobs, how many are done when which part is killed: the same for the same seed.
fn kills(seed: u64) -> Vec<(u64, Part)> {
    let mut state = seed;
    let mut next = |limit: u64| {
        // Constants of Knuth's MMIX generator; its high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    // One of each, and three more.
    let mut kills: Vec<_> = Part::ALL.iter().map(|part| (1 + next(60), *part)).collect();
    kills.extend((0..3).map(|_| (1 + next(60), Part::ALL[next(3) as usize])));
    kills.sort_unstable();
    kills
}

/// Parts are killed at random in the middle of the work, each at least once. The epochs land all the same, each once.
#[test]
fn recorded_epochs_are_proven_though_every_part_is_killed() {
    let replay = replay();
    assert_eq!(replay.tips().expect("L1"), ChainTips { pending: 21, proven: 0 });
    let mut farm = Farm::start(&replay, &programs()).expect("a farm");
    let seed = std::env::var("FARM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(5);
    let mut kills = kills(seed).into_iter().peekable();
    let begun = Instant::now();
    loop {
        let tips = replay.tips().expect("L1");
        if tips.proven == tips.pending {
            break;
        }
        let status = farm.status();
        let epochs = status["epochs"].as_array().into_iter().flatten();
        let done: u64 = epochs.filter_map(|epoch| epoch["jobsDone"].as_u64()).sum();
        if let Some((_, part)) = kills.next_if(|(enough, _)| done >= *enough) {
            farm.kill_and_restart(part).expect("a restart");
        }
        farm.check().unwrap_or_else(|error| panic!("{error}\n{}", farm.last_lines()));
        assert!(begun.elapsed() < TIMEOUT, "{tips:?} after {TIMEOUT:?}, seed {seed}\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(kills.next(), None, "every kill took place");
    assert_eq!(replay.tips().expect("L1"), ChainTips { pending: 21, proven: 21 });
    assert_eq!(farm.last_status()["proofs"], "simulated");
    assert_eq!(proofs_on_l1(&replay), 6, "one proof an epoch");
}

/// Waits for the end of a part.
fn exit_code(farm: &mut Farm, part: Part, limit: Duration) -> i32 {
    let begun = Instant::now();
    loop {
        if let Some(code) = farm.exit_code(part) {
            return code;
        }
        assert!(begun.elapsed() < limit, "it has not ended after {limit:?}\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One process that is broker, agents and node proves the epochs, with a broker that asks everybody for a token, and sends
/// traces of it. At a signal its agents give back what they hold before its broker goes.
#[test]
fn one_process_is_a_whole_farm() {
    let replay = replay();
    // SHA-256 of the key.
    let hash = "48f7c64dd4c4655db61c73347e4d95ff252b50809a71e34b9939bac7812fcc32".to_owned();
    let key = "key of this test".to_owned();
    let collector = Collector::start().expect("a port");
    let variables = [
        ("CHINAMPA_SERVER__ADMIN_API_KEY_HASH", hash),
        ("CHINAMPA_AGENT__BROKER_TOKEN", key),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.url()),
    ];
    let mut farm = Farm::start_whole(&replay, &programs(), &variables).expect("a farm");
    let begun = Instant::now();
    while replay.tips().expect("L1") != (ChainTips { pending: 21, proven: 21 }) {
        farm.check().unwrap_or_else(|error| panic!("{error}\n{}", farm.last_lines()));
        assert!(begun.elapsed() < TIMEOUT, "not proven after {TIMEOUT:?}\n{}", farm.last_lines());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(farm.status()["proofs"], "simulated", "the node answers on the administration port");
    assert!(farm.broker_metrics().contains("chinampa_"), "the broker answers on its own");
    farm.terminate(Part::Whole);
    assert_eq!(exit_code(&mut farm, Part::Whole, Duration::from_secs(20)), 0);
    let log = farm.log(Part::Whole);
    let at = |line: &str| log.find(line).unwrap_or_else(|| panic!("no {line:?} in\n{log}"));
    assert!(at("the agents have stopped") < at("the broker has stopped"));
    check_traces(&collector.spans());
}

/// Six epochs of 21 checkpoints and 99 jobs, each from its blobs to L1.
fn check_traces(spans: &[Received]) {
    let of_node: Vec<_> = spans.iter().filter(|span| span.service == "chinampa-prover-node").collect();
    let count = |name: &str| of_node.iter().filter(|span| span.name.starts_with(name)).count();
    for (name, expected) in [
        ("epoch", 6),
        ("blob fetch", 21),
        ("tx fetch", 21),
        ("checkpoint execution", 21),
        ("planning", 27),
        ("circuit ", 99),
        ("circuit ROOT_ROLLUP", 6),
        ("publishing", 6),
    ] {
        assert_eq!(count(name), expected, "{name}");
    }
    let roots: BTreeMap<_, _> =
        of_node.iter().filter(|span| span.name == "epoch").map(|span| (&span.trace, &span.id)).collect();
    assert_eq!(roots.len(), 6, "a trace for each epoch");
    for span in of_node.iter().filter(|span| span.name != "epoch") {
        assert_eq!(roots.get(&span.trace), Some(&&span.parent), "{span:?}");
    }
    let jobs = spans.iter().filter(|span| span.service == "chinampa-broker" && span.name == "proving job");
    assert_eq!(jobs.count(), 99, "the broker's own");
}

/// A node that cannot work ends the process, with its own exit code and after the others have stopped: a supervisor is to
/// see it, and a farm without a node proves nothing.
#[test]
fn a_part_that_fails_ends_the_process_in_order() {
    let replay = replay();
    let nowhere = ("REGISTRY_CONTRACT_ADDRESS", "0x00000000000000000000000000000000000000ee".to_owned());
    let mut farm = Farm::start_whole(&replay, &programs(), &[nowhere]).expect("a farm");
    assert_eq!(exit_code(&mut farm, Part::Whole, Duration::from_secs(60)), 6, "{}", farm.last_lines());
    let log = farm.log(Part::Whole);
    for line in ["a part has failed", "the agents have stopped", "the broker has stopped"] {
        assert!(log.contains(line), "no {line:?} in\n{log}");
    }
}

/// Events `L2ProofVerified` since the recording.
fn proofs_on_l1(replay: &Replay) -> usize {
    let topic = "0x034dd13d657aeb14f8dec7291c4a8ddb3b20d40cf2412714e72f97f19c735609";
    let filter = serde_json::json!([{"fromBlock": "0x0", "toBlock": "latest", "topics": [topic]}]);
    replay.rpc("eth_getLogs", &filter).expect("L1").as_array().map_or(0, Vec::len)
}
