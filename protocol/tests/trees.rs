//! Every tree operation against values of Aztec's own world state (`trees.json`).

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash;
use chinampa_protocol::circuits::{NullifierLeaf, PublicDataTreeLeaf};
use chinampa_protocol::constants;
use chinampa_protocol::state::{AppendOnlyTreeSnapshot, PartialStateReference, StateReference};
use chinampa_protocol::tree::{
    BatchInsertion, BlockUpdate, Fork, Genesis, IndexedLeaf, IndexedLeafPreimage, LeafWitness, MemoryStore,
    SequentialInsertion, TreeError, TreeId, TxUpdate, WorldState, balanced_sha_root, ephemeral,
    unbalanced_poseidon_root, unbalanced_sha_root, wonky_sha_root, zero_hash,
};
use chinampa_testkit::vectors;
use serde_json::Value;

fn golden() -> Value {
    vectors::json("trees.json")
}

fn fr(value: &Value) -> Fr {
    value.as_str().expect("a field is text").parse().expect("a canonical field")
}

fn frs(value: &Value) -> Vec<Fr> {
    list(value).iter().map(fr).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().expect("decimal"),
        other => other.as_u64().expect("a number"),
    }
}

fn nullifier(value: &Value) -> NullifierLeaf {
    NullifierLeaf { nullifier: fr(value) }
}

fn public_data(value: &Value) -> PublicDataTreeLeaf {
    PublicDataTreeLeaf {
        slot: fr(value.get("slot").unwrap_or(&value["leafSlot"])),
        value: fr(&value["value"]),
    }
}

/// A leaf as the recording prints it: its own members and the link beside them.
trait Recorded: IndexedLeaf + std::fmt::Debug {
    fn recorded(value: &Value) -> Self;

    fn preimage(value: &Value) -> IndexedLeafPreimage<Self> {
        let next_index = chinampa_protocol::codec::TreeIndex(number(&value["nextIndex"]));
        IndexedLeafPreimage { leaf: Self::recorded(value), next_key: fr(&value["nextKey"]), next_index }
    }
}

impl Recorded for NullifierLeaf {
    fn recorded(value: &Value) -> Self {
        nullifier(&value["nullifier"])
    }
}

impl Recorded for PublicDataTreeLeaf {
    fn recorded(value: &Value) -> Self {
        public_data(value)
    }
}

fn new_state() -> WorldState<MemoryStore> {
    WorldState::open(MemoryStore::default(), &Genesis::default()).expect("genesis")
}

fn tree_of(name: &str) -> TreeId {
    match name {
        "nullifier" => TreeId::Nullifier,
        "noteHash" => TreeId::NoteHash,
        "publicData" => TreeId::PublicData,
        "l1ToL2Message" => TreeId::L1ToL2Message,
        "archive" => TreeId::Archive,
        other => panic!("unknown tree {other}"),
    }
}

fn assert_tree(fork: &mut Fork<'_, MemoryStore>, tree: TreeId, recorded: &Value, what: &str) {
    assert_eq!(fork.root(tree).expect("root"), fr(&recorded["root"]), "{what}: root of {tree:?}");
    assert_eq!(fork.size(tree), number(&recorded["size"]), "{what}: size of {tree:?}");
}

fn assert_trees(fork: &mut Fork<'_, MemoryStore>, recorded: &Value, what: &str) {
    for (name, tree) in recorded.as_object().expect("five trees") {
        assert_eq!(number(&tree["depth"]), tree_of(name).height() as u64, "{what}: depth of {name}");
        assert_tree(fork, tree_of(name), tree, what);
    }
}

fn assert_witness<L: Recorded>(ours: &LeafWitness<L>, recorded: &Value, what: &str) {
    assert_eq!(ours.index, number(&recorded["index"]), "{what}: index");
    let preimage = recorded.get("leafPreimage").unwrap_or(&recorded["preimage"]);
    assert_eq!(ours.preimage, L::preimage(preimage), "{what}: leaf");
    assert_eq!(ours.sibling_path, frs(&recorded["siblingPath"]), "{what}: path");
}

