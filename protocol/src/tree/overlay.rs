//! One tree of a fork: what was written on top of a committed view, in layers that can be thrown away.

use std::collections::{BTreeMap, BTreeSet};

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_pair;

use super::view::{TreeError, TreeId, View};
use super::{LowLeaf, Store};

/// Writes since the last checkpoint.
///
/// `dirty` holds the inner nodes whose value is out of date. If a node is in it, so is its parent; reading a node
/// hashes it and takes it out.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) size: u64,
    pub(super) nodes: BTreeMap<(usize, u64), Fr>,
    pub(super) leaves: BTreeMap<u64, Vec<u8>>,
    pub(super) keys: BTreeMap<[u8; 32], u64>,
    dirty: BTreeSet<(usize, u64)>,
}

impl Layer {
    fn absorb(&mut self, top: Self) {
        self.size = top.size;
        self.nodes.extend(top.nodes);
        self.leaves.extend(top.leaves);
        for (key, index) in top.keys {
            self.keys.entry(key).or_insert(index);
        }
        self.dirty.extend(top.dirty);
    }
}

/// One tree of a fork. There is always at least one layer.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    pub(super) tree: TreeId,
    layers: Vec<Layer>,
    /// Inner nodes hashed so far.
    pub(super) hashes: u64,
}

impl Overlay {
    pub(super) fn new(tree: TreeId, size: u64) -> Self {
        Self { tree, layers: vec![Layer { size, ..Layer::default() }], hashes: 0 }
    }

    fn top(&mut self) -> &mut Layer {
        self.layers.last_mut().expect("there is always a layer")
    }

    pub(super) fn size(&self) -> u64 {
        self.layers.last().expect("there is always a layer").size
    }

    pub(super) fn depth(&self) -> usize {
        self.layers.len() - 1
    }

    /// Opens a layer. The layers below have no dirty nodes afterwards, so that one value is right for all.
    pub(super) fn checkpoint<S: Store>(&mut self, view: &View<'_, S>) -> Result<(), TreeError> {
        self.root(view)?;
        let size = self.size();
        self.layers.push(Layer { size, ..Layer::default() });
        Ok(())
    }

    /// Merges the top layer into the one below.
    pub(super) fn commit(&mut self) {
        if self.layers.len() > 1 {
            let top = self.layers.pop().expect("more than one layer");
            self.top().absorb(top);
        }
    }

    /// Drops the top layer.
    pub(super) fn revert(&mut self) {
        if self.layers.len() > 1 {
            self.layers.pop();
        }
    }

    /// All writes as one layer, every node up to date.
    pub(super) fn into_writes<S: Store>(mut self, view: &View<'_, S>) -> Result<Layer, TreeError> {
        while self.layers.len() > 1 {
            self.commit();
        }
        self.root(view)?;
        let layer = self.layers.pop().expect("there is always a layer");
        debug_assert!(layer.dirty.is_empty(), "the root was hashed, so every node under it was");
        Ok(layer)
    }

    /// The node at `level` (0 for leaves), hashed if it is out of date.
    pub(super) fn node<S: Store>(
        &mut self,
        view: &View<'_, S>,
        level: usize,
        index: u64,
    ) -> Result<Fr, TreeError> {
        if self.top().dirty.contains(&(level, index)) {
            let left = self.node(view, level - 1, 2 * index)?;
            let right = self.node(view, level - 1, 2 * index + 1)?;
            let hash = hash_pair(left, right);
            self.hashes += 1;
            let top = self.top();
            top.dirty.remove(&(level, index));
            top.nodes.insert((level, index), hash);
            return Ok(hash);
        }
        for layer in self.layers.iter().rev() {
            if let Some(node) = layer.nodes.get(&(level, index)) {
                return Ok(*node);
            }
        }
        view.node(self.tree, level, index)
    }

    pub(super) fn root<S: Store>(&mut self, view: &View<'_, S>) -> Result<Fr, TreeError> {
        self.node(view, self.tree.height(), 0)
    }

    /// Siblings from node `index` of `level` upwards.
    pub(super) fn path<S: Store>(
        &mut self,
        view: &View<'_, S>,
        level: usize,
        index: u64,
    ) -> Result<Vec<Fr>, TreeError> {
        if index << level >= self.tree.capacity() {
            return Err(TreeError::NoSuchIndex { tree: self.tree, index });
        }
        (level..self.tree.height()).map(|at| self.node(view, at, index >> (at - level) ^ 1)).collect()
    }

    /// Writes a leaf's hash and marks the path above it.
    pub(super) fn set_node(&mut self, index: u64, hash: Fr) {
        let height = self.tree.height();
        let top = self.top();
        top.nodes.insert((0, index), hash);
        for level in 1..=height {
            if !top.dirty.insert((level, index >> level)) {
                break;
            }
        }
    }

    /// Makes room for `count` leaves and gives the index of the first.
    pub(super) fn reserve(&mut self, count: u64) -> Result<u64, TreeError> {
        let (tree, size) = (self.tree, self.size());
        let capacity = tree.capacity();
        if count > capacity - size {
            return Err(TreeError::Full { tree, capacity, size, added: count });
        }
        self.top().size = size + count;
        Ok(size)
    }

    pub(super) fn leaf<S: Store>(
        &self,
        view: &View<'_, S>,
        index: u64,
    ) -> Result<Option<Vec<u8>>, TreeError> {
        for layer in self.layers.iter().rev() {
            if let Some(leaf) = layer.leaves.get(&index) {
                return Ok(Some(leaf.clone()));
            }
        }
        view.leaf(self.tree, index)
    }

    pub(super) fn set_leaf(&mut self, index: u64, leaf: Vec<u8>) {
        self.top().leaves.insert(index, leaf);
    }

    /// Remembers where the leaf with `key` is; the first one wins.
    pub(super) fn set_key<S: Store>(
        &mut self,
        view: &View<'_, S>,
        key: [u8; 32],
        index: u64,
    ) -> Result<(), TreeError> {
        if self.find(view, &key)?.is_none() {
            self.top().keys.insert(key, index);
        }
        Ok(())
    }

    /// Where the leaf with `key` is.
    pub(super) fn find<S: Store>(
        &self,
        view: &View<'_, S>,
        key: &[u8; 32],
    ) -> Result<Option<u64>, TreeError> {
        match self.layers.iter().find_map(|layer| layer.keys.get(key)) {
            Some(index) => Ok(Some(*index)),
            None => view.find(self.tree, key),
        }
    }

    /// The leaf with the greatest key that is not above `key`.
    pub(super) fn find_low<S: Store>(
        &self,
        view: &View<'_, S>,
        key: &[u8; 32],
    ) -> Result<LowLeaf, TreeError> {
        let written = self.layers.iter().filter_map(|layer| layer.keys.range(..=*key).next_back());
        let written = written.map(|(key, index)| (*key, *index));
        let low = written.chain(view.find_low(self.tree, key)?).max_by_key(|(key, _)| *key);
        let (found, index) =
            low.ok_or_else(|| super::view::corrupt(format!("{:?} tree without genesis leaves", self.tree)))?;
        Ok(LowLeaf { index, already_present: found == *key })
    }
}
