//! Reading the committed trees as they were after some block.
//!
//! # Layout of the store
//!
//! | key | value |
//! | --- | --- |
//! | `N` tree level index | node, 32 bytes; absent where the subtree is empty |
//! | `L` tree index | leaf with its link (indexed trees) |
//! | `K` tree key | index of the leaf with that key; in append-only trees, of the first leaf with that value |
//! | `B` block | root and size of the five trees after the block |
//! | `H` (key above) block | what that key held before the block |
//! | `U` block | the keys that the block changed |
//! | `S` | latest, finalized and oldest block |
//!
//! Integers are big-endian, so byte order is number order. A key as of block `n` is the oldest `H` entry above `n`, or
//! the newest value where there is none. The writer may come between two reads, so `H` is read before the newest
//! value, which an unwinding may be about to take back, and once more after it, which shows a commit that came first.

use chinampa_kernels::Fr;

use super::{Store, StoreError, zero_hash};
use crate::codec::{Decode as _, Encode as _, Reader};
use crate::constants::{
    ARCHIVE_HEIGHT, L1_TO_L2_MSG_TREE_HEIGHT, NOTE_HASH_TREE_HEIGHT, NULLIFIER_TREE_HEIGHT,
    PUBLIC_DATA_TREE_HEIGHT,
};

/// The trees of the world state, with Aztec's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TreeId {
    /// Nullifiers, indexed; 64 positions a tx.
    Nullifier = 0,
    /// Note hashes, append-only; 64 positions a tx.
    NoteHash = 1,
    /// Public storage, indexed and updateable; one position a new slot.
    PublicData = 2,
    /// L1 to L2 messages, append-only; 1,024 positions a checkpoint.
    L1ToL2Message = 3,
    /// Block hashes, append-only; the leaf's index is the block number.
    Archive = 4,
}

impl TreeId {
    /// All trees in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Nullifier, Self::NoteHash, Self::PublicData, Self::L1ToL2Message, Self::Archive];

    /// Levels above the leaves.
    pub const fn height(self) -> usize {
        match self {
            Self::Nullifier => NULLIFIER_TREE_HEIGHT,
            Self::NoteHash => NOTE_HASH_TREE_HEIGHT,
            Self::PublicData => PUBLIC_DATA_TREE_HEIGHT,
            Self::L1ToL2Message => L1_TO_L2_MSG_TREE_HEIGHT,
            Self::Archive => ARCHIVE_HEIGHT,
        }
    }

    /// Most leaves.
    pub const fn capacity(self) -> u64 {
        1 << self.height()
    }
}

/// Why a tree operation failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds something that this code does not write.
    #[error("the tree store is corrupt: {what}")]
    Corrupt {
        /// What is wrong.
        what: String,
    },
    /// A key that is there and cannot be written again.
    #[error("{tree:?} tree already has the key {key}")]
    KeyExists {
        /// The tree.
        tree: TreeId,
        /// The key.
        key: Fr,
    },
    /// The same key twice in a batch.
    #[error("the batch for the {tree:?} tree has the key {key} twice")]
    DuplicateKey {
        /// The tree.
        tree: TreeId,
        /// The key.
        key: Fr,
    },
    /// No room.
    #[error("{tree:?} tree has room for {capacity} leaves, {size} are there and {added} more were given")]
    Full {
        /// The tree.
        tree: TreeId,
        /// Most leaves.
        capacity: u64,
        /// Leaves that are there.
        size: u64,
        /// Leaves to add.
        added: u64,
    },
    /// A subtree that does not fit where the tree ends.
    #[error("{tree:?} tree ends at leaf {size}, where no subtree of depth {depth} for {added} leaves starts")]
    Unaligned {
        /// The tree.
        tree: TreeId,
        /// Leaves that are there.
        size: u64,
        /// Depth of the subtree.
        depth: usize,
        /// Leaves to add.
        added: usize,
    },
    /// A leaf or node outside the tree.
    #[error("{tree:?} tree has no index {index}")]
    NoSuchIndex {
        /// The tree.
        tree: TreeId,
        /// The index.
        index: u64,
    },
    /// A block that is not there: not yet, pruned, or unwound.
    #[error("no state of block {block}: blocks {oldest} to {latest} are there")]
    NoSuchBlock {
        /// The block.
        block: u32,
        /// Oldest block with state.
        oldest: u32,
        /// Newest block.
        latest: u32,
    },
    /// An operation that finality forbids.
    #[error("cannot {op} block {block}: block {finalized} is finalized")]
    Finalized {
        /// What was tried.
        op: &'static str,
        /// The block.
        block: u32,
        /// Newest finalized block.
        finalized: u32,
    },
    /// A commit or revert without a checkpoint.
    #[error("there is no checkpoint to {op}")]
    NoCheckpoint {
        /// `commit` or `revert`.
        op: &'static str,
    },
    /// A block whose effects do not lead to the state in its header.
    #[error("{tree:?} tree after block {block}: expected {expected:?}, got {actual:?}")]
    StateMismatch {
        /// The block.
        block: u32,
        /// The tree.
        tree: TreeId,
        /// Root and size in the header.
        expected: (Fr, u64),
        /// Root and size that the effects give.
        actual: (Fr, u64),
    },
    /// A block that does not follow the newest one.
    #[error("expected block {expected}, got block {actual}")]
    BlockOrder {
        /// The next block.
        expected: u32,
        /// The block that came.
        actual: u32,
    },
    /// Genesis leaves that are not sorted, not unique, or not above the default ones.
    #[error("prefilled public data: {what}")]
    Genesis {
        /// What is wrong.
        what: String,
    },
}