/// The recording has the first low leaves of a batch; the others are bound by the order, the low leaf indexes
/// and the root.
fn assert_batch<L: Recorded>(ours: &BatchInsertion<L>, recorded: &Value, what: &str) {
    let witnesses = list(&recorded["lowLeavesWitnessData"]);
    for (index, witness) in witnesses.iter().enumerate() {
        assert_witness(&ours.low_leaves[index], witness, &format!("{what}: low leaf {index}"));
    }
    let pairs = ours.low_leaves.iter().zip(&ours.sorted_leaves);
    for (padding, _) in pairs.filter(|(_, leaf)| leaf.is_empty()) {
        assert_eq!((padding.index, padding.preimage), (0, IndexedLeafPreimage::default()), "{what}: padding");
        assert!(padding.sibling_path.iter().all(Fr::is_zero), "{what}: path of padding");
    }
    let indexes: Vec<u64> = ours.sorted_indexes.iter().map(|index| u64::from(*index)).collect();
    let expected: Vec<u64> = list(&recorded["sortedNewLeavesIndexes"]).iter().map(number).collect();
    assert_eq!(indexes, expected, "{what}: order");
}

fn assert_sequential<L: Recorded>(ours: &[SequentialInsertion<L>], recorded: &Value, what: &str) {
    let low = list(&recorded["lowLeavesWitnessData"]);
    let insertions = list(&recorded["insertionWitnessData"]);
    assert_eq!((ours.len(), ours.len()), (low.len(), insertions.len()), "{what}: count");
    for (index, step) in ours.iter().enumerate() {
        assert_witness(&step.low_leaf, &low[index], &format!("{what}: low leaf {index}"));
        assert_witness(&step.insertion, &insertions[index], &format!("{what}: insertion {index}"));
    }
}

#[test]
fn heights_and_zero_hashes() {
    let golden = golden();
    for (name, height) in golden["heights"].as_object().expect("heights") {
        assert_eq!(tree_of(name).height() as u64, number(height), "{name}");
    }
    for (level, zero) in list(&golden["zeroHashes"]).iter().enumerate() {
        assert_eq!(zero_hash(level), fr(zero), "level {level}");
    }
}

#[test]
fn genesis_without_and_with_public_data() {
    let golden = golden();
    let genesis = &golden["genesis"];
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    assert_trees(&mut fork, &genesis["trees"], "genesis");
    assert_eq!(fork.root(TreeId::Archive).expect("root"), constants::GENESIS_ARCHIVE_ROOT);
    let reference: StateReference = serde_json::from_value(serde_json::json!({
        "l1ToL2MessageTree": genesis["stateReference"]["l1ToL2MessageTree"],
        "partial": genesis["stateReference"],
    }))
    .expect("a state reference");
    assert_eq!(fork.state_reference().expect("state"), reference);
    let header = chinampa_protocol::block::BlockHeader { state: reference, ..Default::default() };
    assert_eq!(header.hash(), fr(&genesis["initialHeaderHash"]));
    assert_eq!(header.hash(), constants::GENESIS_BLOCK_HEADER_HASH);
    let bytes = chinampa_protocol::codec::Encode::to_bytes(&header);
    assert_eq!(format!("0x{}", hex::encode(bytes)), genesis["initialHeaderBuffer"].as_str().expect("hex"));
    let fields = chinampa_protocol::codec::ToFields::fields(&header);
    assert_eq!(fields, frs(&genesis["initialHeaderFields"]));
    for (name, leaf) in genesis["someLeaves"].as_object().expect("leaves") {
        let (tree, index) = name.trim_end_matches(']').split_once('[').expect("tree[index]");
        let (tree, index) = (tree_of(tree), index.parse().expect("an index"));
        assert_eq!(fork.sibling_path(tree, index).expect("path"), frs(&leaf["siblingPath"]), "{name}");
        match tree {
            TreeId::Nullifier => assert_eq!(
                fork.leaf(index).expect("leaf"),
                Some(NullifierLeaf::preimage(&leaf["preimage"])),
                "{name}"
            ),
            TreeId::PublicData => assert_eq!(
                fork.leaf(index).expect("leaf"),
                Some(PublicDataTreeLeaf::preimage(&leaf["preimage"])),
                "{name}"
            ),
            _ => assert_eq!(fork.leaf_value(tree, index).expect("leaf"), fr(&leaf["value"]), "{name}"),
        }
    }

    let prefilled = &golden["genesisPrefilled"];
    let writes = list(&prefilled["prefilledPublicData"]).iter().map(public_data).collect();
    let genesis = Genesis::with_public_data(writes).expect("legal writes");
    let state = WorldState::open(MemoryStore::default(), &genesis).expect("genesis");
    let mut fork = state.latest().expect("block 0");
    assert_trees(&mut fork, &prefilled["trees"], "prefilled genesis");
    assert_eq!(fork.leaf_value(TreeId::Archive, 0).expect("leaf"), fr(&prefilled["initialHeaderHash"]));
    for leaf in list(&prefilled["last8"]) {
        let expected = PublicDataTreeLeaf::preimage(&leaf["preimage"]);
        assert_eq!(fork.leaf(number(&leaf["index"])).expect("leaf"), Some(expected));
    }
}

