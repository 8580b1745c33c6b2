//! The way to the real rollup contract.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use chinampa_node::keys::Account;
use chinampa_node::l1::{Deployment, L1, L1Config, RollupChoice};
use chinampa_node::leader::{LeaderLock, Leadership, LeadershipError};
use chinampa_node::publisher::{FeePolicy, PublishError, Published, Publisher, PublisherConfig};
use chinampa_testkit::network::ChainTips;
use chinampa_testkit::redis::RedisServer;
use chinampa_testkit::replay::Replay;
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::golden::submissions;

/// Anvil's third and fourth accounts.
const KEYS: [&str; 2] = [
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
];

async fn publisher(replay: &Replay) -> Publisher {
    publisher_with(replay, FeePolicy::default()).await
}

async fn publisher_with(replay: &Replay, fees: FeePolicy) -> Publisher {
    let rpc_urls = vec![replay.l1_url().parse().expect("a URL")];
    let config = L1Config { rpc_urls, debug_rpc_urls: Vec::new(), chain_id: Some(31_337) };
    let (l1, chain_id) = L1::connect(&config).await.expect("a client");
    let registry: Address = replay.registry().parse().expect("an address");
    let deployment =
        Deployment::resolve(&l1, chain_id, registry, RollupChoice::Canonical, replay.l1_slot_s()).await;
    let deployment = Arc::new(deployment.expect("the rollup"));
    let check_interval = Duration::from_millis(50);
    let config = PublisherConfig { check_interval, fees, ..PublisherConfig::default() };
    let keys = KEYS.map(|key| Account::from_key(key).expect("a key")).to_vec();
    Publisher::new(l1, deployment, keys, config).expect("a publisher")
}

/// Txs that wait for a block.
fn waiting(replay: &Replay) -> u64 {
    let status: Value = replay.rpc("txpool_status", &json!([])).expect("anvil");
    number(&status["pending"])
}

/// Each epoch builds on the one before, yet one L1 block takes all six, in whatever order they are handed over.
#[tokio::test(flavor = "multi_thread")]
async fn epochs_that_build_on_each_other_land_in_one_block() {
    let replay = Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("L1");
    replay.rpc("evm_setIntervalMining", &json!([0])).expect("anvil");
    let publisher = Arc::new(publisher(&replay).await);
    let mut reach = publisher.reach();
    let mut tasks = JoinSet::new();
    for submission in submissions(drop).into_iter().rev() {
        let publisher = Arc::clone(&publisher);
        tasks.spawn(async move { publisher.submit(&submission).await.expect("it lands") });
    }
    reach.wait_for(|last| *last == 21).await.expect("all are sent");
    assert_eq!(waiting(&replay), 6);
    assert_eq!(replay.tips().expect("L1").proven, 0);
    replay.rpc("evm_mine", &json!([])).expect("anvil");
    let blocks: BTreeSet<u64> = tasks.join_all().await.into_iter().map(block).collect();
    assert_eq!(blocks.len(), 1);
    assert_eq!(replay.tips().expect("L1"), ChainTips { pending: 21, proven: 21 });
    assert_eq!(*reach.borrow_and_update(), 0, "nobody waits any more");
}

/// A reorg takes a proof away, and what the account sends next counts on it. The proof is sent again in its old place.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_a_reorg_undoes_takes_its_place_before_the_others() {
    let replay = Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("L1");
    replay.rpc("evm_setIntervalMining", &json!([0])).expect("anvil");
    let publisher = Arc::new(publisher(&replay).await);
    let mut reach = publisher.reach();
    let mut tasks = JoinSet::new();
    let mut submissions = submissions(drop);
    submissions.truncate(3);
    for submission in submissions.clone() {
        let (first, last) = (submission.proof.first, submission.proof.last);
        let publisher = Arc::clone(&publisher);
        tasks.spawn(async move { publisher.submit(&submission).await.expect("it lands") });
        reach.wait_for(|reached| *reached == last).await.expect("it is sent");
        if first == 1 {
            replay.rpc("evm_mine", &json!([])).expect("anvil");
            block(tasks.join_next().await.expect("a task").expect("it lands"));
        }
    }
    replay.rpc("anvil_reorg", &json!([1, []])).expect("anvil");
    assert_eq!(replay.tips().expect("L1").proven, 0);
    let first = submissions.swap_remove(0);
    let again = Arc::clone(&publisher);
    tasks.spawn(async move { again.submit(&first).await.expect("it lands again") });
    let mining = async {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            replay.rpc("evm_mine", &json!([])).expect("anvil");
        }
    };
    tokio::select! {
        () = mining => {}
        landed = tokio::time::timeout(Duration::from_secs(60), tasks.join_all()) => {
            assert_eq!(landed.expect("all land").len(), 3);
        }
    }
    assert!(replay.tips().expect("L1").proven > 0);
}

