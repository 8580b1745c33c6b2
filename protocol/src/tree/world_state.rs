//! The committed state: five trees that move together, block by block.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chinampa_kernels::Fr;

use super::fork::Fork;
use super::overlay::Layer;
use super::store::Change;
use super::view::{
    BlockMeta, TreeError, TreeId, View, block_key, corrupt, from_history_value, history_key, history_value,
    index_key, leaf_key, node_key, undo_key,
};
use super::{Genesis, IndexedLeaf, IndexedLeafPreimage, Store};
use crate::block::{BlockHeader, L2Block};
use crate::circuits::PublicDataTreeLeaf;
use crate::codec::{CountPrefix, Decode as _, Encode, Reader};
use crate::constants::{MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX, NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP};
use crate::state::{AppendOnlyTreeSnapshot, StateReference};
use crate::tx::TxEffect;

const STATUS_KEY: &[u8] = b"S";
/// Most keys of one block's undo list: a block of 65,536 txs with full effects touches fewer nodes than this.
const UNDO_KEYS_MAX: usize = 1 << 30;

/// Which blocks the state covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldStateStatus {
    /// Newest block.
    pub latest: u32,
    /// Newest block that will not be unwound.
    pub finalized: u32,
    /// Oldest block whose state can still be read.
    pub oldest: u32,
}

/// What one tx does to the trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TxUpdate {
    /// Unique note hashes, without padding.
    pub note_hashes: Vec<Fr>,
    /// Siloed nullifiers, without padding.
    pub nullifiers: Vec<Fr>,
    /// Writes to public storage, in order.
    pub public_data_writes: Vec<PublicDataTreeLeaf>,
}

impl From<&TxEffect> for TxUpdate {
    fn from(effect: &TxEffect) -> Self {
        let writes = effect.public_data_writes.iter();
        Self {
            note_hashes: effect.note_hashes.clone(),
            nullifiers: effect.nullifiers.clone(),
            public_data_writes: writes
                .map(|write| PublicDataTreeLeaf { slot: write.leaf_slot, value: write.value })
                .collect(),
        }
    }
}

/// What one block does to the trees, and where that must lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockUpdate {
    /// Block number.
    pub number: u32,
    /// Hash of its header, the leaf that goes into the archive.
    pub hash: Fr,
    /// Archive before the block.
    pub last_archive: AppendOnlyTreeSnapshot,
    /// The state trees after the block.
    pub state: StateReference,
    /// Archive after the block.
    pub archive: AppendOnlyTreeSnapshot,
    /// Messages of the checkpoint, without padding, if this is its first block.
    pub l1_to_l2_messages: Option<Vec<Fr>>,
    /// What its txs do, in order.
    pub txs: Vec<TxUpdate>,
}

impl BlockUpdate {
    /// What `block` does. `messages` are those of its checkpoint; only the first block of a checkpoint inserts
    /// them.
    pub fn new(block: &L2Block, messages: &[Fr]) -> Self {
        Self {
            number: block.header.global_variables.block_number,
            hash: block.header.hash(),
            last_archive: block.header.last_archive,
            state: block.header.state,
            archive: block.archive,
            l1_to_l2_messages: (block.index_within_checkpoint == 0).then(|| messages.to_vec()),
            txs: block.body.tx_effects.iter().map(TxUpdate::from).collect(),
        }
    }
}

/// The committed state over a store.
#[derive(Debug)]
pub struct WorldState<S> {
    store: S,
    /// Held by whoever changes the store: what it read must still be so when it writes.
    writer: Mutex<()>,
}

impl<S: Store> WorldState<S> {
    /// Opens the state in `store`; an empty store gets the state of `genesis` first.
    ///
    /// # Errors
    /// [`TreeError::Store`] or [`TreeError::Corrupt`].
    pub fn open(store: S, genesis: &Genesis) -> Result<Self, TreeError> {
        let state = Self { store, writer: Mutex::new(()) };
        if state.store.get(STATUS_KEY)?.is_none() {
            state.write_genesis(genesis)?;
        }
        state.status()?;
        Ok(state)
    }

