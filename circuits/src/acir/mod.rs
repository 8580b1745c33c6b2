//! Programs as Noir 1.0.0-beta.18 writes them, decoded into a compact form for solving.
//!
//! No published `acir` reads this layout: later ones dropped a member, made predicates mandatory and memory operations
//! narrower. Only the unconstrained functions still have the layout that `brillig` 1.0.0-beta.26 reads.
//!
//! # Sources
//! Noir 1.0.0-beta.18 `acvm-repo/acir`, checked on every artifact of Aztec 4.1.2.

mod ahead;
mod black_box;
mod build;
mod compact;
mod layout;
mod stream;

pub(crate) use compact::{
    BlackBox, BrilligCall, BrilligInput, ConstantId, Constants, EcdsaCurve, Expression, Input, MemoryAccess,
    Opcode, Opcodes,
};
pub(crate) use layout::{AssertionPayload, OpcodeLocation};

use std::io::{BufRead, Read as _};

use acvm::FieldElement;
use acvm::acir::circuit::brillig::BrilligBytecode;
use flate2::read::GzDecoder;

use crate::error::ArtifactError;

/// The only serialisation that the artifacts of Aztec 4.1.2 have: msgpack, structs as arrays.
const FORMAT: u8 = 3;

/// Most bytes that bytecode may have after decompression. The largest circuit of Aztec 4.1.2 has 268 million.
pub(crate) const MAX_BYTECODE_LEN_BYTES: usize = 1 << 30;

/// Shortest bytecode, packed, that is worth a thread.
const MIN_AHEAD_BYTES: usize = 1 << 16;

/// A program: one ACIR function and the unconstrained functions that it calls.
#[derive(Debug)]
pub(crate) struct Program {
    /// What to solve, in order.
    pub(crate) opcodes: Opcodes,
    /// Unconstrained functions by id.
    pub(crate) functions: Vec<BrilligBytecode<FieldElement>>,
    /// Witnesses of the parameters, ascending.
    pub(crate) inputs: Vec<u32>,
    /// Witnesses of the return value, ascending.
    pub(crate) outputs: Vec<u32>,
    /// Witnesses of the public parameters and then of the return value: the circuit's public inputs.
    pub(crate) public_inputs: Vec<u32>,
    /// One more than the largest witness index.
    pub(crate) witness_count: u32,
    /// What failing assertions say, by opcode; ascending.
    pub(crate) messages: Vec<(OpcodeLocation, AssertionPayload)>,
}

impl Program {
    /// Reads the gzipped bytecode of an artifact, ready to solve. It is unpacked as a whole, which takes less time than
    /// reading it in pieces, and no more memory than solving does.
    pub(crate) fn from_gzip(gzip: &[u8]) -> Result<Self, ArtifactError> {
        let program =
            Self::from_layout(unpack(gzip, MAX_BYTECODE_LEN_BYTES).and_then(|bytes| decode(&bytes))?)?;
        program.check()?;
        Ok(program)
    }

    /// Reads gzipped bytecode of which only a circuit is built: what it says about its own size is not believed, and it is
    /// never there as a whole.
    pub(crate) fn read(gzip: &[u8]) -> Result<Self, ArtifactError> {
        Self::read_within(gzip, MAX_BYTECODE_LEN_BYTES)
    }

    /// Reads bytecode of at most `limit` bytes. On several threads, one of them unpacks it.
    fn read_within(gzip: &[u8], limit: usize) -> Result<Self, ArtifactError> {
        let (program, is_too_long) = if gzip.len() < MIN_AHEAD_BYTES || rayon::current_num_threads() == 1 {
            let unpacked = GzDecoder::new(gzip).take(limit as u64 + 1);
            let mut unpacked = std::io::BufReader::with_capacity(1 << 16, unpacked);
            let program = decode_from(&mut unpacked);
            (program, unpacked.get_ref().limit() == 0)
        } else {
            ahead::unpack_ahead(gzip, limit, |unpacked| {
                let program = decode_from(unpacked);
                (program, unpacked.taken() > limit)
            })
        };
        // Whatever else is wrong with it then.
        if is_too_long {
            return Err(ArtifactError::TooLong { what: "the bytecode", limit });
        }
        Self::from_layout(program?)
    }