#[test]
fn genesis_refuses_public_data_that_does_not_fit() {
    let leaf = |slot: u64| PublicDataTreeLeaf { slot: Fr::from(slot), value: Fr::ONE };
    let refused = |writes| matches!(Genesis::with_public_data(writes), Err(TreeError::Genesis { .. }));
    assert!(Genesis::with_public_data(vec![leaf(127)]).is_ok(), "127 replaces the default key 127");
    assert!(refused(vec![leaf(126)]), "126 is a default key that stays");
    assert!(refused(vec![leaf(500), leaf(500)]), "a slot twice");
    assert!(Genesis::with_public_data((1_000..1_127).map(leaf).collect()).is_ok(), "127 writes");
    assert!(refused((1_000..1_128).map(leaf).collect()), "128 writes leave no leaf with key 0");
}

#[test]
fn appends_and_their_witnesses() {
    let golden = golden();
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    for (index, append) in list(&golden["noteHashAppend"]).iter().enumerate() {
        fork.append(TreeId::NoteHash, &frs(&append["leaves"])).expect("room");
        assert_tree(&mut fork, TreeId::NoteHash, append, &format!("append {index}"));
    }
    for witness in list(&golden["noteHashWitness"]) {
        let index = number(&witness["index"]);
        assert_eq!(fork.leaf_value(TreeId::NoteHash, index).expect("leaf"), fr(&witness["leaf"]), "{index}");
        let path = fork.sibling_path(TreeId::NoteHash, index).expect("path");
        assert_eq!(path, frs(&witness["siblingPath"]), "{index}");
        if !fr(&witness["leaf"]).is_zero() {
            let found = fork.find(TreeId::NoteHash, fr(&witness["leaf"])).expect("store");
            assert_eq!(found, Some(index), "leaf {index} is found by its value");
        }
    }
    let append = &golden["l1ToL2Append"];
    let mut leaves = frs(&append["leaves"]);
    leaves.resize(number(&append["paddedTo"]) as usize, Fr::ZERO);
    fork.append(TreeId::L1ToL2Message, &leaves).expect("room");
    assert_tree(&mut fork, TreeId::L1ToL2Message, append, "messages");
    assert_eq!(fork.sibling_path(TreeId::L1ToL2Message, 1).expect("path"), frs(&append["siblingPathOf1"]));
}

#[test]
fn nullifier_batches_with_every_witness() {
    let golden = golden();
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    let mut silent = state.latest().expect("block 0");
    for (index, batch) in list(&golden["nullifierBatch"]).iter().enumerate() {
        let what = format!("batch {index}");
        let leaves: Vec<_> = list(&batch["values"]).iter().map(nullifier).collect();
        let depth = constants::NULLIFIER_SUBTREE_HEIGHT;
        let inserted = fork.batch_insert_with_witnesses(&leaves, depth).expect(&what);
        assert_batch(&inserted, batch, &what);
        assert_eq!(inserted.subtree_sibling_path, frs(&batch["newSubtreeSiblingPath"]), "{what}: subtree");
        let sorted: Vec<_> = list(&batch["sortedNewLeaves"]).iter().map(nullifier).collect();
        assert_eq!(inserted.sorted_leaves, sorted, "{what}: sorted leaves");
        let low: Vec<u64> = inserted.low_leaves.iter().map(|leaf| leaf.index).collect();
        let expected: Vec<u64> = list(&batch["lowLeafIndexes"]).iter().map(number).collect();
        assert_eq!(low, expected, "{what}: low leaf indexes");
        assert_tree(&mut fork, TreeId::Nullifier, batch, &what);
        silent.batch_insert(&leaves).expect(&what);
        assert_tree(&mut silent, TreeId::Nullifier, batch, &format!("{what} without witnesses"));
    }
    for query in list(&golden["nullifierQueries"]["findLow"]) {
        let low = fork.find_low::<NullifierLeaf>(fr(&query["key"])).expect("store");
        assert_eq!(low.index, number(&query["index"]), "low leaf of {}", query["key"]);
        assert_eq!(low.already_present, query["alreadyPresent"].as_bool().expect("a flag"));
    }
    for witness in list(&golden["nullifierQueries"]["witness"]) {
        let index = number(&witness["index"]);
        let preimage = fork.leaf(index).expect("leaf").expect("a leaf");
        let sibling_path = fork.sibling_path(TreeId::Nullifier, index).expect("path");
        assert_witness::<NullifierLeaf>(&LeafWitness { index, preimage, sibling_path }, witness, "query");
    }
}

