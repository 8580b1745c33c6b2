//! Checkpoints, blocks, messages and state roots as the recorded chain has them.

use std::sync::Arc;

use alloy::primitives::Address;
use chinampa_node::archiver::{Archiver, ArchiverConfig, ArchiverStore, Tips};
use chinampa_node::blobs::{AztecNode, BlobSource, BlobSources, DevelopmentNode, FileStore, store_folder};
use chinampa_node::l1::{Deployment, L1, L1Config, RollupChoice};
use chinampa_node::state::{Funded, RedbTrees, Synchronizer};
use chinampa_protocol::block::{BlockHeader, Checkpoint};
use chinampa_protocol::tree::TreeId;
use chinampa_testkit::proxy::{Faults, Proxy};
use chinampa_testkit::replay::Replay;
use chinampa_testkit::{peers, vectors};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

/// Where the rollup keeps the numbers of its pending and its proven checkpoint.
const TIPS_SLOT: &str = "0x0958201b72d64259285941dffd868dac55267471fcc73e8a06e1fd9cf8706361";

/// What a node needs of a recorded chain.
struct Followed {
    replay: Replay,
    l1: L1,
    deployment: Arc<Deployment>,
}

impl Followed {
    async fn start() -> Self {
        let fixture = vectors::path("private/fixture");
        let replay = Replay::start(&fixture, &peers::path("bin/anvil")).expect("a local L1");
        // The first node is down; all requests go on to the second.
        let urls = ["http://127.0.0.1:9".to_owned(), replay.l1_url()];
        Self::over(replay, &urls, &[]).await
    }

    /// A chain that is read through these nodes.
    async fn over(replay: Replay, urls: &[String], debug_urls: &[String]) -> Self {
        let parse = |urls: &[String]| urls.iter().map(|url| url.parse().expect("a URL")).collect();
        let (rpc_urls, debug_rpc_urls) = (parse(urls), parse(debug_urls));
        let config = L1Config { rpc_urls, debug_rpc_urls, chain_id: Some(31_337) };
        let (l1, chain_id) = L1::connect(&config).await.expect("a client");
        let registry: Address = replay.registry().parse().expect("an address");
        let slot = replay.l1_slot_s();
        let deployment = Deployment::resolve(&l1, chain_id, registry, RollupChoice::Canonical, slot).await;
        Self { replay, l1, deployment: Arc::new(deployment.expect("the rollup")) }
    }

    /// Moves the tips of the chain in the rollup's own storage, as pruning, proposing and proving do.
    fn set_tips(&self, pending: u64, proven: u64) {
        let value = format!("0x{pending:032x}{proven:032x}");
        let params = json!([self.deployment.rollup, TIPS_SLOT, value]);
        self.replay.rpc("anvil_setStorageAt", &params).expect("anvil");
        self.replay.rpc("evm_mine", &json!([])).expect("anvil");
    }

    fn files(&self) -> BlobSource {
        let Deployment { chain_id, rollup_version, rollup, .. } = *self.deployment;
        let folder = store_folder(chain_id, rollup_version, rollup);
        let base = self.replay.blobs_url().parse().expect("a URL");
        BlobSource::Files(FileStore::new(&base, &folder).expect("a file URL"))
    }

    fn open(&self) -> Arc<ArchiverStore> {
        let path = self.replay.folder().join("archiver.redb");
        Arc::new(
            ArchiverStore::open(&path, self.deployment.chain_id, self.deployment.rollup).expect("a store"),
        )
    }

    fn archiver(&self, source: BlobSource, store: &Arc<ArchiverStore>) -> Archiver {
        let blobs = BlobSources::new(vec![source]);
        // Ranges that cut the chain into many pieces.
        let config = ArchiverConfig { log_range_blocks: 7 };
        Archiver::new(self.l1.clone(), Arc::clone(&self.deployment), blobs, Arc::clone(store), config)
    }
}

fn funded() -> Funded {
    Funded { test_accounts: true, sponsored_fpc: true, addresses: Vec::new() }
}

fn recorded() -> Vec<Checkpoint> {
    let recorded: Value = vectors::json("private/fixture/node-rpc.json.xz");
    let checkpoints = recorded["checkpoints"].as_object().expect("an object").values();
    let mut checkpoints: Vec<Checkpoint> = checkpoints
        .map(|entry| serde_json::from_value(entry["checkpoint"].clone()).expect("a checkpoint"))
        .collect();
    checkpoints.sort_by_key(|checkpoint| checkpoint.number);
    checkpoints
}