/// A proof that L1 does not take for its price is offered for more, by the same account and with the same nonce.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_waits_too_long_is_replaced_and_lands_once() {
    let replay = Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("L1");
    replay.rpc("evm_setIntervalMining", &json!([0])).expect("anvil");
    let fees = FeePolicy { stall: Duration::from_millis(300), ..FeePolicy::default() };
    let publisher = publisher_with(&replay, fees).await;
    let submission = submissions(drop).remove(0);
    let mining = async {
        let mut prices = BTreeSet::new();
        while prices.len() < 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let offered = offered(&replay);
            assert!(offered.len() <= 1, "one at a time: {offered:?}");
            prices.extend(offered);
        }
        replay.rpc("evm_mine", &json!([])).expect("anvil");
        prices.into_iter().next_back()
    };
    let (landed, highest) = tokio::join!(publisher.submit(&submission), mining);
    let Published::Mined { transaction, .. } = landed.expect("it lands") else {
        panic!("nobody else submits")
    };
    let mined = replay.rpc("eth_getTransactionByHash", &json!([transaction])).expect("anvil");
    assert_eq!(Some(number(&mined["maxPriorityFeePerGas"])), highest);
    assert_eq!(waiting(&replay), 0);
}

/// What the transactions that wait pay at most to whoever mines them.
fn offered(replay: &Replay) -> Vec<u64> {
    let content: Value = replay.rpc("txpool_content", &json!([])).expect("anvil");
    let accounts = content["pending"].as_object().expect("accounts").values();
    let transactions = accounts.flat_map(|account| account.as_object().expect("nonces").values());
    transactions.map(|transaction| number(&transaction["maxPriorityFeePerGas"])).collect()
}

fn number(value: &Value) -> u64 {
    let digits = value.as_str().expect("a number").trim_start_matches("0x");
    u64::from_str_radix(digits, 16).expect("hexadecimal")
}

/// A server that has lost its memory has given the lease to another node. The first one does not know yet, and sends nothing.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_holder_of_the_lease_sends() {
    let mut server = RedisServer::start(&[]);
    let replay = Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("L1");
    let lock = || LeaderLock::open(&server.url(), "1:0x00", Duration::from_secs(60)).expect("a lock");
    let (first, second) = (lock(), lock());
    let (old, new) = (Leadership::default(), Leadership::default());
    let submission = submissions(drop).remove(0);
    let _old_term = first.try_take(&old).await.expect("a lock").expect("it is free");
    server.kill();
    let fenced = publisher(&replay).await.fenced(old.clone());
    // Nobody says that it may send, so it waits.
    let waits = tokio::time::timeout(Duration::from_secs(2), fenced.submit(&submission)).await;
    assert!(waits.is_err(), "{waits:?}");
    server.restart();
    let _new_term = second.try_take(&new).await.expect("a lock").expect("it is free");
    assert!(old.is_leader() && new.is_leader(), "each by its own clock");
    let refused = fenced.submit(&submission).await;
    assert!(matches!(refused, Err(PublishError::Leadership(LeadershipError::Lost))), "{refused:?}");
    assert_eq!((waiting(&replay), replay.tips().expect("L1").proven), (0, 0), "nothing was sent");
    let landed = publisher(&replay).await.fenced(new).submit(&submission).await;
    assert!(block(landed.expect("it lands")) > 0);
}

fn block(published: Published) -> u64 {
    match published {
        Published::Mined { block, .. } => block,
        Published::Before => panic!("somebody else has proven it"),
    }
}