#[test]
fn refused_batches_change_nothing() {
    let golden = golden();
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    let first: Vec<_> = list(&golden["nullifierBatch"][0]["values"]).iter().map(nullifier).collect();
    let before = (fork.root(TreeId::Nullifier).expect("root"), fork.size(TreeId::Nullifier));
    let twice = vec![first[2], first[0], first[2]];
    let error = fork.batch_insert_with_witnesses(&twice, 6).expect_err("the same key twice");
    assert!(
        matches!(error, TreeError::DuplicateKey { tree: TreeId::Nullifier, key } if key == first[2].key())
    );
    assert_eq!((fork.root(TreeId::Nullifier).expect("root"), fork.size(TreeId::Nullifier)), before);

    fork.batch_insert(&first).expect("fresh keys");
    let before = (fork.root(TreeId::Nullifier).expect("root"), fork.size(TreeId::Nullifier));
    let fresh = NullifierLeaf { nullifier: Fr::from(u64::MAX) };
    let error = fork.batch_insert(&[fresh, first[0]]).expect_err("a key that is there");
    assert!(matches!(error, TreeError::KeyExists { tree: TreeId::Nullifier, key } if key == first[0].key()));
    let error = fork.sequential_insert(&[fresh, first[0]]).expect_err("a key that is there");
    assert!(matches!(error, TreeError::KeyExists { .. }));
    assert_eq!((fork.root(TreeId::Nullifier).expect("root"), fork.size(TreeId::Nullifier)), before);
    assert_eq!(fork.find(TreeId::Nullifier, fresh.key()).expect("store"), None);

    let error = fork.batch_insert_with_witnesses(&[fresh; 65], 6).expect_err("65 leaves in a subtree of 64");
    assert!(matches!(error, TreeError::Unaligned { added: 65, depth: 6, .. }));
    fork.batch_insert(&[fresh]).expect("one position");
    let error = fork.batch_insert_with_witnesses::<NullifierLeaf>(&[], 6).expect_err("not aligned any more");
    assert!(matches!(error, TreeError::Unaligned { size: 193, .. }));
}

#[test]
fn nullifiers_one_by_one() {
    let golden = golden();
    let recorded = &golden["nullifierSequential"];
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    let leaves: Vec<_> = list(&recorded["values"]).iter().map(nullifier).collect();
    let inserted = fork.sequential_insert(&leaves).expect("fresh keys");
    assert_sequential(&inserted, recorded, "sequential");
    assert_tree(&mut fork, TreeId::Nullifier, recorded, "sequential");
    fork.batch_insert(&[NullifierLeaf::default(); 60]).expect("padding");
    assert_tree(&mut fork, TreeId::Nullifier, &recorded["afterPad64"], "padded to 64");
    let mut fork = state.latest().expect("block 0");
    let mut padded = leaves;
    padded.resize(64, NullifierLeaf::default());
    fork.batch_insert(&padded).expect("fresh keys");
    assert_tree(&mut fork, TreeId::Nullifier, &recorded["batchEquivalent"], "as a batch");
}

