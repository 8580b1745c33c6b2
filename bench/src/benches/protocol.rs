//! Trees and decoding: insertion into the nullifier tree, reading a large tx.
//!
//! No other Rust implementation of Aztec's trees is published. `bench/peers/aztec` measures Aztec's own, which is a
//! native module of Node, on the same leaves and the same tx.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2;
use chinampa_protocol::circuits::NullifierLeaf;
use chinampa_protocol::codec::{Decode as _, Encode as _};
use chinampa_protocol::tree::{Fork, Genesis, MemoryStore, TreeId, WorldState};
use chinampa_protocol::tx::{HashedValues, Tx};
use chinampa_testkit::vectors;

use crate::bench::{Bench, Contender, Definition};

const OURS: &str = "chinampa-protocol";
/// The size that the tx is brought to with calldata.
const TX_LEN_BYTES: usize = 1 << 20;

pub(crate) fn definitions() -> Vec<Definition> {
    let bench = |name, operation, build| Definition { name, operation, build };
    vec![
        bench("tree/batch-64", "leaf of a batch of 64, root included", |_| batch(64)),
        bench("tree/batch-1024", "leaf of a batch of 1,024, root included", |scale| {
            batch(scale.pick(1_024, 64))
        }),
        bench("tree/witnesses-64", "leaf of a batch of 64 with all witnesses", |_| witnesses(64)),
        bench(
            "tree/witnesses-16x64",
            "leaf of 16 batches of 64 with all witnesses, as 16 txs have them",
            |scale| witnesses(scale.pick(1_024, 128)),
        ),
        bench("tree/one-by-one-64", "leaf of 64, inserted and shown one by one", |_| one_by_one()),
        bench("decode/tx", "byte of a tx of 1 MiB", |_| decode_tx()),
    ]
}

/// Leaf `i` is the Poseidon2 hash of 7 and `i`; `bench/peers/aztec.mjs` makes the same.
fn leaves(count: u64) -> Vec<NullifierLeaf> {
    let leaf = |index| poseidon2::hash(&[Fr::from(7u64), Fr::from(index)]);
    (0..count).map(|index| NullifierLeaf { nullifier: leaf(index) }).collect()
}

/// A fork of the genesis state. The state lives as long as the process: benches are few.
fn genesis_fork() -> Fork<'static, MemoryStore> {
    let state = WorldState::open(MemoryStore::default(), &Genesis::default()).expect("memory does not fail");
    let state: &'static WorldState<MemoryStore> = Box::leak(Box::new(state));
    state.latest().expect("memory does not fail")
}

/// Times `insert` on a fresh fork, clone of the empty overlay included; the answer is the root.
fn insertion(
    count: usize,
    insert: impl Fn(&mut Fork<'static, MemoryStore>, &[NullifierLeaf]) + 'static,
) -> Bench {
    let leaves = leaves(count as u64);
    let base = genesis_fork();
    let run = move || {
        let mut fork = base.clone();
        insert(&mut fork, &leaves);
        fork.root(TreeId::Nullifier).expect("memory does not fail")
    };
    let ours = Contender::new(OURS, run, |root| root.to_be_bytes().to_vec());
    Bench { operations: count, contenders: vec![ours] }
}

fn batch(count: usize) -> Bench {
    insertion(count, |fork, leaves| fork.batch_insert(leaves).expect("fresh keys"))
}

fn witnesses(count: usize) -> Bench {
    insertion(count, |fork, leaves| {
        for batch in leaves.chunks(64) {
            fork.batch_insert_with_witnesses(batch, 6).expect("fresh keys");
        }
    })
}

fn one_by_one() -> Bench {
    insertion(64, |fork, leaves| {
        fork.sequential_insert(leaves).expect("fresh keys");
    })
}

/// A recorded tx with a contract class, brought to 1 MiB with calldata.
fn decode_tx() -> Bench {
    let recorded = vectors::bytes("localnet/txs/008_avmtest_deploy.bin.gz");
    let mut tx = Tx::from_bytes(&recorded).expect("a recorded tx");
    let mut missing = TX_LEN_BYTES.saturating_sub(recorded.len()) / 32;
    while missing > 0 {
        let count = missing.min(16_000);
        missing -= count;
        tx.public_function_calldata.push(HashedValues { values: vec![Fr::ONE; count], hash: Fr::ONE });
    }
    let bytes = tx.to_bytes();
    let operations = bytes.len();
    let run = move || Tx::from_bytes(&bytes).expect("our own tx");
    Bench { operations, contenders: vec![Contender::new(OURS, run, |tx| tx.to_bytes())] }
}
