//! A writable view of the world state as it was after some block.

use chinampa_kernels::Fr;

use super::indexed::{BatchInsertion, Indexed, SequentialInsertion};
use super::overlay::Overlay;
use super::view::{LowLeaf, TreeError, TreeId, View};
use super::{IndexedLeaf, IndexedLeafPreimage, Store};
use crate::circuits::{NullifierLeaf, PublicDataTreeLeaf};
use crate::state::{AppendOnlyTreeSnapshot, PartialStateReference, StateReference};

/// The five trees as they were after some block, with writes on top that nobody else sees.
///
/// A write either happens as a whole or not at all: a refused batch leaves the fork as it was. Checkpoints nest.
#[derive(Debug)]
pub struct Fork<'s, S> {
    pub(super) view: View<'s, S>,
    pub(super) trees: [Overlay; 5],
}

// A derive would ask for `S: Clone`, though the store is only borrowed.
impl<S> Clone for Fork<'_, S> {
    fn clone(&self) -> Self {
        Self { view: self.view.clone(), trees: self.trees.clone() }
    }
}

impl<'s, S: Store> Fork<'s, S> {
    pub(super) fn new(view: View<'s, S>) -> Self {
        let trees = TreeId::ALL.map(|tree| Overlay::new(tree, view.size(tree)));
        Self { view, trees }
    }

    fn overlay(&mut self, tree: TreeId) -> (&mut Overlay, &View<'s, S>) {
        (&mut self.trees[tree as usize], &self.view)
    }

    fn indexed<L: IndexedLeaf>(&mut self) -> Indexed<'_, 's, S> {
        Indexed { overlay: &mut self.trees[L::TREE as usize], view: &self.view }
    }

    /// Leaves of `tree`, padding included.
    pub fn size(&self, tree: TreeId) -> u64 {
        self.trees[tree as usize].size()
    }

    /// Inner nodes of `tree` that this fork has hashed so far: what its writes cost.
    pub fn hash_count(&self, tree: TreeId) -> u64 {
        self.trees[tree as usize].hashes
    }

    /// Root of `tree`. Hashes what was written since somebody last asked.
    ///
    /// # Errors
    /// [`TreeError::Store`] or [`TreeError::Corrupt`].
    pub fn root(&mut self, tree: TreeId) -> Result<Fr, TreeError> {
        let (overlay, view) = self.overlay(tree);
        overlay.root(view)
    }

    /// Root and size of `tree`.
    ///
    /// # Errors
    /// As [`root`](Self::root), and [`TreeError::Full`] above the `2^32` leaves that a snapshot can count.
    pub fn snapshot(&mut self, tree: TreeId) -> Result<AppendOnlyTreeSnapshot, TreeError> {
        let size = self.size(tree);
        let next_available_leaf_index = u32::try_from(size).map_err(|_| TreeError::Full {
            tree,
            capacity: u64::from(u32::MAX),
            size,
            added: 0,
        })?;
        Ok(AppendOnlyTreeSnapshot { root: self.root(tree)?, next_available_leaf_index })
    }

    /// The four state trees, as a block header has them.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot).
    pub fn state_reference(&mut self) -> Result<StateReference, TreeError> {
        Ok(StateReference {
            l1_to_l2_message_tree: self.snapshot(TreeId::L1ToL2Message)?,
            partial: PartialStateReference {
                note_hash_tree: self.snapshot(TreeId::NoteHash)?,
                nullifier_tree: self.snapshot(TreeId::Nullifier)?,
                public_data_tree: self.snapshot(TreeId::PublicData)?,
            },
        })
    }

    /// Siblings of leaf `index` of `tree`, from the leaf upwards. The leaf may be empty.
    ///
    /// # Errors
    /// [`TreeError::NoSuchIndex`] outside the tree; else as [`root`](Self::root).
    pub fn sibling_path(&mut self, tree: TreeId, index: u64) -> Result<Vec<Fr>, TreeError> {
        self.subtree_sibling_path(tree, 0, index)
    }

    /// Siblings of the subtree of depth `depth` that holds leaf `index`, upwards.
    ///
    /// # Errors
    /// As [`sibling_path`](Self::sibling_path).
    pub fn subtree_sibling_path(
        &mut self,
        tree: TreeId,
        depth: usize,
        index: u64,
    ) -> Result<Vec<Fr>, TreeError> {
        if index >= tree.capacity() {
            return Err(TreeError::NoSuchIndex { tree, index });
        }
        let (overlay, view) = self.overlay(tree);
        overlay.path(view, depth, index >> depth)
    }

    /// Value of leaf `index` at level 0: the leaf itself in append-only trees, its hash in indexed ones. Zero where
    /// nothing is.
    ///
    /// # Errors
    /// As [`root`](Self::root).
    pub fn leaf_value(&mut self, tree: TreeId, index: u64) -> Result<Fr, TreeError> {
        let (overlay, view) = self.overlay(tree);
        overlay.node(view, 0, index)
    }

    /// Appends leaves to an append-only tree; zeros take a position and hold nothing. Gives the index of the first.
    ///
    /// # Errors
    /// [`TreeError::Full`] if there is no room; else as [`root`](Self::root).
    pub fn append(&mut self, tree: TreeId, leaves: &[Fr]) -> Result<u64, TreeError> {
        let (overlay, view) = self.overlay(tree);
        let start = overlay.reserve(leaves.len() as u64)?;
        for (index, leaf) in (start..).zip(leaves).filter(|(_, leaf)| !leaf.is_zero()) {
            overlay.set_node(index, *leaf);
            overlay.set_key(view, leaf.to_be_bytes(), index)?;
        }
        Ok(start)
    }