#[test]
fn public_writes_one_by_one_and_as_a_batch() {
    let golden = golden();
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    for (index, step) in list(&golden["publicDataSequential"]).iter().enumerate() {
        let what = format!("public writes {index}");
        let writes: Vec<_> = list(&step["writes"]).iter().map(public_data).collect();
        let inserted = fork.sequential_insert(&writes).expect(&what);
        assert_sequential(&inserted, step, &what);
        assert_tree(&mut fork, TreeId::PublicData, step, &what);
    }
    for witness in list(&golden["publicDataWitness"]) {
        let index = number(&witness["index"]);
        let preimage = fork.leaf(index).expect("leaf").expect("a leaf");
        let sibling_path = fork.sibling_path(TreeId::PublicData, index).expect("path");
        assert_witness::<PublicDataTreeLeaf>(
            &LeafWitness { index, preimage, sibling_path },
            witness,
            "public",
        );
    }

    let batch = &golden["publicDataBatch"];
    assert_eq!(batch["start"], "genesis + sequential [(7,0)=10]");
    let mut fork = state.latest().expect("block 0");
    let slot = hash(&[Fr::from(7u64), Fr::ZERO]);
    fork.write_public_data(&[PublicDataTreeLeaf { slot, value: Fr::from(10u64) }]).expect("a write");
    let writes: Vec<_> = list(&batch["writes"]).iter().map(public_data).collect();
    let mut silent = fork.clone();
    // 129 leaves are there, so the batch starts in the middle of a subtree.
    let error = fork.batch_insert_with_witnesses(&writes, 2).expect_err("not aligned");
    assert!(matches!(error, TreeError::Unaligned { size: 129, depth: 2, .. }));
    let inserted = fork.batch_insert_with_witnesses(&writes, 0).expect("writes");
    assert_batch(&inserted, batch, "public batch");
    assert_tree(&mut fork, TreeId::PublicData, batch, "public batch");
    silent.batch_insert(&writes).expect("writes");
    assert_tree(&mut silent, TreeId::PublicData, batch, "public batch without witnesses");
}

#[test]
fn archive_and_ephemeral_trees() {
    let golden = golden();
    let update = &golden["archiveUpdate"];
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    fork.append(TreeId::Archive, &[fr(&update["header"]["hash"])]).expect("room");
    assert_tree(&mut fork, TreeId::Archive, update, "archive");
    assert_eq!(fork.sibling_path(TreeId::Archive, 1).expect("path"), frs(&update["siblingPathOf1"]));

    let leaves = frs(&golden["ephemeralLeaves"]);
    let first = |case: &Value| leaves[..number(&case["n"]) as usize].to_vec();
    for case in list(&golden["balancedSha"]) {
        let taken = first(case);
        assert_eq!(balanced_sha_root(&taken, taken.len()), Some(fr(&case["root"])), "{case}");
    }
    for case in list(&golden["unbalancedSha"]) {
        assert_eq!(unbalanced_sha_root(&first(case)), fr(&case["root"]), "{case}");
    }
    for case in list(&golden["unbalancedPoseidon"]) {
        assert_eq!(unbalanced_poseidon_root(&first(case)), fr(&case["root"]), "{case}");
    }
    for case in list(&golden["wonkySha"]) {
        let mask = case["mask"].as_str().expect("a mask").chars();
        let masked: Vec<_> =
            mask.zip(&leaves).map(|(bit, leaf)| if bit == '1' { *leaf } else { Fr::ZERO }).collect();
        assert_eq!(wonky_sha_root(&masked), fr(&case["root"]), "{case}");
    }
    for case in list(&golden["inHash"]) {
        assert_eq!(ephemeral::in_hash(&first(case)), Some(fr(&case["inHash"])), "{case}");
    }
    assert_eq!(balanced_sha_root(&leaves[..3], 2), None, "more leaves than the tree holds");
    assert_eq!(balanced_sha_root(&leaves[..3], 3), None, "not a power of two");
}

