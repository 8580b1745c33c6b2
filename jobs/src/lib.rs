//! The job contract between Aztec prover nodes, brokers and proving agents, version 4.1.2: job ids, request
//! types, statuses, proof URIs, the binary and JSON form of inputs and results, and the JSON-RPC envelope.
//!
//! A pure library: bytes in, values out, and back. No clock, no network and no files, except in [`agent`]'s client
//! (feature `client`), in `objects` and in `otlp` (features of these names), and no field arithmetic. Circuit inputs, public
//! inputs, proofs and verification keys are opaque bytes here; only their framing (lengths and field counts) is read.
//! `protocol` knows what is inside them.
//!
//! Every decoder takes arbitrary bytes: it does not panic, allocates in proportion to what it was given and at
//! most to [`limits`], and its [`Error`] names the field, the offset where there is one, what was expected and
//! what was there.

#[cfg(feature = "client")]
mod access;
pub mod agent;
mod causes;
mod epoch;
mod error;
mod job;
mod job_id;
mod js_number;
pub mod limits;
#[cfg(feature = "objects")]
pub mod objects;
#[cfg(feature = "otlp")]
pub mod otlp;
mod payload;
mod raw_json;
mod request_type;
pub mod rpc;
mod status;
pub mod trace;
mod unix_ms;
mod uri;

#[cfg(feature = "client")]
pub use access::{AccessError, BrokerAccess, TlsFiles};
pub use causes::with_causes;
pub use epoch::{EpochNumber, MAX_EPOCH_NUMBER};
pub use error::{Error, JsonKind};
pub use job::{AgentStatus, Assignment, JobFilter, ProvingJob};
pub use job_id::{JobId, JobIdParts};
pub use payload::{
    CircuitOutputs, JobInputs, JobResult, ProgramInputs, Proof, RecursiveProof, VerificationKeyData,
};
pub use request_type::{PublicInputsClass, RequestType};
pub use status::JobStatus;
pub use unix_ms::UnixMs;
pub use uri::{
    INLINE_URI_PREFIX, InlinePayload, ObjectKind, ObjectLocation, ObjectScheme, ProofLocation, ProofUri,
    object_path,
};