/// The leaf with the greatest key that is not above the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowLeaf {
    /// Where it is.
    pub index: u64,
    /// Whether it has the very key.
    pub already_present: bool,
}

/// Root and size of the five trees after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockMeta {
    pub(super) trees: [(Fr, u64); 5],
}

impl BlockMeta {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        for (root, size) in self.trees {
            root.encode(&mut out);
            size.encode(&mut out);
        }
        out
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let mut reader = Reader::new(bytes);
        let mut trees = [(Fr::ZERO, 0); 5];
        let mut read = || -> Result<(), crate::codec::DecodeError> {
            for tree in &mut trees {
                *tree = (Fr::decode(&mut reader)?, u64::decode(&mut reader)?);
            }
            reader.finish()
        };
        read().map_err(|error| corrupt(format!("meta of a block: {error}")))?;
        Ok(Self { trees })
    }
}

pub(super) fn corrupt(what: String) -> TreeError {
    TreeError::Corrupt { what }
}

pub(super) fn node_key(tree: TreeId, level: usize, index: u64) -> Vec<u8> {
    let mut key = vec![b'N', tree as u8, u8::try_from(level).expect("trees are at most 42 high")];
    key.extend_from_slice(&index.to_be_bytes());
    key
}

pub(super) fn leaf_key(tree: TreeId, index: u64) -> Vec<u8> {
    let mut key = vec![b'L', tree as u8];
    key.extend_from_slice(&index.to_be_bytes());
    key
}

pub(super) fn index_key(tree: TreeId, key: &[u8; 32]) -> Vec<u8> {
    let mut bytes = vec![b'K', tree as u8];
    bytes.extend_from_slice(key);
    bytes
}

pub(super) fn block_key(block: u32) -> Vec<u8> {
    numbered(b'B', block)
}

pub(super) fn undo_key(block: u32) -> Vec<u8> {
    numbered(b'U', block)
}

fn numbered(prefix: u8, block: u32) -> Vec<u8> {
    let mut key = vec![prefix];
    key.extend_from_slice(&block.to_be_bytes());
    key
}

pub(super) fn history_key(key: &[u8], block: u32) -> Vec<u8> {
    let mut bytes = vec![b'H'];
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&block.to_be_bytes());
    bytes
}

/// The value of a history entry: a byte that says whether there was a value, and the value.
pub(super) fn history_value(old: Option<&[u8]>) -> Vec<u8> {
    match old {
        None => vec![0],
        Some(value) => [&[1], value].concat(),
    }
}

pub(super) fn from_history_value(bytes: &[u8]) -> Result<Option<Vec<u8>>, TreeError> {
    match bytes.split_first() {
        Some((0, [])) => Ok(None),
        Some((1, value)) => Ok(Some(value.to_vec())),
        _ => Err(corrupt("a history entry without its mark".to_owned())),
    }
}