    /// Where `key` is: a nullifier, a slot, or the value of an append-only leaf (the first, if it is there twice).
    ///
    /// # Errors
    /// As [`root`](Self::root).
    pub fn find(&self, tree: TreeId, key: Fr) -> Result<Option<u64>, TreeError> {
        self.trees[tree as usize].find(&self.view, &key.to_be_bytes())
    }

    /// The leaf of an indexed tree with the greatest key that is not above `key`.
    ///
    /// # Errors
    /// As [`root`](Self::root).
    pub fn find_low<L: IndexedLeaf>(&self, key: Fr) -> Result<LowLeaf, TreeError> {
        self.trees[L::TREE as usize].find_low(&self.view, &key.to_be_bytes())
    }

    /// A leaf of an indexed tree with its link; `None` for padding.
    ///
    /// # Errors
    /// As [`root`](Self::root).
    pub fn leaf<L: IndexedLeaf>(&mut self, index: u64) -> Result<Option<IndexedLeafPreimage<L>>, TreeError> {
        self.indexed::<L>().leaf(index)
    }

    /// Inserts leaves into an indexed tree, one position each, hashing each touched node once.
    ///
    /// # Errors
    /// [`TreeError::DuplicateKey`], [`TreeError::KeyExists`], [`TreeError::Full`]; else as [`root`](Self::root).
    pub fn batch_insert<L: IndexedLeaf>(&mut self, leaves: &[L]) -> Result<(), TreeError> {
        self.indexed::<L>().batch(leaves)
    }

    /// Inserts leaves into an indexed tree as a subtree of depth `depth`, with all that a circuit needs to follow.
    /// Depth 0 takes any number of leaves anywhere and shows the path of the first new position.
    ///
    /// # Errors
    /// As [`batch_insert`](Self::batch_insert), and [`TreeError::Unaligned`] if no such subtree starts here.
    pub fn batch_insert_with_witnesses<L: IndexedLeaf>(
        &mut self,
        leaves: &[L],
        depth: usize,
    ) -> Result<BatchInsertion<L>, TreeError> {
        self.indexed::<L>().batch_with_witnesses(leaves, depth)
    }

    /// Inserts or updates leaves one by one, with all that a circuit needs to follow.
    ///
    /// # Errors
    /// As [`batch_insert`](Self::batch_insert). Leaves before the one at fault are then undone.
    pub fn sequential_insert<L: IndexedLeaf>(
        &mut self,
        leaves: &[L],
    ) -> Result<Vec<SequentialInsertion<L>>, TreeError> {
        let (overlay, view) = self.overlay(L::TREE);
        overlay.checkpoint(view)?;
        let mut indexed = self.indexed::<L>();
        let inserted: Result<Vec<_>, _> = leaves.iter().map(|leaf| indexed.sequential(*leaf)).collect();
        match &inserted {
            Ok(_) => indexed.overlay.commit(),
            Err(_) => indexed.overlay.revert(),
        }
        inserted
    }

    /// Inserts nullifiers, one position each; zeros are padding.
    ///
    /// # Errors
    /// As [`batch_insert`](Self::batch_insert).
    pub fn insert_nullifiers(&mut self, nullifiers: &[Fr]) -> Result<(), TreeError> {
        let leaves: Vec<_> =
            nullifiers.iter().map(|nullifier| NullifierLeaf { nullifier: *nullifier }).collect();
        self.batch_insert(&leaves)
    }

    /// Writes to public storage in order; only a new slot takes a position.
    ///
    /// # Errors
    /// As [`sequential_insert`](Self::sequential_insert).
    pub fn write_public_data(&mut self, writes: &[PublicDataTreeLeaf]) -> Result<(), TreeError> {
        self.sequential_insert(writes).map(|_| ())
    }

    /// How many checkpoints are open.
    pub fn depth(&self) -> usize {
        self.trees[0].depth()
    }

    /// Opens a checkpoint on all trees.
    ///
    /// # Errors
    /// As [`root`](Self::root).
    pub fn checkpoint(&mut self) -> Result<(), TreeError> {
        self.trees.iter_mut().try_for_each(|overlay| overlay.checkpoint(&self.view))
    }

    /// Keeps what was written since the last checkpoint and closes it.
    ///
    /// # Errors
    /// [`TreeError::NoCheckpoint`] if none is open.
    pub fn commit(&mut self) -> Result<(), TreeError> {
        self.require_checkpoint("commit")?;
        self.trees.iter_mut().for_each(Overlay::commit);
        Ok(())
    }

    /// Undoes what was written since the last checkpoint and closes it.
    ///
    /// # Errors
    /// [`TreeError::NoCheckpoint`] if none is open.
    pub fn revert(&mut self) -> Result<(), TreeError> {
        self.require_checkpoint("revert")?;
        self.trees.iter_mut().for_each(Overlay::revert);
        Ok(())
    }

    /// Keeps what was written since there were `depth` checkpoints.
    pub fn commit_to(&mut self, depth: usize) {
        while self.depth() > depth {
            self.trees.iter_mut().for_each(Overlay::commit);
        }
    }

    /// Undoes what was written since there were `depth` checkpoints.
    pub fn revert_to(&mut self, depth: usize) {
        while self.depth() > depth {
            self.trees.iter_mut().for_each(Overlay::revert);
        }
    }

    fn require_checkpoint(&self, op: &'static str) -> Result<(), TreeError> {
        if self.depth() == 0 { Err(TreeError::NoCheckpoint { op }) } else { Ok(()) }
    }
}
