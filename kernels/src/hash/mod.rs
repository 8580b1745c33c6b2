//! The hashes of Aztec's circuits: [`poseidon2`] for trees, leaves, transcripts and blobs, [`pedersen`] for old
//! artifacts.

pub mod pedersen;
pub mod poseidon2;