#[test]
fn fork_checkpoints() {
    let golden = golden();
    let steps = list(&golden["forkCheckpoints"]);
    let state = new_state();
    let mut fork = state.latest().expect("block 0");
    let value = |tag: u64, index: u64| hash(&[Fr::from(tag), Fr::from(index)]);
    for step in steps {
        match step["step"].as_str().expect("a name") {
            "start" => {}
            "checkpoint depth 1; append (10,0)" => {
                fork.checkpoint().expect("checkpoint");
                fork.append(TreeId::NoteHash, &[value(10, 0)]).expect("room");
            }
            "checkpoint depth 2; write (11,0)=1" => {
                fork.checkpoint().expect("checkpoint");
                let write = PublicDataTreeLeaf { slot: value(11, 0), value: Fr::ONE };
                fork.write_public_data(&[write]).expect("a write");
            }
            "revert inner" => fork.revert().expect("two are open"),
            "commit outer" => fork.commit().expect("one is open"),
            "depth 1,2; append (10,1),(10,2)" => {
                fork.checkpoint().expect("checkpoint");
                fork.append(TreeId::NoteHash, &[value(10, 1)]).expect("room");
                fork.checkpoint().expect("checkpoint");
                fork.append(TreeId::NoteHash, &[value(10, 2)]).expect("room");
            }
            "revertAllTo 0" => fork.revert_to(0),
            other => panic!("unknown step {other}"),
        }
        for (tree, name) in [
            (TreeId::NoteHash, "noteHashRoot"),
            (TreeId::Nullifier, "nullifierRoot"),
            (TreeId::PublicData, "publicDataRoot"),
        ] {
            assert_eq!(fork.root(tree).expect("root"), fr(&step[name]), "{}: {name}", step["step"]);
        }
    }
    assert!(matches!(fork.commit(), Err(TreeError::NoCheckpoint { op: "commit" })));
    assert!(matches!(fork.revert(), Err(TreeError::NoCheckpoint { op: "revert" })));
}

fn snapshot(tree: &Value) -> AppendOnlyTreeSnapshot {
    AppendOnlyTreeSnapshot {
        root: fr(&tree["root"]),
        next_available_leaf_index: u32::try_from(number(&tree["size"])).expect("small"),
    }
}

fn block_update(block: &Value, last_archive: AppendOnlyTreeSnapshot) -> BlockUpdate {
    let trees = &block["trees"];
    let txs = list(&block["txEffects"]).iter().map(|tx| TxUpdate {
        note_hashes: frs(&tx["noteHashes"]),
        nullifiers: frs(&tx["nullifiers"]),
        public_data_writes: list(&tx["publicDataWrites"]).iter().map(public_data).collect(),
    });
    BlockUpdate {
        number: u32::try_from(number(&block["blockNumber"])).expect("small"),
        hash: fr(&block["headerHash"]),
        last_archive,
        state: StateReference {
            l1_to_l2_message_tree: snapshot(&trees["l1ToL2Message"]),
            partial: PartialStateReference {
                note_hash_tree: snapshot(&trees["noteHash"]),
                nullifier_tree: snapshot(&trees["nullifier"]),
                public_data_tree: snapshot(&trees["publicData"]),
            },
        },
        archive: snapshot(&trees["archive"]),
        l1_to_l2_messages: (block["indexWithinCheckpoint"] == 0).then(|| frs(&block["l1ToL2Messages"])),
        txs: txs.collect(),
    }
}

fn synced(golden: &Value) -> (WorldState<MemoryStore>, Vec<BlockUpdate>) {
    let state = new_state();
    let mut updates = Vec::new();
    for block in list(&golden["blockSync"]) {
        let last_archive = state.latest().expect("tip").snapshot(TreeId::Archive).expect("small");
        let update = block_update(block, last_archive);
        state.apply_block(&update).expect("the block follows");
        assert_trees(&mut state.latest().expect("tip"), &block["trees"], &format!("block {}", update.number));
        updates.push(update);
    }
    (state, updates)
}

fn assert_history(state: &WorldState<MemoryStore>, golden: &Value) {
    let latest = state.status().expect("status").latest;
    for past in list(&golden["history"]) {
        let block = u32::try_from(number(&past["block"])).expect("small");
        if block > latest {
            continue;
        }
        let mut fork = state.fork_at(block).expect("history");
        assert_trees(&mut fork, &past["trees"], &format!("history of block {block}"));
        let path = fork.sibling_path(TreeId::Nullifier, 128).expect("path");
        assert_eq!(path, frs(&past["siblingPathNullifier128"]), "history of block {block}");
    }
}

