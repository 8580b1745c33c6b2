//! ACIR programs: keys equal to Barretenberg's, and witnesses.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is its purpose")]

mod acir;
mod ecdsa;
mod generate;
mod key;
mod keys;
mod parallel;
mod protocol;
mod refusals;
mod rows;
mod witnesses;
