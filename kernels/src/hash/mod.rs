//! The hashes of Aztec's circuits: [`poseidon2`] for trees, leaves, transcripts and blobs.

pub mod poseidon2;
