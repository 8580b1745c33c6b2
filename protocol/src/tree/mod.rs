//! Merkle trees: the five of the world state, and the small ones that are built once and thrown away.
//!
//! - [`ephemeral`]: balanced, unbalanced and "wonky" roots over a list of leaves.
//! - [`Store`]: an ordered map from bytes to bytes with atomic writes; everything else is built on it.
//! - [`Fork`]: a writable view of all five trees as they were after some block. Checkpoints nest; nothing that a
//!   fork does reaches the store.
//! - [`WorldState`]: the committed state, block by block: apply, unwind, history.
//!
//! # Hashing
//! Inner nodes are Poseidon2 of the two children, an empty leaf is zero. A write marks the path above it; a node
//! is hashed when somebody asks for it or for the root. So a batch costs one hash for each touched node, and a
//! node is hashed again within a batch only if a witness shows its value in between.
//!
//! # Invariants
//! - A store holds all five trees of the same block: a block is applied or unwound in one atomic write.
//! - A view of block `n` reads the same values for as long as the block is neither unwound nor forgotten, whatever
//!   is committed or unwound above it.
//!
//! # Sources
//! Aztec 4.1.2 world state (Barretenberg `crypto/merkle_tree`), for what is inserted where; its golden values.

pub mod ephemeral;
mod fork;
mod genesis;
mod indexed;
mod leaf;
mod overlay;
mod store;
mod view;
mod world_state;
mod zero;

pub use ephemeral::{balanced_sha_root, unbalanced_poseidon_root, unbalanced_sha_root, wonky_sha_root};
pub use fork::Fork;
pub use genesis::Genesis;
pub use indexed::{BatchInsertion, LeafWitness, SequentialInsertion};
pub use leaf::{IndexedLeaf, IndexedLeafPreimage};
pub use store::{Change, Entry, MemoryStore, Store, StoreError};
pub use view::{LowLeaf, TreeError, TreeId};
pub use world_state::{BlockUpdate, TxUpdate, WorldState, WorldStateStatus};
pub use zero::zero_hash;
