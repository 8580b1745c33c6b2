//! A view reads its block whatever the writer does between two of its reads.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use chinampa_kernels::Fr;
use chinampa_protocol::circuits::NullifierLeaf;
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use chinampa_protocol::tree::{
    BlockUpdate, Change, Entry, Fork, Genesis, Store, StoreError, TreeId, TxUpdate, WorldState,
};

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store whose contents are exchanged behind a certain read, as if a commit or an unwinding had come just then.
#[derive(Clone, Default)]
struct Interrupted(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    entries: Entries,
    /// Reads to go, and what the store holds after the last of them.
    exchange: Option<(usize, Entries)>,
}

impl Interrupted {
    fn read<T>(&self, read: impl FnOnce(&Entries) -> T) -> Result<T, StoreError> {
        let mut inner = self.0.lock().expect("no reader panics");
        let value = read(&inner.entries);
        inner.exchange = match inner.exchange.take() {
            Some((0, entries)) => {
                inner.entries = entries;
                None
            }
            other => other.map(|(reads, entries)| (reads - 1, entries)),
        };
        Ok(value)
    }

    fn entries(&self) -> Entries {
        self.0.lock().expect("no reader panics").entries.clone()
    }

    fn set(&self, entries: &Entries, exchange: Option<(usize, &Entries)>) {
        let exchange = exchange.map(|(reads, entries)| (reads, entries.clone()));
        *self.0.lock().expect("no reader panics") = Inner { entries: entries.clone(), exchange };
    }
}

fn owned((key, value): (&Vec<u8>, &Vec<u8>)) -> Entry {
    (key.clone(), value.clone())
}

impl Store for Interrupted {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|entries| entries.get(key).cloned())
    }

    fn at_or_above(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        let from = (Bound::Included(key), Bound::Unbounded);
        self.read(|entries| entries.range::<[u8], _>(from).next().map(owned))
    }

    fn at_or_below(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        let to = (Bound::Unbounded, Bound::Included(key));
        self.read(|entries| entries.range::<[u8], _>(to).next_back().map(owned))
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let entries = &mut self.0.lock().expect("no reader panics").entries;
        for (key, value) in changes {
            match value {
                Some(value) => entries.insert(key, value),
                None => entries.remove(&key),
            };
        }
        Ok(())
    }
}

/// Applies a block with one nullifier.
fn apply(state: &WorldState<Interrupted>, number: u32, nullifier: u64) {
    let mut fork = state.latest().expect("memory");
    let last_archive = fork.snapshot(TreeId::Archive).expect("small");
    let mut padded = vec![Fr::from(nullifier)];
    padded.resize(64, Fr::ZERO);
    fork.append(TreeId::NoteHash, &[Fr::ZERO; 64]).expect("room");
    fork.insert_nullifiers(&padded).expect("a new key");
    let reference = fork.state_reference().expect("small");
    let hash = Fr::from(u64::from(number) << 32);
    fork.append(TreeId::Archive, &[hash]).expect("room");
    let archive: AppendOnlyTreeSnapshot = fork.snapshot(TreeId::Archive).expect("small");
    let tx = TxUpdate { nullifiers: vec![Fr::from(nullifier)], ..TxUpdate::default() };
    let update = BlockUpdate {
        number,
        hash,
        last_archive,
        state: reference,
        archive,
        l1_to_l2_messages: None,
        txs: vec![tx],
    };
    state.apply_block(&update).expect("the header is right");
}

/// Everything of block 1 that block 2 changes: the low leaf, a node above it, where the new key is, what is below it.
fn facts(fork: &mut Fork<'_, Interrupted>, which: usize) -> String {
    match which {
        0 => format!("{:?}", fork.leaf::<NullifierLeaf>(128).expect("memory")),
        1 => format!("{:?}", fork.leaf_value(TreeId::Nullifier, 128).expect("memory")),
        2 => format!("{:?}", fork.find(TreeId::Nullifier, Fr::from(2_000u64)).expect("memory")),
        _ => format!("{:?}", fork.find_low::<NullifierLeaf>(Fr::from(3_000u64)).expect("memory")),
    }
}

#[test]
fn neither_a_commit_nor_an_unwinding_between_two_reads_is_seen() {
    let store = Interrupted::default();
    let state = WorldState::open(store.clone(), &Genesis::default()).expect("genesis");
    apply(&state, 1, 1_000);
    let before = store.entries();
    apply(&state, 2, 2_000);
    let after = store.entries();
    state.unwind_to(1).expect("nothing is finalized");
    assert_eq!(store.entries(), before, "unwinding leaves the store as it was");
    let mut fork = state.fork_at(1).expect("block 1");
    for which in 0..4 {
        store.set(&before, None);
        let expected = facts(&mut fork, which);
        for reads in 0..4 {
            for (now, then) in [(&before, &after), (&after, &before)] {
                store.set(now, Some((reads, then)));
                assert_eq!(facts(&mut fork, which), expected, "fact {which}, exchange behind read {reads}");
            }
        }
    }
}