    fn from_layout(program: layout::Program) -> Result<Self, ArtifactError> {
        let layout::Program { mut functions, unconstrained_functions } = program;
        let (Some(circuit), true) = (functions.pop(), functions.is_empty()) else {
            return Err(ArtifactError::FunctionCount { actual: functions.len() });
        };
        let public_inputs = [circuit.public_parameters.as_slice(), &circuit.return_values].concat();
        let mut inputs = circuit.private_parameters;
        inputs.extend(circuit.public_parameters);
        inputs.sort_unstable();
        let mut outputs = circuit.return_values;
        outputs.sort_unstable();
        let mut messages = circuit.assert_messages;
        messages.sort_by_key(|(location, _)| *location);
        let witness_count = circuit.current_witness_index.saturating_add(1);
        Ok(Self {
            opcodes: circuit.opcodes,
            functions: unconstrained_functions,
            inputs,
            outputs,
            public_inputs,
            witness_count,
            messages,
        })
    }

    /// The largest witness index that anything names; 0 where nothing names any.
    pub(crate) fn largest_witness(&self) -> u32 {
        let largest = self.inputs.iter().chain(&self.outputs).copied().max().unwrap_or(0);
        largest.max(self.opcodes.largest_witness)
    }

    /// Refuses programs that name witnesses, blocks or functions which they do not have.
    fn check(&self) -> Result<(), ArtifactError> {
        let largest = self.largest_witness();
        if largest >= self.witness_count.max(1) {
            let reason = format!("witness {largest} is used, the program has {}", self.witness_count);
            return Err(ArtifactError::Layout { reason });
        }
        match self.opcodes.largest_function {
            Some(id) if id as usize >= self.functions.len() => {
                let reason = format!("function {id} is called, the program has {}", self.functions.len());
                Err(ArtifactError::Layout { reason })
            }
            _ => Ok(()),
        }
    }
}

/// Unpacks bytecode of at most `limit` bytes.
fn unpack(gzip: &[u8], limit: usize) -> Result<Vec<u8>, ArtifactError> {
    // The last four bytes are the length; they may lie, and the first guess is not larger than the largest circuit.
    let says = gzip.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    let mut bytes = Vec::with_capacity(says.min(limit / 4) + 1);
    GzDecoder::new(gzip).take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| not_gzip(&error))?;
    if bytes.len() > limit {
        return Err(ArtifactError::TooLong { what: "the bytecode", limit });
    }
    Ok(bytes)
}

/// Reads unpacked bytecode.
fn decode(mut bytes: &[u8]) -> Result<layout::Program, ArtifactError> {
    if bytes.is_empty() {
        return Err(ArtifactError::Encoding { expected: "gzip", reason: "it is empty".to_owned() });
    }
    decode_from(&mut bytes)
}

/// Reads bytecode while it is unpacked.
fn decode_from(unpacked: &mut impl BufRead) -> Result<layout::Program, ArtifactError> {
    let mut format = [0];
    unpacked.read_exact(&mut format).map_err(|error| not_gzip(&error))?;
    if format[0] != FORMAT {
        return Err(ArtifactError::Format { expected: FORMAT, actual: format[0] });
    }
    stream::program(unpacked).map_err(|error| not_layout(&error))
}

fn not_gzip(error: &std::io::Error) -> ArtifactError {
    ArtifactError::Encoding { expected: "gzip", reason: error.to_string() }
}

fn not_layout(error: &rmp_serde::decode::Error) -> ArtifactError {
    ArtifactError::Layout { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn bytecode_is_read_to_its_limit() {
        // One function without opcodes.
        let circuit = ("main", 0_u32, [(); 0], [0_u32], [0_u32; 0], [0_u32; 0], [(); 0]);
        let mut bytes = vec![FORMAT];
        bytes.extend(rmp_serde::to_vec(&([circuit], [(); 0])).unwrap());
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&bytes).unwrap();
        let gzip = gzip.finish().unwrap();
        assert_eq!(Program::read_within(&gzip, bytes.len()).unwrap().inputs, [0]);
        assert_eq!(unpack(&gzip, bytes.len()).unwrap(), bytes);
        let limit = bytes.len() - 1;
        assert!(matches!(unpack(&gzip, limit), Err(ArtifactError::TooLong { .. })));
        let error = Program::read_within(&gzip, limit).unwrap_err();
        assert!(
            matches!(error, ArtifactError::TooLong { limit: refused, .. } if refused == limit),
            "{error}"
        );
    }
}
