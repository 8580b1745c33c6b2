//! Why a circuit cannot be built.

use crate::error::OpcodeLocation;

/// A program has no Ultra circuit, or a witness does not fit it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// The program has an opcode that this builder does not have.
    #[error("opcode {location}: {opcode} is not supported")]
    Unsupported {
        /// Where.
        location: OpcodeLocation,
        /// What it is.
        opcode: String,
    },
    /// An opcode that no circuit can have: Barretenberg refuses it as well.
    #[error("opcode {location}: {reason}")]
    Malformed {
        /// Where.
        location: OpcodeLocation,
        /// What is wrong.
        reason: &'static str,
    },
    /// The program names more witnesses than any circuit has.
    #[error("the program has {actual} witnesses, at most {limit} are built")]
    TooManyWitnesses {
        /// The limit.
        limit: usize,
        /// Witnesses that the program names.
        actual: usize,
    },
    /// A witness has another number of values than the program has witnesses.
    #[error("the program has {expected} witnesses, {actual} values were given")]
    WitnessCount {
        /// Witnesses that the program has.
        expected: usize,
        /// Values given.
        actual: usize,
    },
    /// The witness does not satisfy the circuit.
    #[error("the witness does not satisfy the circuit: {reason}")]
    Unsatisfied {
        /// The first thing that building the circuit found.
        reason: &'static str,
    },
}
