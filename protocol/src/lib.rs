//! Aztec 4.1.2's data: what its network, its L1 contracts and its circuits exchange, byte for byte.
//!
//! - [`codec`]: bytes, circuit fields, JSON; errors that name member and offset.
//! - [`constants`]: generated from the pinned release.
//! - [`circuits`]: inputs and outputs of the 17 Noir circuits, and the AVM's public inputs.
//! - [`keys`]: verification keys of the circuits, and their tree.
//! - [`tx`], [`block`]: transactions, effects, blocks, checkpoints, their headers and hashes.
//! - [`blob`]: how a checkpoint is published on L1.
//! - [`tree`]: Merkle trees and the world state over a storage trait.
//! - [`hash`], [`messages`]: domain-separated hashes, siloing, messages between the layers.
//!
//! Nothing here waits, reads a clock, or touches disk or network.

pub mod address;
pub mod blob;
pub mod block;
pub mod circuits;
pub mod codec;
pub mod constants;
pub mod gas;
mod global_variables;
pub mod hash;
pub mod keys;
pub mod messages;
pub mod proof;
pub mod state;
pub mod tree;
pub mod tx;

pub use address::{AztecAddress, EthAddress};
/// The field that everything is made of, so that crates above need not know where arithmetic lives.
pub use chinampa_kernels::Fr;
pub use global_variables::GlobalVariables;
