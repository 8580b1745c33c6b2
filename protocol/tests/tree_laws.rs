//! Laws of the trees: what a circuit checks of an insertion holds, all ways of inserting agree, history is kept and
//! unwinding undoes.

use std::collections::BTreeSet;

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_pair;
use chinampa_protocol::circuits::{NullifierLeaf, PublicDataTreeLeaf};
use chinampa_protocol::codec::TreeIndex;
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use chinampa_protocol::tree::{
    BlockUpdate, Fork, Genesis, IndexedLeaf, IndexedLeafPreimage, MemoryStore, SequentialInsertion,
    TreeError, TreeId, TxUpdate, WorldState, zero_hash,
};
use proptest::prelude::*;

fn new_state() -> WorldState<MemoryStore> {
    WorldState::open(MemoryStore::default(), &Genesis::default()).expect("genesis")
}

/// Root over `node` at `index` of its level, with its siblings upwards: what a circuit computes.
fn root_from(node: Fr, index: u64, path: &[Fr]) -> Fr {
    path.iter().enumerate().fold(node, |node, (level, sibling)| {
        if index >> level & 1 == 0 { hash_pair(node, *sibling) } else { hash_pair(*sibling, node) }
    })
}

/// Root of the subtree over `leaves`, a power of two of them.
fn subtree_root(leaves: &[Fr]) -> Fr {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            hash_pair(subtree_root(left), subtree_root(right))
        }
    }
}

/// Keys that collide, neighbour each other and are far apart.
fn key() -> impl Strategy<Value = Fr> {
    prop_oneof![
        4 => (0u64..300).prop_map(Fr::from),
        4 => any::<[u8; 32]>().prop_map(|bytes| Fr::from_be_bytes_reduced(&bytes)),
        1 => Just(-Fr::ONE),
        1 => Just(Fr::ZERO),
    ]
}

fn nullifiers(most: usize) -> impl Strategy<Value = Vec<NullifierLeaf>> {
    prop::collection::vec(key().prop_map(|nullifier| NullifierLeaf { nullifier }), 0..=most)
}

fn writes(most: usize) -> impl Strategy<Value = Vec<PublicDataTreeLeaf>> {
    let write =
        (key(), 0u64..5).prop_map(|(slot, value)| PublicDataTreeLeaf { slot, value: Fr::from(value) });
    prop::collection::vec(write, 0..=most)
}

/// Leaves that a nullifier tree can take: new keys only, each once, and padding.
fn acceptable(fork: &Fork<'_, MemoryStore>, leaves: Vec<NullifierLeaf>) -> Vec<NullifierLeaf> {
    let mut seen = BTreeSet::new();
    let mut keep = |leaf: &NullifierLeaf| {
        let present = fork.find(TreeId::Nullifier, leaf.nullifier).expect("memory").is_some();
        leaf.is_empty() || (!present && seen.insert(leaf.nullifier))
    };
    leaves.into_iter().filter(|leaf| keep(leaf)).collect()
}