fn assert_recorded(store: &ArchiverStore) {
    for checkpoint in recorded() {
        let number = checkpoint.number;
        let ours = store.checkpoint(number).expect("a store").expect("the checkpoint is stored");
        assert_eq!(ours.checkpoint, checkpoint, "checkpoint {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_chain_is_rebuilt_from_l1() {
    let followed = Followed::start().await;
    let store = followed.open();
    let trees = RedbTrees::open(&followed.replay.folder().join("state.redb")).expect("a store");
    let state =
        Synchronizer::open(trees, &funded().genesis().expect("legal"), Arc::clone(&store)).expect("a state");
    let genesis = state.genesis_archive_root().expect("a state").expect("genesis is readable");
    followed.deployment.check(genesis).expect("the rollup is of this release");

    let mut archiver = followed.archiver(followed.files(), &store);
    let tips = archiver.sync().await.expect("a round").expect("a first round has news");
    assert_eq!((tips.pending, tips.proven, tips.finalized), (21, 0, 0));
    assert_recorded(&store);
    state.follow(&tips).expect("every block leads to its state");
    assert_state(&state);
}

fn assert_state(state: &Synchronizer<RedbTrees>) {
    let state = state.state();
    let blocks = recorded().into_iter().flat_map(|checkpoint| checkpoint.blocks);
    for block in blocks {
        let BlockHeader { state: expected, global_variables, .. } = block.header;
        let mut fork = state.fork_at(global_variables.block_number).expect("history");
        assert_eq!(fork.state_reference().expect("roots"), expected);
        assert_eq!(fork.snapshot(TreeId::Archive).expect("a root"), block.archive);
    }
    assert_eq!(state.status().expect("a status").latest, 23);
}

#[tokio::test(flavor = "multi_thread")]
async fn anvil_serves_the_blobs_itself_and_a_restart_goes_on() {
    let followed = Followed::start().await;
    let store = followed.open();
    // Without any source the first checkpoint cannot be had, and the error says which blob is missing.
    let error = followed.archiver(BlobSource::Files(missing()), &store).sync().await.expect_err("no blobs");
    assert!(matches!(error, chinampa_node::archiver::ArchiverError::Blobs { .. }), "{error}");
    assert_eq!(store.tip().expect("a store"), None);
    drop(store);

    let store = followed.open();
    let mut archiver = followed.archiver(BlobSource::Development(DevelopmentNode), &store);
    let Tips { pending, .. } = archiver.sync().await.expect("a round").expect("news");
    assert_eq!(pending, 21);
    assert_recorded(&store);
    drop((archiver, store));

    let store = followed.open();
    let mut archiver = followed.archiver(BlobSource::Files(missing()), &store);
    let tips = archiver.sync().await.expect("nothing has to be fetched again");
    assert_eq!(tips.expect("a first round has news").pending, 21);
}

/// Proposals that are in no calldata are found in what anvil traces, by either method, and blobs that nobody has are made
/// again from what an Aztec node recorded of its blocks.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_rebuilt_from_traces_and_from_the_blocks_of_an_aztec_node() {
    for untraced in ["trace_transaction", "debug_traceTransaction"] {
        let replay = Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("L1");
        let hiding = Faults { hides_calldata: true, ..Faults::default() };
        let hiding = Proxy::start(&replay.l1_url(), hiding).expect("a proxy");
        let denied = vec![untraced.to_owned()];
        let tracing = Faults { denied, ..Faults::default() };
        let tracing = Proxy::start(&replay.l1_url(), tracing).expect("a proxy");
        let node = AztecNode::new(replay.node_url().parse().expect("a URL"));
        let followed = Followed::over(replay, &[hiding.url()], &[tracing.url()]).await;
        let store = followed.open();
        let tips = followed.archiver(BlobSource::Node(node), &store).sync().await;
        assert_eq!(tips.expect("a round").expect("news").pending, 21, "without {untraced}");
        assert_recorded(&store);
    }
}

/// Sixty questions at once are three requests, or sixty more where a node takes no batches.
#[tokio::test(flavor = "multi_thread")]
async fn questions_at_the_same_time_are_asked_in_batches() {
    let replay = Replay::start(&vectors::path("private/fixture"), &peers::path("bin/anvil")).expect("L1");
    let proxy = Proxy::start(&replay.l1_url(), Faults::default()).expect("a proxy");
    let followed = Followed::over(replay, &[proxy.url()], &[]).await;
    let before = proxy.batches();
    for refuses_batches in [false, true] {
        proxy.set(Faults { refuses_batches, ..Faults::default() });
        let asked = try_join_all((1..=60_u64).map(|number| followed.l1.block(number))).await;
        let numbers: Vec<u64> = asked.expect("blocks").iter().map(|block| block.number).collect();
        assert_eq!(numbers, (1..=60).collect::<Vec<_>>(), "each its own answer");
    }
    // Three for each sixty; more where the machine is busy, and questions come while a batch is already on its way.
    let batches = proxy.batches() - before;
    assert!((6..=20).contains(&batches), "{batches}");
}

fn missing() -> FileStore {
    FileStore::new(&"file:///nonexistent".parse().expect("a URL"), "folder").expect("a file URL")
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_that_l1_undoes_are_taken_back() {
    let followed = Followed::start().await;
    let store = followed.open();
    let trees = RedbTrees::open(&followed.replay.folder().join("state.redb")).expect("a store");
    let state =
        Synchronizer::open(trees, &funded().genesis().expect("legal"), Arc::clone(&store)).expect("a state");
    let mut archiver = followed.archiver(followed.files(), &store);
    let tips = archiver.sync().await.expect("a round").expect("news");
    state.follow(&tips).expect("a state");

    followed.set_tips(20, 0);
    let tips = archiver.sync().await.expect("a round").expect("news");
    assert_eq!(tips.pending, 20, "L1 no longer has the last checkpoint");
    state.follow(&tips).expect("a state");
    let kept = store.tip().expect("a store").expect("a tip").checkpoint.archive;
    let latest = state.state().latest().expect("a state").snapshot(TreeId::Archive).expect("a root");
    assert_eq!(latest, kept);

    followed.set_tips(21, 4);
    let tips = archiver.sync().await.expect("a round").expect("news");
    assert_eq!((tips.pending, tips.proven), (21, 4), "it is there again, and an epoch is proven");
    state.follow(&tips).expect("a state");
    assert_recorded(&store);
    assert_state(&state);
}