pub(super) fn index_from(value: &[u8]) -> Result<u64, TreeError> {
    let bytes = value.try_into().map_err(|_| corrupt(format!("an index of {} bytes", value.len())))?;
    Ok(u64::from_be_bytes(bytes))
}

/// The committed trees as they were after a block.
#[derive(Debug)]
pub(super) struct View<'s, S> {
    store: &'s S,
    block: u32,
    meta: BlockMeta,
}

// A derive would ask for `S: Clone`, though the store is only borrowed.
impl<S> Clone for View<'_, S> {
    fn clone(&self) -> Self {
        Self { store: self.store, block: self.block, meta: self.meta }
    }
}

impl<'s, S: Store> View<'s, S> {
    /// `None` if the store has no state of the block.
    pub(super) fn open(store: &'s S, block: u32) -> Result<Option<Self>, TreeError> {
        let Some(meta) = store.get(&block_key(block))? else { return Ok(None) };
        Ok(Some(Self { store, block, meta: BlockMeta::from_bytes(&meta)? }))
    }

    /// A view whose roots and sizes the store does not have (yet).
    pub(super) fn over(store: &'s S, block: u32, meta: BlockMeta) -> Self {
        Self { store, block, meta }
    }

    pub(super) fn size(&self, tree: TreeId) -> u64 {
        self.meta.trees[tree as usize].1
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TreeError> {
        if let Some(old) = self.history(key)? {
            return Ok(old);
        }
        let newest = self.store.get(key)?;
        Ok(self.history(key)?.unwrap_or(newest))
    }

    /// What `key` held at this view's block, if a later block changed it.
    fn history(&self, key: &[u8]) -> Result<Option<Option<Vec<u8>>>, TreeError> {
        let from = history_key(key, self.block.saturating_add(1));
        let prefix = &from[..from.len() - 4];
        match self.store.at_or_above(&from)? {
            Some((found, old)) if found.len() == from.len() && found.starts_with(prefix) => {
                from_history_value(&old).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn node(&self, tree: TreeId, level: usize, index: u64) -> Result<Fr, TreeError> {
        // Positions at and behind the end are empty, whatever the store has there by now.
        if index << level >= self.size(tree) {
            return Ok(zero_hash(level));
        }
        let Some(bytes) = self.get(&node_key(tree, level, index))? else { return Ok(zero_hash(level)) };
        Fr::from_bytes(&bytes).map_err(|error| corrupt(format!("node {level}/{index} of {tree:?}: {error}")))
    }

    pub(super) fn leaf(&self, tree: TreeId, index: u64) -> Result<Option<Vec<u8>>, TreeError> {
        if index >= self.size(tree) { Ok(None) } else { self.get(&leaf_key(tree, index)) }
    }

    /// Where the leaf with `key` is.
    pub(super) fn find(&self, tree: TreeId, key: &[u8; 32]) -> Result<Option<u64>, TreeError> {
        let Some(value) = self.get(&index_key(tree, key))? else { return Ok(None) };
        Ok(Some(index_from(&value)?).filter(|index| *index < self.size(tree)))
    }

    /// The greatest key that is not above `key`, and where its leaf is.
    pub(super) fn find_low(
        &self,
        tree: TreeId,
        key: &[u8; 32],
    ) -> Result<Option<([u8; 32], u64)>, TreeError> {
        let mut from = index_key(tree, key);
        loop {
            let Some((found, value)) = self.store.at_or_below(&from)? else { return Ok(None) };
            let Some(found_key) = found.strip_prefix(&[b'K', tree as u8]) else { return Ok(None) };
            let index = index_from(&value)?;
            if index < self.size(tree) {
                let found_key = found_key
                    .try_into()
                    .map_err(|_| corrupt(format!("a key of {} bytes", found_key.len())))?;
                return Ok(Some((found_key, index)));
            }
            // Inserted after this view's block: look further down. A key above zero has one below it.
            from = found;
            let Some(last) = from.iter().rposition(|byte| *byte != 0).filter(|last| *last >= 2) else {
                return Ok(None);
            };
            from[last] -= 1;
            from[last + 1..].fill(0xff);
        }
    }
}
