//! Inputs and results of jobs: their binary form (what a proof store holds and an id hashes) and their JSON form
//! (what an inline URI holds).

mod base64_json;
mod inputs;
mod program;
mod proof;
mod reader;
mod result;
mod verification_key;

pub use inputs::JobInputs;
pub use program::ProgramInputs;
pub use proof::{Proof, RecursiveProof};
pub use result::{CircuitOutputs, JobResult};
pub use verification_key::VerificationKeyData;
