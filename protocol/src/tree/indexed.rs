//! Insertion into indexed trees: in batches, as nullifiers are, or one by one, as public writes are.
//!
//! # Batch
//! New leaves get the positions of their inputs behind the end. Keys are linked from the largest down, so the
//! successor of a new leaf is already placed and its low leaf is never one of the batch. With witnesses, each low
//! leaf is shown as it is just before its change, and the subtree's path as it is after all of them.
//!
//! # Source
//! Barretenberg 4.1.2 `indexed_tree/content_addressed_indexed_tree.hpp`, by its golden results.

use std::cmp::Reverse;

use chinampa_kernels::Fr;

use super::overlay::Overlay;
use super::view::{TreeError, View, corrupt};
use super::{IndexedLeaf, IndexedLeafPreimage, LowLeaf, Store};
use crate::codec::{Decode as _, Encode as _, TreeIndex};

/// A leaf and its path at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafWitness<L> {
    /// Where it is.
    pub index: u64,
    /// What it holds; empty for a position that nothing was written to.
    pub preimage: IndexedLeafPreimage<L>,
    /// From the leaf upwards.
    pub sibling_path: Vec<Fr>,
}

impl<L: IndexedLeaf> LeafWitness<L> {
    /// What stands where there is nothing to show.
    fn nothing(height: usize) -> Self {
        Self { index: 0, preimage: IndexedLeafPreimage::default(), sibling_path: vec![Fr::ZERO; height] }
    }
}

/// What a batch insertion shows to a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchInsertion<L> {
    /// The inputs, largest key first, empty ones last in input order.
    pub sorted_leaves: Vec<L>,
    /// Where each of them was in the input.
    pub sorted_indexes: Vec<u32>,
    /// In the same order, the low leaf before its change; for empty inputs an empty leaf, index 0, zero path.
    pub low_leaves: Vec<LeafWitness<L>>,
    /// Siblings of the new leaves' subtree, after the low leaves changed.
    pub subtree_sibling_path: Vec<Fr>,
}

/// What the insertion of one value shows to a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequentialInsertion<L> {
    /// The low leaf (or the leaf itself, for an update) before its change.
    pub low_leaf: LeafWitness<L>,
    /// The new leaf's empty position, after the low leaf changed; empty leaf, index 0, zero path for an update.
    pub insertion: LeafWitness<L>,
}

/// The indexed operations of one tree of a fork.
pub(super) struct Indexed<'a, 's, S> {
    pub(super) overlay: &'a mut Overlay,
    pub(super) view: &'a View<'s, S>,
}

impl<S: Store> Indexed<'_, '_, S> {
    pub(super) fn leaf<L: IndexedLeaf>(
        &self,
        index: u64,
    ) -> Result<Option<IndexedLeafPreimage<L>>, TreeError> {
        let Some(bytes) = self.overlay.leaf(self.view, index)? else { return Ok(None) };
        let leaf = IndexedLeafPreimage::from_bytes(&bytes);
        leaf.map(Some).map_err(|error| corrupt(format!("leaf {index} of {:?}: {error}", L::TREE)))
    }

    fn existing<L: IndexedLeaf>(&self, index: u64) -> Result<IndexedLeafPreimage<L>, TreeError> {
        self.leaf(index)?.ok_or_else(|| corrupt(format!("no leaf {index} in {:?}", L::TREE)))
    }

    fn put<L: IndexedLeaf>(&mut self, index: u64, leaf: &IndexedLeafPreimage<L>) {
        self.overlay.set_leaf(index, leaf.to_bytes());
        self.overlay.set_node(index, leaf.hash());
    }

    fn insert_new<L: IndexedLeaf>(
        &mut self,
        index: u64,
        leaf: &IndexedLeafPreimage<L>,
    ) -> Result<(), TreeError> {
        self.put(index, leaf);
        self.overlay.set_key(self.view, leaf.leaf.key().to_be_bytes(), index)
    }

    fn witness<L: IndexedLeaf>(
        &mut self,
        index: u64,
        preimage: IndexedLeafPreimage<L>,
    ) -> Result<LeafWitness<L>, TreeError> {
        let sibling_path = self.overlay.path(self.view, 0, index)?;
        Ok(LeafWitness { index, preimage, sibling_path })
    }

    fn find_low<L: IndexedLeaf>(&self, leaf: &L) -> Result<LowLeaf, TreeError> {
        let low = self.overlay.find_low(self.view, &leaf.key().to_be_bytes())?;
        if low.already_present && !L::UPDATEABLE {
            return Err(TreeError::KeyExists { tree: L::TREE, key: leaf.key() });
        }
        Ok(low)
    }

