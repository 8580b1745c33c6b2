//! Hashes of empty subtrees.

use std::sync::LazyLock;

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_pair;

/// The highest tree of the world state.
pub(super) const HEIGHT_MAX: usize = 42;

static ZERO_HASHES: LazyLock<[Fr; HEIGHT_MAX + 1]> = LazyLock::new(|| {
    let mut hashes = [Fr::ZERO; HEIGHT_MAX + 1];
    for level in 1..=HEIGHT_MAX {
        hashes[level] = hash_pair(hashes[level - 1], hashes[level - 1]);
    }
    hashes
});

/// Hash of an empty subtree of height `level`: zero for a leaf.
///
/// # Panics
/// Above level 42, the height of the highest tree.
pub fn zero_hash(level: usize) -> Fr {
    ZERO_HASHES[level]
}
