//! Roots of trees that are built once: of messages, of block headers.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_pair;

use crate::constants::{NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP, OUT_HASH_TREE_LEAF_COUNT};
use crate::hash::sha256_pair;

/// Root of the SHA-256 tree over `leaf_count` leaves, a power of two, missing ones zero. `None` if there are more
/// leaves than that, or `leaf_count` is not a power of two.
pub fn balanced_sha_root(leaves: &[Fr], leaf_count: usize) -> Option<Fr> {
    if leaves.len() > leaf_count || !leaf_count.is_power_of_two() {
        return None;
    }
    let mut level = leaves.to_vec();
    let mut zero = Fr::ZERO;
    for _ in 0..leaf_count.ilog2() {
        if level.len() % 2 == 1 {
            level.push(zero);
        }
        level = level.chunks_exact(2).map(|pair| sha256_pair(pair[0], pair[1])).collect();
        zero = sha256_pair(zero, zero);
    }
    Some(level.first().copied().unwrap_or(zero))
}

/// `in_hash` of a checkpoint: the balanced root over its messages. `None` above 1,024 messages.
pub fn in_hash(messages: &[Fr]) -> Option<Fr> {
    balanced_sha_root(messages, NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP)
}

/// `epoch_out_hash` of a checkpoint header: the balanced root over the out hashes of the epoch's checkpoints up
/// to and with it, in order of checkpoints. `None` above 32.
pub fn epoch_out_hash(checkpoint_out_hashes: &[Fr]) -> Option<Fr> {
    balanced_sha_root(checkpoint_out_hashes, OUT_HASH_TREE_LEAF_COUNT)
}

/// Neighbours are paired from the left, an odd last one is carried up as it is.
fn unbalanced_root(leaves: &[Fr], hash: fn(Fr, Fr) -> Fr) -> Fr {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        let pairs = level.chunks(2);
        level =
            pairs.map(|pair| if let [left, right] = *pair { hash(left, right) } else { pair[0] }).collect();
    }
    level.first().copied().unwrap_or(Fr::ZERO)
}

/// Unbalanced SHA-256 root: the messages of a tx. Zero for none, the leaf for one.
pub fn unbalanced_sha_root(leaves: &[Fr]) -> Fr {
    unbalanced_root(leaves, sha256_pair)
}

/// Unbalanced Poseidon2 root: the block hashes of a checkpoint. Zero for none, the leaf for one.
pub fn unbalanced_poseidon_root(leaves: &[Fr]) -> Fr {
    unbalanced_root(leaves, hash_pair)
}

/// The unbalanced SHA-256 tree over all leaves, in which zero leaves vanish: a node with one live child is that
/// child. `[a, 0, c, d]` is `h(a, h(c, d))`. Used over the txs of a block and the blocks of a checkpoint.
pub fn wonky_sha_root(leaves: &[Fr]) -> Fr {
    unbalanced_root(leaves, |left, right| match (left.is_zero(), right.is_zero()) {
        (true, _) => right,
        (_, true) => left,
        _ => sha256_pair(left, right),
    })
}
