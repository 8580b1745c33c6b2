//! Trees under arbitrary insertions: batches with and without witnesses and single insertions agree, refused ones
//! change nothing.
#![no_main]

use chinampa_kernels::Fr;
use chinampa_protocol::circuits::NullifierLeaf;
use chinampa_protocol::tree::{Genesis, MemoryStore, TreeId, WorldState};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let state = WorldState::open(MemoryStore::default(), &Genesis::default()).expect("genesis");
    let mut batch = state.latest().expect("block 0");
    let mut shown = batch.clone();
    let mut single = batch.clone();
    for chunk in bytes.chunks(8).take(8) {
        let leaves: Vec<_> =
            chunk.iter().map(|byte| NullifierLeaf { nullifier: Fr::from(u64::from(*byte)) }).collect();
        let before = batch.root(TreeId::Nullifier).expect("memory");
        let accepted = batch.batch_insert(&leaves).is_ok();
        assert_eq!(shown.batch_insert_with_witnesses(&leaves, 0).is_ok(), accepted);
        assert_eq!(
            shown.root(TreeId::Nullifier).expect("memory"),
            batch.root(TreeId::Nullifier).expect("memory")
        );
        if accepted {
            // One by one, padding takes no position: insert only what the batch really holds, and compare keys.
            single.sequential_insert(&leaves).expect("the batch took them");
            for leaf in &leaves {
                let low = |fork: &chinampa_protocol::tree::Fork<'_, MemoryStore>| {
                    fork.find_low::<NullifierLeaf>(leaf.nullifier).expect("memory").already_present
                };
                assert!(low(&batch) && low(&single));
            }
        } else {
            assert_eq!(batch.root(TreeId::Nullifier).expect("memory"), before);
        }
    }
});