    /// The lock guards no data, so a panic of its last holder leaves nothing half done.
    fn writer(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_genesis(&self, genesis: &Genesis) -> Result<(), TreeError> {
        // Block 0 needs a view to be built on; the empty trees are that view and are never stored.
        let empty = BlockMeta { trees: TreeId::ALL.map(|tree| (super::zero_hash(tree.height()), 0)) };
        let view = View::over(&self.store, 0, empty);
        let mut fork = Fork::new(view);
        prefill(&mut fork, &Genesis::nullifier_leaves())?;
        prefill(&mut fork, &genesis.public_data_leaves())?;
        let header = BlockHeader { state: fork.state_reference()?, ..BlockHeader::default() };
        fork.append(TreeId::Archive, &[header.hash()])?;
        self.commit(fork, WorldStateStatus { latest: 0, finalized: 0, oldest: 0 })
    }

    /// Which blocks the state covers.
    ///
    /// # Errors
    /// [`TreeError::Store`] or [`TreeError::Corrupt`].
    pub fn status(&self) -> Result<WorldStateStatus, TreeError> {
        let bytes = self.store.get(STATUS_KEY)?.ok_or_else(|| corrupt("no status".to_owned()))?;
        let mut reader = Reader::new(&bytes);
        let mut next = || u32::decode(&mut reader).map_err(|error| corrupt(format!("status: {error}")));
        Ok(WorldStateStatus { latest: next()?, finalized: next()?, oldest: next()? })
    }

    /// A fork of the state after the newest block.
    ///
    /// # Errors
    /// [`TreeError::Store`] or [`TreeError::Corrupt`].
    pub fn latest(&self) -> Result<Fork<'_, S>, TreeError> {
        self.fork_at(self.status()?.latest)
    }

