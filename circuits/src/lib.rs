//! Noir circuits of Aztec 4.1.2: their artifacts, checked and decoded, and the solving of their witnesses.
//!
//! - [`ArtifactFolder`] finds artifacts in an npm package or a data directory and checks them against the release's
//!   checksums; [`Artifact`] is one of them, decoded; [`Circuits`] keeps decoded ones.
//! - [`Artifact::solve`] turns inputs (one field each, in the order of the ABI) into a [`Witness`], and
//!   [`Artifact::outputs`] reads what the circuit returned, in the same form.
//! - [`Oracle`] answers what a circuit asks of the world around it.
//!
//! Nothing here knows jobs or networks. Files are read where an [`ArtifactFolder`] is used, and nowhere else.

mod abi;
mod acir;
mod artifact;
mod circuit;
mod encode;
mod error;
mod oracle;
mod solve;
mod ultra;
mod witness;
mod witness_file;

pub use abi::{Abi, AbiMember, AbiParameter, AbiType, Sign};
pub use artifact::{Artifact, ArtifactFolder, Circuits, MAX_ARTIFACT_LEN_BYTES, VerificationKey};
pub use circuit::{Circuit, Variant};
pub use encode::InputError;
pub use error::{ArtifactError, OpcodeLocation, SolveError};
pub use oracle::{NoOracle, Oracle, OracleError};
pub use ultra::{BackendInputs, CircuitError, MAX_WITNESSES, UltraProgram};
pub use witness::Witness;
pub use witness_file::{WitnessFile, WitnessFileError};
