//! The state before block 1.

use chinampa_kernels::Fr;

use super::view::TreeError;
use super::{IndexedLeaf, IndexedLeafPreimage};
use crate::circuits::{NullifierLeaf, PublicDataTreeLeaf};
use crate::codec::TreeIndex;
use crate::constants::MAX_NULLIFIERS_PER_TX;

/// Leaves that an indexed tree starts with: keys 0 to 127, so that every key has a low leaf.
pub(super) const PREFILLED_LEAVES: usize = 2 * MAX_NULLIFIERS_PER_TX;

/// What a network starts with. Its archive root must be the one that the rollup contract reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Genesis {
    public_data: Vec<PublicDataTreeLeaf>,
}

impl Genesis {
    /// A network with some public storage already written (funded accounts of test networks). The writes take the
    /// place of the last of the 128 default leaves.
    ///
    /// # Errors
    /// [`TreeError::Genesis`] if there are more than 128, a slot is there twice, or a slot is not above the default
    /// keys that stay.
    pub fn with_public_data(mut writes: Vec<PublicDataTreeLeaf>) -> Result<Self, TreeError> {
        let error = |what: String| TreeError::Genesis { what };
        if writes.len() >= PREFILLED_LEAVES {
            let count = writes.len();
            return Err(error(format!("expected at most {} writes, got {count}", PREFILLED_LEAVES - 1)));
        }
        writes.sort_by_cached_key(|write| write.slot.to_be_bytes());
        if let Some(pair) = writes.windows(2).find(|pair| pair[0].slot == pair[1].slot) {
            return Err(error(format!("slot {} is there twice", pair[0].slot)));
        }
        let kept = Fr::from((PREFILLED_LEAVES - writes.len()) as u64);
        if let Some(write) = writes.first().filter(|write| write.slot < kept) {
            return Err(error(format!("slot {} is below {kept}, a default key", write.slot)));
        }
        Ok(Self { public_data: writes })
    }

    pub(super) fn nullifier_leaves() -> Vec<IndexedLeafPreimage<NullifierLeaf>> {
        linked((0..PREFILLED_LEAVES as u64).map(NullifierLeaf::prefilled).collect())
    }

    pub(super) fn public_data_leaves(&self) -> Vec<IndexedLeafPreimage<PublicDataTreeLeaf>> {
        let kept = (PREFILLED_LEAVES - self.public_data.len()) as u64;
        let default = (0..kept).map(PublicDataTreeLeaf::prefilled);
        linked(default.chain(self.public_data.iter().copied()).collect())
    }
}

/// Links leaves that are sorted by key, each to the next, the last to nothing.
fn linked<L: IndexedLeaf>(leaves: Vec<L>) -> Vec<IndexedLeafPreimage<L>> {
    let next = leaves.iter().zip(0u64..).skip(1).map(|(leaf, index)| (leaf.key(), TreeIndex(index)));
    let next: Vec<_> = next.chain([(Fr::ZERO, TreeIndex(0))]).collect();
    leaves
        .into_iter()
        .zip(next)
        .map(|(leaf, (next_key, next_index))| IndexedLeafPreimage { leaf, next_key, next_index })
        .collect()
}
