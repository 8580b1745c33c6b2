//! Two recorded networks, rebuilt and recomputed: blocks, checkpoints, txs, blobs, world state.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_kernels::Fr;
use chinampa_protocol::blob::batch::{BatchAccumulator, CheckpointBlobs, EpochOpenings};
use chinampa_protocol::blob::stream::CheckpointBlobData;
use chinampa_protocol::blob::{Blob, blobs_hash};
use chinampa_protocol::block::{BlockHeader, Checkpoint, CheckpointHeader, L2Block};
use chinampa_protocol::circuits::{NullifierLeaf, PublicDataTreeLeaf, SpongeBlob};
use chinampa_protocol::codec::{Decode, Encode};
use chinampa_protocol::tree::ephemeral::{epoch_out_hash, in_hash};
use chinampa_protocol::tree::{BlockUpdate, Genesis, MemoryStore, TreeId, WorldState};
use chinampa_protocol::tx::Tx;
use chinampa_testkit::vectors;
use serde_json::Value;

const NETWORKS: [&str; 2] = ["localnet", "localnet-attested"];
/// Both networks were recorded with epochs of four slots.
const SLOTS_PER_EPOCH: u32 = 4;

fn load(network: &str, name: &str) -> Value {
    vectors::json(&format!("{network}/{name}.json.gz"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn fr(value: &Value) -> Fr {
    text(value).parse().expect("a canonical field")
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(text(value)).expect("base64")
}

/// The checkpoints as the binaries have them.
fn checkpoints(network: &str) -> Vec<Checkpoint> {
    let recorded = load(network, "checkpoints");
    let decode = |entry: &Value| Checkpoint::from_bytes(&base64(&entry["checkpoint"])).expect("a checkpoint");
    list(&recorded).iter().map(decode).collect()
}

/// L1 to L2 messages by checkpoint, in the order of their leaves.
fn messages(network: &str) -> BTreeMap<u32, Vec<Fr>> {
    let mut sorted: BTreeMap<u64, Fr> = BTreeMap::new();
    for call in list(&load(network, "rpc/l1_to_l2_messages")) {
        if call["request"]["method"] == "node_getL1ToL2MessageMembershipWitness" {
            let index = text(&call["response"]["result"][0]).parse().expect("an index");
            sorted.insert(index, fr(&call["request"]["params"][1]));
        }
    }
    let mut by_checkpoint: BTreeMap<u32, Vec<Fr>> = BTreeMap::new();
    for (index, message) in sorted {
        let checkpoint = u32::try_from(index / 1_024 + 1).expect("small");
        by_checkpoint.entry(checkpoint).or_default().push(message);
    }
    by_checkpoint
}

#[test]
fn headers_have_the_recorded_hashes() {
    for network in NETWORKS {
        let headers = load(network, "rpc/headers");
        let blocks = load(network, "blocks");
        for (number, json) in list(&headers).iter().enumerate() {
            let header: BlockHeader = serde_json::from_value(json.clone()).expect("a header");
            assert_eq!(BlockHeader::from_bytes(&header.to_bytes()).expect("bytes"), header);
            let mut again = serde_json::to_value(header).expect("JSON");
            if let Some(cache) = json.get("_cachedHash") {
                again["_cachedHash"] = cache.clone();
            }
            assert_eq!(&again, json, "{network}: header {number}");
            if number > 0 {
                let recorded = &blocks[number - 1];
                assert_eq!(recorded["number"], number);
                assert_eq!(header.hash(), fr(&recorded["hash"]), "{network}: block {number}");
            }
        }
    }
}

#[test]
fn blocks_and_checkpoints_are_equal_in_bytes_and_json() {
    for network in NETWORKS {
        let mut from_rpc: BTreeMap<u32, Checkpoint> = BTreeMap::new();
        for call in list(&load(network, "rpc/getCheckpoints")) {
            for entry in call["response"]["result"].as_array().into_iter().flatten() {
                let checkpoint: Checkpoint =
                    serde_json::from_value(entry["checkpoint"].clone()).expect("JSON");
                let again = serde_json::to_value(&checkpoint).expect("JSON");
                assert_eq!(again, without_caches(&entry["checkpoint"]), "{network}: checkpoint JSON");
                from_rpc.insert(checkpoint.number, checkpoint);
            }
        }
        let recorded = load(network, "checkpoints");
        for (entry, checkpoint) in list(&recorded).iter().zip(checkpoints(network)) {
            let number = checkpoint.number;
            assert!(checkpoint.to_bytes() == base64(&entry["checkpoint"]), "{network}: checkpoint {number}");
            assert_eq!(checkpoint.header.hash(), fr(&entry["hash"]), "{network}: checkpoint {number}");
            assert_eq!(from_rpc.get(&number), Some(&checkpoint), "{network}: checkpoint {number}");
            assert_eq!(checkpoint.block_headers_hash(), checkpoint.header.block_headers_hash);
            let header = checkpoint.header;
            assert_eq!(CheckpointHeader::from_bytes(&header.to_bytes()).expect("bytes"), header);
        }
        for entry in list(&load(network, "blocks")) {
            let bytes = base64(&entry["l2block"]);
            let block = L2Block::from_bytes(&bytes).expect("a block");
            assert!(block.to_bytes() == bytes, "{network}: block {}", entry["number"]);
            assert_eq!(block.header.hash(), fr(&entry["hash"]));
        }
    }
}

/// Header JSON of a block carries an empty cache object that means nothing.
fn without_caches(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| key.as_str() != "_cachedHash");
            Value::Object(kept.map(|(key, value)| (key.clone(), without_caches(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_caches).collect()),
        other => other.clone(),
    }
}

#[test]
fn txs_are_equal_in_bytes_and_json_and_pass_their_checks() {
    let mut seen = 0;
    for network in NETWORKS {
        let mut by_hash = BTreeMap::new();
        for name in names(&format!("{network}/txs")) {
            let bytes = vectors::bytes(&name);
            let tx = Tx::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(tx.to_bytes() == bytes, "{name}");
            tx.check().unwrap_or_else(|error| panic!("{name}: {error}"));
            by_hash.insert(tx.tx_hash, tx);
            seen += 1;
        }
        for name in names(&format!("{network}/rpc/txs")) {
            let json: Value = vectors::json(&name);
            let json = &json["response"]["result"];
            let tx: Tx =
                serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(&serde_json::to_value(&tx).expect("JSON"), json, "{name}");
            assert_eq!(by_hash.get(&tx.tx_hash), Some(&tx), "{name} equals its binary");
        }
        let effects = checkpoints(network).into_iter().flat_map(|checkpoint| checkpoint.blocks);
        for effect in effects.flat_map(|block| block.body.tx_effects) {
            assert!(by_hash.contains_key(&effect.tx_hash), "{network}: {} was recorded", effect.tx_hash);
        }
    }
    assert_eq!(seen, 52);
}

fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(vectors::path(folder)).expect("a folder of vectors");
    let mut names: Vec<_> = entries
        .map(|entry| format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{folder} has vectors");
    names
}

#[test]
fn blobs_are_what_the_blocks_say() {
    for network in NETWORKS {
        let blobs: BTreeMap<String, Value> = vectors::json(&format!("{network}/blobs.json.gz"));
        let recorded = load(network, "checkpoints");
        for (entry, checkpoint) in list(&recorded).iter().zip(checkpoints(network)) {
            let what = format!("{network}: checkpoint {}", checkpoint.number);
            let data = CheckpointBlobData::from(&checkpoint);
            let fields = data.to_fields();
            assert_eq!(fields.len() as u64, entry["blobFields"].as_u64().expect("a count"), "{what}");

            let laid = CheckpointBlobs::new(&fields).expect("few fields");
            let mut published = Vec::new();
            let mut commitments = Vec::new();
            for blob in &laid.blobs {
                let commitment = blob.commitment().expect("canonical");
                commitments.push(commitment);
                let hash = format!("0x{}", hex::encode(commitment.versioned_hash()));
                let on_l1 = blobs.get(&hash).unwrap_or_else(|| panic!("{what}: L1 has no blob {hash}"));
                assert_eq!(text(&on_l1["kzg_commitment"]), format!("0x{}", hex::encode(commitment.0)));
                let bytes = hex::decode(text(&on_l1["blob"]).trim_start_matches("0x")).expect("hex");
                assert!(blob.as_bytes() == bytes, "{what}: blob {hash}");
                published.extend(Blob::from_bytes(&bytes).expect("a blob").fields().expect("fields"));
            }
            assert_eq!(blobs_hash(&commitments), checkpoint.header.blobs_hash, "{what}");
            assert_eq!(CheckpointBlobData::from_fields(&published).expect("readable"), data, "{what}");

            let mut sponge = SpongeBlob::init();
            for (block, blob_data) in checkpoint.blocks.iter().zip(&data.blocks) {
                let mut fields = Vec::new();
                blob_data.extend_fields(&mut fields);
                sponge.absorb(&fields).expect("never squeezed");
                let squeezed = sponge.squeezed().expect("never squeezed");
                assert_eq!(squeezed, block.header.sponge_blob_hash, "{what}");
            }
        }
    }
}

#[test]
fn message_hashes_lead_to_the_headers() {
    for network in NETWORKS {
        let messages = messages(network);
        let mut epoch = (0, Vec::new());
        for checkpoint in checkpoints(network) {
            let what = format!("{network}: checkpoint {}", checkpoint.number);
            let inserted = messages.get(&checkpoint.number).cloned().unwrap_or_default();
            assert_eq!(in_hash(&inserted), Some(checkpoint.header.in_hash), "{what}: in hash");
            let number = checkpoint.header.slot_number / SLOTS_PER_EPOCH;
            if epoch.0 != number {
                epoch = (number, Vec::new());
            }
            epoch.1.push(checkpoint.out_hash());
            assert_eq!(epoch_out_hash(&epoch.1), Some(checkpoint.header.epoch_out_hash), "{what}: out hash");
        }
    }
}

/// L1 keeps the running hash over an epoch's commitments; the batch must arrive at the same.
#[test]
fn batched_openings_verify_and_agree_with_l1() {
    for network in NETWORKS {
        let calls = load(network, "eth_calls");
        let on_l1: BTreeMap<String, Fr> = list(&calls)
            .iter()
            .filter(|call| call["fn"] == "getCheckpoint")
            .map(|call| {
                // The third word of the result is the hash over the commitments.
                let word = &text(&call["result"])[2 + 2 * 64..2 + 3 * 64];
                (text(&call["args"][0]).to_owned(), format!("0x{word}").parse().expect("a field"))
            })
            .collect();
        let mut epochs: BTreeMap<u32, Vec<Checkpoint>> = BTreeMap::new();
        for checkpoint in checkpoints(network) {
            epochs.entry(checkpoint.header.slot_number / SLOTS_PER_EPOCH).or_default().push(checkpoint);
        }
        for (epoch, checkpoints) in epochs {
            let laid: Vec<_> = checkpoints
                .iter()
                .map(|checkpoint| {
                    CheckpointBlobs::new(&CheckpointBlobData::from(checkpoint).to_fields())
                        .expect("few fields")
                })
                .collect();
            let EpochOpenings { challenges, evaluations } = EpochOpenings::compute(&laid).expect("canonical");
            let mut evaluations = evaluations.iter();
            let mut accumulator = BatchAccumulator::default();
            for (checkpoint, laid) in checkpoints.iter().zip(&laid) {
                for blob in &laid.blobs {
                    let commitment = blob.commitment().expect("canonical");
                    let evaluation = evaluations.next().expect("one a blob");
                    accumulator = accumulator
                        .accumulate(laid.blob_fields_hash, &commitment, evaluation, &challenges)
                        .expect("points");
                }
                let expected = on_l1[&checkpoint.number.to_string()];
                assert_eq!(
                    accumulator.public.blob_commitments_hash_acc, expected,
                    "{network}: epoch {epoch}"
                );
            }
            accumulator.finalize(&challenges).unwrap_or_else(|error| panic!("{network} {epoch}: {error}"));
        }
    }
}

fn genesis(network: &str) -> Genesis {
    let recorded: Value = vectors::json(&format!("{network}/genesis.json"));
    let writes = list(&recorded["prefilledPublicData"]);
    let writes = writes.iter().map(|write| serde_json::from_value::<PublicDataTreeLeaf>(write.clone()));
    let genesis =
        Genesis::with_public_data(writes.map(|write| write.expect("a leaf")).collect()).expect("legal");
    let state = WorldState::open(MemoryStore::default(), &genesis).expect("genesis");
    let root = state.latest().expect("block 0").root(TreeId::Archive).expect("root");
    assert_eq!(root, fr(&recorded["genesisArchiveRoot"]), "{network}");
    genesis
}

#[test]
fn every_block_leads_to_its_state() {
    for network in NETWORKS {
        let messages = messages(network);
        let state = WorldState::open(MemoryStore::default(), &genesis(network)).expect("genesis");
        for checkpoint in checkpoints(network) {
            let inserted = messages.get(&checkpoint.number).cloned().unwrap_or_default();
            for block in &checkpoint.blocks {
                let update = BlockUpdate::new(block, &inserted);
                state.apply_block(&update).unwrap_or_else(|error| panic!("{network}: {error}"));
            }
            let tip = state.latest().expect("tip").snapshot(TreeId::Archive).expect("small");
            assert_eq!(tip, checkpoint.archive, "{network}: archive after checkpoint {}", checkpoint.number);
        }
        assert_witnesses(network, &state);
    }
}

/// Witnesses that the real node gave, of the newest block and of block 5.
fn assert_witnesses(network: &str, state: &WorldState<MemoryStore>) {
    for call in list(&load(network, "rpc/tree_witnesses")) {
        let params = &call["request"]["params"];
        let mut fork = match params[0].as_u64() {
            Some(block) => state.fork_at(u32::try_from(block).expect("small")).expect("history"),
            None => state.latest().expect("tip"),
        };
        let result = &call["response"]["result"];
        let what = format!("{network}: {}", call["request"]);
        match text(&call["request"]["method"]) {
            "node_findLeavesIndexes" => {
                let tree = TreeId::ALL[usize::try_from(params[1].as_u64().expect("a tree")).expect("small")];
                let found: Vec<Option<u64>> =
                    list(&params[2]).iter().map(|leaf| fork.find(tree, fr(leaf)).expect("store")).collect();
                let expected: Vec<Option<u64>> = list(result)
                    .iter()
                    .map(|found| found.get("data").map(|index| text(index).parse().expect("an index")))
                    .collect();
                assert_eq!(found, expected, "{what}");
            }
            "node_getNullifierMembershipWitness" => {
                let index = fork.find(TreeId::Nullifier, fr(&params[1])).expect("store");
                assert_leaf::<NullifierLeaf>(&mut fork, index, result, &what);
            }
            "node_getLowNullifierMembershipWitness" => {
                let index = fork.find_low::<NullifierLeaf>(fr(&params[1])).expect("store").index;
                assert_leaf::<NullifierLeaf>(&mut fork, Some(index), result, &what);
            }
            "node_getPublicDataWitness" => {
                let index = fork.find_low::<PublicDataTreeLeaf>(fr(&params[1])).expect("store").index;
                assert_leaf::<PublicDataTreeLeaf>(&mut fork, Some(index), result, &what);
            }
            other => panic!("unknown method {other}"),
        }
    }
}

fn assert_leaf<L>(
    fork: &mut chinampa_protocol::tree::Fork<'_, MemoryStore>,
    index: Option<u64>,
    recorded: &Value,
    what: &str,
) where
    L: chinampa_protocol::tree::IndexedLeaf + serde::Serialize,
{
    if recorded.is_null() {
        assert_eq!(index, None, "{what}");
        return;
    }
    let index = index.unwrap_or_else(|| panic!("{what}: not found"));
    assert_eq!(index.to_string(), text(&recorded["index"]), "{what}");
    let leaf = fork.leaf::<L>(index).expect("store").expect("a leaf");
    assert_eq!(serde_json::to_value(leaf).expect("JSON"), recorded["leafPreimage"], "{what}");
    let mut path = Vec::new();
    let siblings = fork.sibling_path(L::TREE, index).expect("path");
    u32::try_from(siblings.len()).expect("small").encode(&mut path);
    siblings.iter().for_each(|sibling| sibling.encode(&mut path));
    assert!(path == base64(&recorded["siblingPath"]), "{what}: path");
}