    /// Sorts a batch and checks it as a whole, so that a refused one changes nothing.
    fn sorted<L: IndexedLeaf>(&self, leaves: &[L]) -> Result<Vec<(usize, L)>, TreeError> {
        let mut sorted: Vec<(usize, L)> = leaves.iter().copied().enumerate().collect();
        // The sort is stable: equal keys and empty leaves keep the order of the input.
        sorted.sort_by_cached_key(|(_, leaf)| {
            let key = if leaf.is_empty() { [0; 32] } else { leaf.key().to_be_bytes() };
            (leaf.is_empty(), Reverse(key))
        });
        for pair in sorted.windows(2) {
            let [(_, first), (_, second)] = pair else { continue };
            if !second.is_empty() && first.key() == second.key() {
                return Err(TreeError::DuplicateKey { tree: L::TREE, key: first.key() });
            }
        }
        for (_, leaf) in sorted.iter().filter(|(_, leaf)| !leaf.is_empty()) {
            self.find_low(leaf)?;
        }
        Ok(sorted)
    }

    /// Links `leaf` behind its low leaf, or updates it where it is. Gives the new leaf, if there is one to place
    /// at `index`.
    fn link<L: IndexedLeaf>(
        &mut self,
        low: LowLeaf,
        leaf: L,
        index: u64,
    ) -> Result<Option<IndexedLeafPreimage<L>>, TreeError> {
        let mut preimage: IndexedLeafPreimage<L> = self.existing(low.index)?;
        if low.already_present {
            preimage.leaf = leaf;
            self.put(low.index, &preimage);
            return Ok(None);
        }
        let new = IndexedLeafPreimage { leaf, ..preimage };
        (preimage.next_key, preimage.next_index) = (leaf.key(), TreeIndex(index));
        self.put(low.index, &preimage);
        Ok(Some(new))
    }

    /// Inserts a batch without showing anything: each touched node is hashed once.
    pub(super) fn batch<L: IndexedLeaf>(&mut self, leaves: &[L]) -> Result<(), TreeError> {
        let sorted = self.sorted(leaves)?;
        let start = self.overlay.reserve(leaves.len() as u64)?;
        for (position, leaf) in sorted.into_iter().filter(|(_, leaf)| !leaf.is_empty()) {
            let index = start + position as u64;
            let low = self.find_low(&leaf)?;
            if let Some(new) = self.link(low, leaf, index)? {
                self.insert_new(index, &new)?;
            }
        }
        Ok(())
    }

    /// Inserts a batch as a subtree of depth `depth` and shows every step. Depth 0 takes a batch of any size: its
    /// "subtree" is the first new position.
    pub(super) fn batch_with_witnesses<L: IndexedLeaf>(
        &mut self,
        leaves: &[L],
        depth: usize,
    ) -> Result<BatchInsertion<L>, TreeError> {
        let (tree, size, added) = (L::TREE, self.overlay.size(), leaves.len());
        let subtree = depth < tree.height() && size.is_multiple_of(1 << depth) && added <= 1 << depth;
        if depth > 0 && !subtree {
            return Err(TreeError::Unaligned { tree, size, depth, added });
        }
        let sorted = self.sorted(leaves)?;
        let start = self.overlay.reserve(added as u64)?;
        let mut low_leaves = Vec::with_capacity(added);
        let mut placed = Vec::new();
        for (position, leaf) in &sorted {
            if leaf.is_empty() {
                low_leaves.push(LeafWitness::nothing(tree.height()));
                continue;
            }
            // New leaves are placed after all low leaves changed, but their keys are known at once: a low leaf
            // is never one of the batch, because keys come from the largest down.
            let low = self.find_low(leaf)?;
            let before = self.existing(low.index)?;
            low_leaves.push(self.witness(low.index, before)?);
            let index = start + *position as u64;
            placed.extend(self.link(low, *leaf, index)?.map(|new| (index, new)));
        }
        let subtree_sibling_path = self.overlay.path(self.view, depth, start >> depth)?;
        for (index, new) in placed {
            self.insert_new(index, &new)?;
        }
        Ok(BatchInsertion {
            sorted_indexes: sorted.iter().map(|(position, _)| *position as u32).collect(),
            sorted_leaves: sorted.into_iter().map(|(_, leaf)| leaf).collect(),
            low_leaves,
            subtree_sibling_path,
        })
    }

    /// Inserts one value and shows both steps. An empty value is skipped and shows nothing.
    pub(super) fn sequential<L: IndexedLeaf>(
        &mut self,
        leaf: L,
    ) -> Result<SequentialInsertion<L>, TreeError> {
        let nothing = || LeafWitness::nothing(L::TREE.height());
        if leaf.is_empty() {
            return Ok(SequentialInsertion { low_leaf: nothing(), insertion: nothing() });
        }
        let low = self.find_low(&leaf)?;
        let before = self.existing(low.index)?;
        let low_leaf = self.witness(low.index, before)?;
        let index = if low.already_present { 0 } else { self.overlay.reserve(1)? };
        let insertion = match self.link(low, leaf, index)? {
            None => nothing(),
            Some(new) => {
                let insertion = self.witness(index, IndexedLeafPreimage::default())?;
                self.insert_new(index, &new)?;
                insertion
            }
        };
        Ok(SequentialInsertion { low_leaf, insertion })
    }
}
