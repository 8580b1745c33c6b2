//! One open epoch: checkpoints are executed as they land, taken back when L1 undoes them, and the proof is submitted.

mod execute;
mod publish;
mod task;

pub(super) use task::{EpochTask, Outcome, Wanted};
