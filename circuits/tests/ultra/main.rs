//! Ultra circuits of ACIR programs: keys equal to Barretenberg's.

mod key;
mod keys;
mod witnesses;
