//! Leaves of indexed trees: sorted by key, each linked to the next larger one.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash;
use serde::{Deserialize, Serialize};

use super::TreeId;
use crate::circuits::{NullifierLeaf, PublicDataTreeLeaf};
use crate::codec::{Decode, DecodeError, Encode, Reader, ToFields, TreeIndex};

/// What an indexed tree holds.
pub trait IndexedLeaf: Copy + Default + PartialEq + Encode + Decode + ToFields {
    /// The tree.
    const TREE: TreeId;
    /// Whether a key that is there may be written again.
    const UPDATEABLE: bool;

    /// The leaf of genesis position `index`: key `index`, no value.
    fn prefilled(index: u64) -> Self;

    /// What the leaves are sorted by.
    fn key(&self) -> Fr;

    /// Whether this is padding, which takes a position and nothing else.
    fn is_empty(&self) -> bool;
}

impl IndexedLeaf for NullifierLeaf {
    const TREE: TreeId = TreeId::Nullifier;
    const UPDATEABLE: bool = false;

    fn prefilled(index: u64) -> Self {
        Self { nullifier: Fr::from(index) }
    }

    fn key(&self) -> Fr {
        self.nullifier
    }

    fn is_empty(&self) -> bool {
        self.nullifier.is_zero()
    }
}

impl IndexedLeaf for PublicDataTreeLeaf {
    const TREE: TreeId = TreeId::PublicData;
    const UPDATEABLE: bool = true;

    fn prefilled(index: u64) -> Self {
        Self { slot: Fr::from(index), value: Fr::ZERO }
    }

    fn key(&self) -> Fr {
        self.slot
    }

    fn is_empty(&self) -> bool {
        self.slot.is_zero() && self.value.is_zero()
    }
}

/// A leaf with its link to the next larger key.
///
/// Hash: Poseidon2 of the leaf's fields, next key, next index. (Barretenberg's public mirror of December 2025 still
/// has next index before next key; the released program does not.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexedLeafPreimage<L> {
    /// The leaf.
    pub leaf: L,
    /// The next larger key; zero at the end.
    pub next_key: Fr,
    /// Where that key's leaf is; zero at the end.
    pub next_index: TreeIndex,
}

impl<L: ToFields> IndexedLeafPreimage<L> {
    /// The value at level 0 of the tree.
    pub fn hash(&self) -> Fr {
        hash(&self.fields())
    }
}

impl<L: Encode> Encode for IndexedLeafPreimage<L> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.leaf.encode(out);
        self.next_key.encode(out);
        self.next_index.encode(out);
    }
}

impl<L: Decode> Decode for IndexedLeafPreimage<L> {
    const LEN_BYTES_MIN: usize = L::LEN_BYTES_MIN + 64;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            leaf: L::decode(reader).map_err(|error| error.in_member("leaf"))?,
            next_key: Fr::decode(reader).map_err(|error| error.in_member("next_key"))?,
            next_index: TreeIndex::decode(reader).map_err(|error| error.in_member("next_index"))?,
        })
    }
}

impl<L: ToFields> ToFields for IndexedLeafPreimage<L> {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.leaf.to_fields(out);
        self.next_key.to_fields(out);
        self.next_index.to_fields(out);
    }
}