/// Follows a sequence of single insertions as a circuit does and gives the root at its end.
fn follow<L: IndexedLeaf>(mut root: Fr, mut size: u64, steps: &[SequentialInsertion<L>], leaves: &[L]) -> Fr {
    let real = leaves.iter().zip(steps).filter(|(leaf, _)| !leaf.is_empty());
    for (leaf, SequentialInsertion { low_leaf, insertion }) in real {
        let mut low = low_leaf.preimage;
        assert_eq!(root_from(low.hash(), low_leaf.index, &low_leaf.sibling_path), root, "low leaf is there");
        if low.leaf.key() == leaf.key() {
            low.leaf = *leaf;
            root = root_from(low.hash(), low_leaf.index, &low_leaf.sibling_path);
            continue;
        }
        assert!(low.leaf.key() < leaf.key(), "the low leaf is lower");
        assert!(low.next_key.is_zero() || leaf.key() < low.next_key, "nothing is between");
        let new = IndexedLeafPreimage { leaf: *leaf, ..low };
        (low.next_key, low.next_index) = (leaf.key(), TreeIndex(size));
        root = root_from(low.hash(), low_leaf.index, &low_leaf.sibling_path);
        assert_eq!(insertion.index, size);
        assert_eq!(root_from(Fr::ZERO, size, &insertion.sibling_path), root, "the place is empty");
        root = root_from(new.hash(), size, &insertion.sibling_path);
        size += 1;
    }
    root
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_circuit_can_follow_a_batch(first in nullifiers(64), second in nullifiers(64)) {
        let state = new_state();
        let mut fork = state.latest().expect("block 0");
        for leaves in [first, second] {
            let mut leaves = acceptable(&fork, leaves);
            leaves.resize(64, NullifierLeaf::default());
            let start = fork.size(TreeId::Nullifier);
            let mut root = fork.root(TreeId::Nullifier).expect("memory");
            let mut silent = fork.clone();
            let inserted = fork.batch_insert_with_witnesses(&leaves, 6).expect("acceptable");
            let steps = inserted.sorted_leaves.iter().zip(&inserted.sorted_indexes).zip(&inserted.low_leaves);
            for ((leaf, position), low) in steps.filter(|((leaf, _), _)| !leaf.is_empty()) {
                let mut preimage = low.preimage;
                prop_assert_eq!(root_from(preimage.hash(), low.index, &low.sibling_path), root);
                prop_assert!(preimage.leaf.nullifier < leaf.nullifier);
                prop_assert!(preimage.next_key.is_zero() || leaf.nullifier < preimage.next_key);
                preimage.next_key = leaf.nullifier;
                preimage.next_index = TreeIndex(start + u64::from(*position));
                root = root_from(preimage.hash(), low.index, &low.sibling_path);
            }
            prop_assert_eq!(root_from(zero_hash(6), start >> 6, &inserted.subtree_sibling_path), root);
            let new: Vec<Fr> = (start..start + 64)
                .map(|index| fork.leaf_value(TreeId::Nullifier, index).expect("memory"))
                .collect();
            let end = root_from(subtree_root(&new), start >> 6, &inserted.subtree_sibling_path);
            prop_assert_eq!(fork.root(TreeId::Nullifier).expect("memory"), end);
            silent.batch_insert(&leaves).expect("acceptable");
            prop_assert_eq!(silent.root(TreeId::Nullifier).expect("memory"), end);
        }
    }

    #[test]
    fn a_circuit_can_follow_single_insertions(keys in nullifiers(20), values in writes(20)) {
        let state = new_state();
        let mut fork = state.latest().expect("block 0");
        let keys = acceptable(&fork, keys);
        let (root, size) = (fork.root(TreeId::Nullifier).expect("memory"), fork.size(TreeId::Nullifier));
        let steps = fork.sequential_insert(&keys).expect("acceptable");
        prop_assert_eq!(follow(root, size, &steps, &keys), fork.root(TreeId::Nullifier).expect("memory"));

        let (root, size) = (fork.root(TreeId::PublicData).expect("memory"), fork.size(TreeId::PublicData));
        let steps = fork.sequential_insert(&values).expect("slots can be written again");
        prop_assert_eq!(follow(root, size, &steps, &values), fork.root(TreeId::PublicData).expect("memory"));
    }

    /// Positions depend on the order of the input only, links on the set of keys only.
    #[test]
    fn one_batch_equals_many(leaves in nullifiers(64), cut in 0usize..=64) {
        let state = new_state();
        let mut whole = state.latest().expect("block 0");
        let leaves = acceptable(&whole, leaves);
        let (left, right) = leaves.split_at(cut.min(leaves.len()));
        let mut parts = whole.clone();
        whole.batch_insert(&leaves).expect("acceptable");
        parts.batch_insert(left).expect("acceptable");
        parts.batch_insert(right).expect("acceptable");
        prop_assert_eq!(
            whole.root(TreeId::Nullifier).expect("memory"),
            parts.root(TreeId::Nullifier).expect("memory")
        );
    }

    #[test]
    fn a_reverted_checkpoint_leaves_no_trace(before in nullifiers(9), inside in nullifiers(9), leaf in key()) {
        let state = new_state();
        let mut fork = state.latest().expect("block 0");
        fork.batch_insert(&acceptable(&fork, before)).expect("acceptable");
        let mut untouched = fork.clone();
        fork.checkpoint().expect("memory");
        fork.batch_insert(&acceptable(&fork, inside)).expect("acceptable");
        fork.append(TreeId::NoteHash, &[leaf, Fr::ONE]).expect("room");
        fork.revert().expect("one is open");
        for tree in TreeId::ALL {
            prop_assert_eq!(fork.root(tree).expect("memory"), untouched.root(tree).expect("memory"));
            prop_assert_eq!(fork.size(tree), untouched.size(tree));
        }
        prop_assert_eq!(
            fork.find_low::<NullifierLeaf>(leaf).expect("memory"),
            untouched.find_low::<NullifierLeaf>(leaf).expect("memory")
        );
    }

    #[test]
    fn history_is_kept_and_unwinding_undoes(
        blocks in prop::collection::vec((nullifiers(5), writes(5)), 1..5),
        to in any::<prop::sample::Index>(),
        probe in key(),
    ) {
        let state = new_state();
        let mut past = vec![facts(&state, 0, probe)];
        for (number, (keys, values)) in (1u32..).zip(blocks) {
            apply(&state, number, keys, values);
            past.push(facts(&state, number, probe));
        }
        let latest = u32::try_from(past.len() - 1).expect("few");
        for (number, expected) in (0u32..).zip(&past) {
            prop_assert_eq!(&facts(&state, number, probe), expected, "block {} after the fact", number);
        }
        let to = u32::try_from(to.index(past.len() - 1)).expect("few");
        state.unwind_to(to).expect("nothing is finalized");
        for (number, expected) in (0..=to).zip(&past) {
            prop_assert_eq!(&facts(&state, number, probe), expected, "block {} after unwinding", number);
        }
        let gone = matches!(state.fork_at(latest), Err(TreeError::NoSuchBlock { .. }));
        prop_assert!(gone);
    }
}

