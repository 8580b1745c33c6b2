//! A contract that verifies Keccak proofs of one circuit.
//!
//! What does not depend on the circuit is `verifier.sol`, which follows [`verify`](crate::verify) phase by phase; in front of it
//! come the key and a few numbers as constants. One contract without libraries, below the 24,576 bytes that Ethereum takes.

mod contract;
#[cfg(test)]
mod tests;

pub use contract::{SolidityError, solidity_verifier};