    /// A fork of the state after `block`; 0 is genesis.
    ///
    /// # Errors
    /// [`TreeError::NoSuchBlock`] if it is not there.
    pub fn fork_at(&self, block: u32) -> Result<Fork<'_, S>, TreeError> {
        let status = self.status()?;
        let in_range = (status.oldest..=status.latest).contains(&block);
        let view = if in_range { View::open(&self.store, block)? } else { None };
        let WorldStateStatus { latest, oldest, .. } = status;
        view.map(Fork::new).ok_or(TreeError::NoSuchBlock { block, oldest, latest })
    }

    /// Applies the next block: all of it, or nothing if its effects do not lead to the state in its header.
    ///
    /// # Errors
    /// [`TreeError::BlockOrder`], [`TreeError::StateMismatch`], and what the insertions give.
    pub fn apply_block(&self, update: &BlockUpdate) -> Result<(), TreeError> {
        let _writer = self.writer();
        let status = self.status()?;
        let block = update.number;
        if block != status.latest + 1 {
            return Err(TreeError::BlockOrder { expected: status.latest + 1, actual: block });
        }
        let mut fork = self.fork_at(status.latest)?;
        apply_effects(&mut fork, update)?;
        let StateReference { l1_to_l2_message_tree, partial } = update.state;
        for (tree, expected) in [
            (TreeId::L1ToL2Message, l1_to_l2_message_tree),
            (TreeId::NoteHash, partial.note_hash_tree),
            (TreeId::Nullifier, partial.nullifier_tree),
            (TreeId::PublicData, partial.public_data_tree),
            (TreeId::Archive, update.last_archive),
        ] {
            require_snapshot(&mut fork, block, tree, expected)?;
        }
        fork.append(TreeId::Archive, &[update.hash])?;
        require_snapshot(&mut fork, block, TreeId::Archive, update.archive)?;
        self.commit(fork, WorldStateStatus { latest: block, ..status })
    }

    /// Commits the writes of a fork as the state of block `status.latest`, in one atomic write. Nothing comes before
    /// block 0, so it has neither history nor an undo list.
    fn commit(&self, fork: Fork<'_, S>, status: WorldStateStatus) -> Result<(), TreeError> {
        let Fork { view, trees } = fork;
        let mut meta = BlockMeta { trees: [(Fr::ZERO, 0); 5] };
        let mut changes: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for mut overlay in trees {
            let tree = overlay.tree;
            let root = overlay.root(&view)?;
            let layer = overlay.into_writes(&view)?;
            meta.trees[tree as usize] = (root, layer.size);
            collect_changes(tree, layer, &mut changes);
        }
        let block = status.latest;
        let mut writes: Vec<Change> = Vec::with_capacity(2 * changes.len() + 3);
        let mut undo = Vec::new();
        u32::try_from(changes.len()).expect("a block changes few keys").encode(&mut undo);
        for (key, value) in changes {
            let old = self.store.get(&key)?;
            u8::try_from(key.len()).expect("keys are short").encode(&mut undo);
            undo.extend_from_slice(&key);
            if block > 0 {
                writes.push((history_key(&key, block), Some(history_value(old.as_deref()))));
            }
            writes.push((key, Some(value)));
        }
        if block > 0 {
            writes.push((undo_key(block), Some(undo)));
        }
        writes.push((block_key(block), Some(meta.to_bytes())));
        writes.push((STATUS_KEY.to_vec(), Some(status_bytes(status))));
        Ok(self.store.write(writes)?)
    }

    /// Takes back all blocks above `to`, in one atomic write. Nothing happens if `to` is the newest block.
    ///
    /// # Errors
    /// [`TreeError::Finalized`] below the finalized block, [`TreeError::NoSuchBlock`] above the newest one. Nothing
    /// is then changed.
    pub fn unwind_to(&self, to: u32) -> Result<(), TreeError> {
        let _writer = self.writer();
        let WorldStateStatus { latest, finalized, oldest } = self.status()?;
        if to < finalized {
            return Err(TreeError::Finalized { op: "unwind to", block: to, finalized });
        }
        if to > latest || to < oldest {
            return Err(TreeError::NoSuchBlock { block: to, oldest, latest });
        }
        // Going down, the value before the lowest block is the one that stays.
        let mut writes: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
        for block in (to + 1..=latest).rev() {
            for key in self.changed_keys(block)? {
                let history = history_key(&key, block);
                let old = self.store.get(&history)?;
                let old = old.ok_or_else(|| corrupt(format!("block {block} lacks a history entry")))?;
                writes.insert(key, from_history_value(&old)?);
                writes.insert(history, None);
            }
            writes.insert(undo_key(block), None);
            writes.insert(block_key(block), None);
        }
        writes.insert(
            STATUS_KEY.to_vec(),
            Some(status_bytes(WorldStateStatus { latest: to, finalized, oldest })),
        );
        Ok(self.store.write(writes.into_iter().collect())?)
    }

    /// Says that blocks up to `block` will not be unwound.
    ///
    /// # Errors
    /// [`TreeError::NoSuchBlock`] above the newest block. Going back is ignored.
    pub fn set_finalized(&self, block: u32) -> Result<(), TreeError> {
        let _writer = self.writer();
        let status = self.status()?;
        let WorldStateStatus { latest, finalized, oldest } = status;
        if block > latest {
            return Err(TreeError::NoSuchBlock { block, oldest, latest });
        }
        let status = WorldStateStatus { finalized: finalized.max(block), ..status };
        Ok(self.store.write(vec![(STATUS_KEY.to_vec(), Some(status_bytes(status)))])?)
    }

    /// Forgets the states before `block`, which can then neither be read nor unwound to.
    ///
    /// # Errors
    /// [`TreeError::Finalized`] above the finalized block. Going back is ignored.
    pub fn remove_history_before(&self, block: u32) -> Result<(), TreeError> {
        let _writer = self.writer();
        let status = self.status()?;
        let finalized = status.finalized;
        if block > finalized {
            return Err(TreeError::Finalized { op: "forget the states before", block, finalized });
        }
        let mut writes: Vec<Change> = Vec::new();
        for removed in status.oldest..block {
            writes.push((block_key(removed), None));
            // History entries of block n serve views below n.
            for key in self.changed_keys(removed + 1)? {
                writes.push((history_key(&key, removed + 1), None));
            }
            writes.push((undo_key(removed + 1), None));
        }
        let oldest = status.oldest.max(block);
        writes.push((STATUS_KEY.to_vec(), Some(status_bytes(WorldStateStatus { oldest, ..status }))));
        Ok(self.store.write(writes)?)
    }

    fn changed_keys(&self, block: u32) -> Result<Vec<Vec<u8>>, TreeError> {
        let bytes = self.store.get(&undo_key(block))?;
        let bytes = bytes.ok_or_else(|| corrupt(format!("block {block} lacks its undo list")))?;
        let mut reader = Reader::new(&bytes);
        let keys: Result<Vec<ShortKey>, _> = reader.counted(CountPrefix::U32, UNDO_KEYS_MAX);
        let keys = keys.map_err(|error| corrupt(format!("undo list of block {block}: {error}")))?;
        Ok(keys.into_iter().map(|key| key.0).collect())
    }
}