#[test]
fn blocks_history_and_unwinding() {
    let golden = golden();
    let (state, updates) = synced(&golden);
    assert_history(&state, &golden);
    state.set_finalized(2).expect("block 2 is there");

    state.unwind_to(3).expect("block 3 is not finalized");
    let recorded = &golden["afterUnwindTo3"];
    assert_trees(&mut state.latest().expect("tip"), &recorded["trees"], "after unwinding to 3");
    let status = state.status().expect("status");
    assert_eq!(u64::from(status.latest), number(&recorded["summary"]["unfinalizedBlockNumber"]));
    assert_eq!(u64::from(status.finalized), number(&recorded["summary"]["finalizedBlockNumber"]));
    assert_history(&state, &golden);

    // Aztec's store stops at the finalized block with everything above it already gone; ours refuses as a whole.
    assert_eq!(golden["afterFailedUnwind"]["summary"]["unfinalizedBlockNumber"], 2);
    let error = state.unwind_to(1).expect_err("below the finalized block");
    assert!(matches!(error, TreeError::Finalized { block: 1, finalized: 2, .. }));
    assert_trees(&mut state.latest().expect("tip"), &recorded["trees"], "after the refused unwinding");
    assert!(matches!(state.unwind_to(4), Err(TreeError::NoSuchBlock { block: 4, latest: 3, .. })));
    state.unwind_to(3).expect("nothing to do");
    assert_trees(
        &mut state.latest().expect("tip"),
        &recorded["trees"],
        "after unwinding to the newest block",
    );
    state.unwind_to(2).expect("the finalized block itself stays");
    let trees = &golden["afterFailedUnwind"]["trees"];
    assert_trees(&mut state.latest().expect("tip"), trees, "after unwinding to 2");

    for update in &updates[2..] {
        state.apply_block(update).expect("the same block again");
    }
    assert_history(&state, &golden);
}

#[test]
fn a_fork_keeps_its_block_while_others_are_committed() {
    let golden = golden();
    let state = new_state();
    let updates = synced(&golden).1;
    state.apply_block(&updates[0]).expect("block 1");
    let mut fork = state.fork_at(1).expect("block 1");
    for update in &updates[1..] {
        state.apply_block(update).expect("the block follows");
    }
    assert_trees(&mut fork, &golden["history"][0]["trees"], "a fork opened at block 1");
    let path = fork.sibling_path(TreeId::Nullifier, 128).expect("path");
    assert_eq!(path, frs(&golden["history"][0]["siblingPathNullifier128"]));
    for key in updates[1].txs.iter().flat_map(|tx| &tx.nullifiers) {
        assert_eq!(fork.find(TreeId::Nullifier, *key).expect("store"), None, "{key} came later");
        assert!(!fork.find_low::<NullifierLeaf>(*key).expect("store").already_present);
    }
    // The fork can be written to as if it were the tip: block 2 again leads to the same tree.
    let all: Vec<Fr> = updates[1]
        .txs
        .iter()
        .flat_map(|tx| tx.nullifiers.iter().copied().chain(std::iter::repeat(Fr::ZERO)).take(64))
        .collect();
    fork.insert_nullifiers(&all).expect("fresh keys");
    assert_tree(&mut fork, TreeId::Nullifier, &golden["history"][1]["trees"]["nullifier"], "block 2 again");
}

#[test]
fn a_block_that_does_not_fit_changes_nothing() {
    let golden = golden();
    let (state, updates) = synced(&golden);
    let tip = &golden["blockSync"][3]["trees"];
    assert!(matches!(state.apply_block(&updates[0]), Err(TreeError::BlockOrder { expected: 5, actual: 1 })));
    let archive = state.latest().expect("tip").snapshot(TreeId::Archive).expect("small");
    let wrong = BlockUpdate { number: 5, last_archive: archive, ..updates[1].clone() };
    let error =
        state.apply_block(&BlockUpdate { txs: Vec::new(), ..wrong.clone() }).expect_err("wrong roots");
    assert!(matches!(error, TreeError::StateMismatch { block: 5, .. }));
    assert!(matches!(state.apply_block(&wrong), Err(TreeError::KeyExists { .. })), "nullifiers again");
    assert_trees(&mut state.latest().expect("tip"), tip, "after refused blocks");
}

#[test]
fn history_can_be_forgotten() {
    let golden = golden();
    let (state, _) = synced(&golden);
    assert!(matches!(state.remove_history_before(2), Err(TreeError::Finalized { finalized: 0, .. })));
    state.set_finalized(3).expect("block 3 is there");
    state.remove_history_before(3).expect("block 3 is finalized");
    assert!(matches!(state.fork_at(2), Err(TreeError::NoSuchBlock { block: 2, oldest: 3, latest: 4 })));
    assert_trees(&mut state.fork_at(3).expect("kept"), &golden["history"][2]["trees"], "block 3");
    state.unwind_to(3).expect("not below the finalized block");
    assert_trees(&mut state.latest().expect("tip"), &golden["history"][2]["trees"], "block 3 again");
}
