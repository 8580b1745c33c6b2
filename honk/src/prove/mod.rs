//! The prover.
//!
//! `prove` is the protocol, one phase a line; each phase is a module. The proof is a function of trace, key, points and,
//! in zero-knowledge, of the random numbers: the number of threads does not change a byte.

mod columns;
mod gemini;
mod grand_product;
mod libra;
mod lookup_inverses;
mod memory;
mod memory_records;
mod oink;
mod phase;
mod polynomial;
#[expect(clippy::module_inception, reason = "the protocol on one page")]
mod prove;
mod randomness;
mod shplonk;
mod sumcheck;

pub use memory::{any_peak_memory_bytes, least_memory_bytes, peak_memory_bytes};
pub use phase::{Phase, PhaseTime, Progress};
pub use prove::{ProveError, Proved, Prover};
pub use randomness::Randomness;
pub use sumcheck::SumcheckRound;
