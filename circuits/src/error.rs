//! Why an artifact cannot be used, and why a witness cannot be solved.

use std::fmt;
use std::path::PathBuf;

use chinampa_kernels::Fr;

use crate::oracle::OracleError;

/// An artifact could not be found, or is not what it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// A folder holds no artifacts.
    #[error("{path} holds no circuit artifacts: neither {expected} nor artifacts/{expected} is there")]
    NoArtifacts {
        /// The folder.
        path: PathBuf,
        /// A file that would be there.
        expected: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is larger than any artifact.
    #[error("{what} has more than {limit} bytes")]
    TooLong {
        /// What was being read.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// A file is not the one of the protocol release.
    #[error("{file} has SHA-256 {actual}, that of the release is {expected}")]
    Checksum {
        /// Name of the file.
        file: String,
        /// Digest of the release's file, hexadecimal.
        expected: &'static str,
        /// Digest of the file that was read, hexadecimal.
        actual: String,
    },
    /// The file is not the JSON of a Noir artifact.
    #[error("not a Noir artifact: {0}")]
    Json(#[from] serde_json::Error),
    /// The bytecode is not base64 of gzip.
    #[error("the bytecode is not {expected}: {reason}")]
    Encoding {
        /// The encoding it should have.
        expected: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// The bytecode has another serialisation than that of Noir 1.0.0-beta.18.
    #[error("the bytecode has format {actual}, expected {expected} (msgpack with structs as arrays)")]
    Format {
        /// First byte expected.
        expected: u8,
        /// First byte found.
        actual: u8,
    },
    /// The bytecode does not follow the layout.
    #[error("the bytecode does not follow the layout of Noir 1.0.0-beta.18: {reason}")]
    Layout {
        /// What does not.
        reason: String,
    },
    /// The artifact is a library or a contract.
    #[error("expected a program with one ACIR function, found {actual}")]
    FunctionCount {
        /// How many there are.
        actual: usize,
    },
    /// The ABI and the bytecode differ in the number of parameters or return values.
    #[error("the ABI has {abi} fields of {what}, the bytecode {bytecode}")]
    AbiMismatch {
        /// Parameters or return values.
        what: &'static str,
        /// Fields by the ABI.
        abi: usize,
        /// Witnesses in the bytecode.
        bytecode: usize,
    },
    /// The verification key is not a list of fields.
    #[error("the verification key is not one: {reason}")]
    VerificationKey {
        /// What is wrong.
        reason: String,
    },
}

/// Where in a program: an ACIR opcode, and within an unconstrained call the Brillig opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpcodeLocation {
    /// Index of the ACIR opcode.
    pub acir: usize,
    /// Index of the Brillig opcode in the called function.
    pub brillig: Option<usize>,
}

impl fmt::Display for OpcodeLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.brillig {
            None => write!(f, "{}", self.acir),
            Some(brillig) => write!(f, "{}.{brillig}", self.acir),
        }
    }
}

/// Where of an optional location, for messages.
fn at(location: Option<&OpcodeLocation>) -> String {
    location.map_or_else(String::new, |location| format!(" at opcode {location}"))
}

/// A witness could not be solved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The inputs have another number of fields than the circuit's ABI.
    #[error("{circuit}: expected {expected} input fields, got {actual}")]
    InputCount {
        /// Name of the circuit.
        circuit: String,
        /// Fields that the ABI has.
        expected: usize,
        /// Fields given.
        actual: usize,
    },
    /// The inputs break a constraint or an assertion of the circuit.
    #[error("{circuit}: {message}{}", at(location.as_ref()))]
    Assertion {
        /// Name of the circuit.
        circuit: String,
        /// Where, if known.
        location: Option<OpcodeLocation>,
        /// What the circuit's source says, or that a constraint without a message does not hold.
        message: String,
        /// Values that belong to the message, if it has placeholders.
        values: Vec<Fr>,
    },
    /// The program asks for what was never computed or is not supported.
    #[error("{circuit}: cannot solve: {reason}{}", at(location.as_ref()))]
    Unsolvable {
        /// Name of the circuit.
        circuit: String,
        /// Where, if known.
        location: Option<OpcodeLocation>,
        /// What the solver says.
        reason: String,
    },
    /// The world around the circuit does not answer.
    #[error("{circuit}: oracle {name}: {source}")]
    Oracle {
        /// Name of the circuit.
        circuit: String,
        /// Name of the function that was called.
        name: String,
        /// Why.
        source: OracleError,
    },
    /// The oracle asked for an end.
    #[error("{circuit}: stopped")]
    Stopped {
        /// Name of the circuit.
        circuit: String,
    },
    /// A returned value was never computed.
    #[error("{circuit}: witness {index} is not assigned")]
    Unassigned {
        /// Name of the circuit.
        circuit: String,
        /// Index of the witness.
        index: u32,
    },
}