/// A key behind its length.
struct ShortKey(Vec<u8>);

impl crate::codec::Decode for ShortKey {
    const LEN_BYTES_MIN: usize = 1;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, crate::codec::DecodeError> {
        let count = usize::from(u8::decode(reader)?);
        Ok(Self(reader.take(count)?.to_vec()))
    }
}

fn status_bytes(status: WorldStateStatus) -> Vec<u8> {
    [status.latest, status.finalized, status.oldest].iter().flat_map(u32::to_bytes).collect()
}

fn collect_changes(tree: TreeId, layer: Layer, changes: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
    for ((level, index), node) in layer.nodes {
        changes.insert(node_key(tree, level, index), node.to_bytes());
    }
    for (index, leaf) in layer.leaves {
        changes.insert(leaf_key(tree, index), leaf);
    }
    for (key, index) in layer.keys {
        changes.insert(index_key(tree, &key), index.to_bytes());
    }
}

fn prefill<S: Store, L: IndexedLeaf>(
    fork: &mut Fork<'_, S>,
    leaves: &[IndexedLeafPreimage<L>],
) -> Result<(), TreeError> {
    let (overlay, view) = (&mut fork.trees[L::TREE as usize], &fork.view);
    overlay.reserve(leaves.len() as u64)?;
    for (index, leaf) in (0..).zip(leaves) {
        overlay.set_leaf(index, leaf.to_bytes());
        overlay.set_node(index, leaf.hash());
        overlay.set_key(view, leaf.leaf.key().to_be_bytes(), index)?;
    }
    Ok(())
}

/// Messages, note hashes, nullifiers as one batch, public writes one by one: the order does not matter, the trees
/// do not know of each other.
fn apply_effects<S: Store>(fork: &mut Fork<'_, S>, update: &BlockUpdate) -> Result<(), TreeError> {
    if let Some(messages) = &update.l1_to_l2_messages {
        let padded = padded(messages, NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP, TreeId::L1ToL2Message)?;
        fork.append(TreeId::L1ToL2Message, &padded)?;
    }
    let mut nullifiers = Vec::with_capacity(update.txs.len() * MAX_NULLIFIERS_PER_TX);
    let mut writes = Vec::new();
    for tx in &update.txs {
        fork.append(TreeId::NoteHash, &padded(&tx.note_hashes, MAX_NOTE_HASHES_PER_TX, TreeId::NoteHash)?)?;
        nullifiers.extend(padded(&tx.nullifiers, MAX_NULLIFIERS_PER_TX, TreeId::Nullifier)?);
        writes.extend_from_slice(&tx.public_data_writes);
    }
    fork.insert_nullifiers(&nullifiers)?;
    fork.write_public_data(&writes)
}

fn padded(leaves: &[Fr], count: usize, tree: TreeId) -> Result<Vec<Fr>, TreeError> {
    if leaves.len() > count {
        let (capacity, added) = (count as u64, leaves.len() as u64);
        return Err(TreeError::Full { tree, capacity, size: 0, added });
    }
    let mut padded = leaves.to_vec();
    padded.resize(count, Fr::ZERO);
    Ok(padded)
}

fn require_snapshot<S: Store>(
    fork: &mut Fork<'_, S>,
    block: u32,
    tree: TreeId,
    expected: AppendOnlyTreeSnapshot,
) -> Result<(), TreeError> {
    let actual = (fork.root(tree)?, fork.size(tree));
    let expected = (expected.root, u64::from(expected.next_available_leaf_index));
    if actual == expected { Ok(()) } else { Err(TreeError::StateMismatch { block, tree, expected, actual }) }
}