/// A batch hashes each inner node above a changed leaf once, however many of its leaves changed.
#[test]
fn a_batch_hashes_each_touched_node_once() {
    let state = new_state();
    for count in [1u64, 64, 1_024] {
        let mut fork = state.latest().expect("block 0");
        let leaves: Vec<_> = (0..count)
            .map(|index| NullifierLeaf { nullifier: hash_pair(Fr::from(index), Fr::ONE) })
            .collect();
        let start = fork.size(TreeId::Nullifier);
        let mut touched: BTreeSet<(usize, u64)> = BTreeSet::new();
        let low =
            leaves.iter().map(|leaf| fork.find_low::<NullifierLeaf>(leaf.nullifier).expect("memory").index);
        for index in low.chain(start..start + count) {
            touched.extend((1..=TreeId::Nullifier.height()).map(|level| (level, index >> level)));
        }
        fork.batch_insert(&leaves).expect("fresh keys");
        fork.root(TreeId::Nullifier).expect("memory");
        assert_eq!(fork.hash_count(TreeId::Nullifier), touched.len() as u64, "{count} leaves");
        fork.root(TreeId::Nullifier).expect("memory");
        assert_eq!(fork.hash_count(TreeId::Nullifier), touched.len() as u64, "asking again is free");
    }
}

/// What can be seen of a block's state.
fn facts(state: &WorldState<MemoryStore>, block: u32, probe: Fr) -> Vec<(Fr, u64, Vec<Fr>)> {
    let mut fork = state.fork_at(block).expect("history");
    TreeId::ALL
        .into_iter()
        .map(|tree| {
            let low = match tree {
                TreeId::Nullifier => fork.find_low::<NullifierLeaf>(probe).expect("memory").index,
                TreeId::PublicData => fork.find_low::<PublicDataTreeLeaf>(probe).expect("memory").index,
                _ => 0,
            };
            let path = fork.sibling_path(tree, low).expect("memory");
            (fork.root(tree).expect("memory"), fork.size(tree) << 20 | low, path)
        })
        .collect()
}

/// Applies a block whose header says what a fork computed first.
fn apply(
    state: &WorldState<MemoryStore>,
    number: u32,
    keys: Vec<NullifierLeaf>,
    values: Vec<PublicDataTreeLeaf>,
) {
    let mut fork = state.latest().expect("tip");
    let nullifiers =
        acceptable(&fork, keys).iter().map(|leaf| leaf.nullifier).filter(|key| !key.is_zero()).collect();
    let tx = TxUpdate { note_hashes: vec![Fr::from(number)], nullifiers, public_data_writes: values };
    let last_archive = fork.snapshot(TreeId::Archive).expect("small");
    let messages = vec![Fr::from(number), Fr::ZERO];
    let padded = |leaves: &[Fr], count: usize| {
        let mut padded = leaves.to_vec();
        padded.resize(count, Fr::ZERO);
        padded
    };
    fork.append(TreeId::L1ToL2Message, &padded(&messages, 1_024)).expect("room");
    fork.append(TreeId::NoteHash, &padded(&tx.note_hashes, 64)).expect("room");
    fork.insert_nullifiers(&padded(&tx.nullifiers, 64)).expect("acceptable");
    fork.write_public_data(&tx.public_data_writes).expect("slots can be written again");
    let reference = fork.state_reference().expect("small");
    let hash = Fr::from(u64::from(number) << 32);
    fork.append(TreeId::Archive, &[hash]).expect("room");
    let archive: AppendOnlyTreeSnapshot = fork.snapshot(TreeId::Archive).expect("small");
    let update = BlockUpdate {
        number,
        hash,
        last_archive,
        state: reference,
        archive,
        l1_to_l2_messages: Some(messages),
        txs: vec![tx],
    };
    state.apply_block(&update).expect("the header is right");
}
