//! What is proven, as files that Noir 1.0.0-beta.18 writes: a program of many multiplications, `x_{i+1} = x_i^2 + i`, with its
//! witness, or the circuit of a job.

use std::error::Error;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use chinampa_circuits::{ArtifactFolder, Circuit, Circuits, NoOracle, Variant};
use chinampa_jobs::{JobInputs, RequestType};
use chinampa_kernels::Fr;
use chinampa_protocol::circuits::CircuitInputs;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// First bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Format byte of msgpack with structs as arrays.
const FORMAT: u8 = 3;
/// What the first witness is.
const START: u64 = 3;

/// Bytecode and witness. `x_0` is private, the last one public.
pub(super) fn multiplications(count: u32) -> (Vec<u8>, Vec<u8>) {
    (gzip(&bytecode(count)), gzip(&witness(count)))
}

/// Bytecode and witness of the circuit of a job, whose raw inputs are in a file.
pub(super) fn of_job(
    circuits: &Path,
    request_type: RequestType,
    inputs: &Path,
) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error + Send + Sync>> {
    let mut buffer = fs::read(inputs)?;
    if buffer.starts_with(&GZIP) {
        buffer = {
            let mut inflated = Vec::new();
            GzDecoder::new(buffer.as_slice()).read_to_end(&mut inflated)?;
            inflated
        };
    }
    let inputs = JobInputs::from_buffer(request_type, buffer)?;
    let number = u32::from(request_type.number());
    // Circuits are listed in the order of request types, which start with the AVM.
    let circuit = number.checked_sub(1).and_then(|place| Circuit::ALL.get(place as usize));
    let circuit = circuit.ok_or_else(|| format!("{request_type} has no circuit"))?;
    let artifact = Circuits::new(ArtifactFolder::open(circuits)?).get(*circuit, Variant::Proven)?;
    let decoded = CircuitInputs::decode(number, inputs.buffer())?;
    let witness = artifact.solve(&decoded.fields(), &mut NoOracle)?;
    Ok((artifact.bytecode_gzip().to_vec(), witness.to_scratch_file()))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written")
}

fn bytecode(count: u32) -> Vec<u8> {
    let mut out = Msgpack(vec![FORMAT]);
    // The functions of the program, and none that are unconstrained.
    out.array(2);
    out.array(1);
    out.array(7);
    out.string("main");
    out.number(count);
    out.array(count);
    for i in 0..count {
        out.map(1);
        out.string("AssertZero");
        out.array(3);
        // x_i^2 - x_{i+1} + i
        out.array(1);
        out.array(3);
        out.field(Fr::ONE);
        out.number(i);
        out.number(i);
        out.array(1);
        out.array(2);
        out.field(-Fr::ONE);
        out.number(i + 1);
        out.field(Fr::from(i));
    }
    // Private parameters, public ones, return values, messages.
    out.array(1);
    out.number(0);
    out.array(1);
    out.number(count);
    out.array(0);
    out.array(0);
    out.array(0);
    out.0
}

fn witness(count: u32) -> Vec<u8> {
    let mut out = Msgpack(vec![FORMAT]);
    out.array(1);
    out.array(1);
    out.array(2);
    out.number(0);
    out.map(count + 1);
    let mut value = Fr::from(START);
    for i in 0..=count {
        out.number(i);
        out.field(value);
        value = value.square() + Fr::from(i);
    }
    out.0
}

/// The part of msgpack that is needed.
struct Msgpack(Vec<u8>);

impl Msgpack {
    fn array(&mut self, len: u32) {
        self.len(len, 0x90, 0xdc);
    }

    fn map(&mut self, len: u32) {
        self.len(len, 0x80, 0xde);
    }

    /// A length of up to 15 lies in the first byte; longer ones follow it in two bytes or four.
    fn len(&mut self, len: u32, short: u8, long: u8) {
        match len {
            0..=15 => self.0.push(short | len as u8),
            16..=0xffff => {
                self.0.push(long);
                self.0.extend_from_slice(&(len as u16).to_be_bytes());
            }
            _ => {
                self.0.push(long + 1);
                self.0.extend_from_slice(&len.to_be_bytes());
            }
        }
    }

    fn number(&mut self, number: u32) {
        match number {
            0..=0x7f => self.0.push(number as u8),
            0x80..=0xff => self.0.extend_from_slice(&[0xcc, number as u8]),
            0x100..=0xffff => {
                self.0.push(0xcd);
                self.0.extend_from_slice(&(number as u16).to_be_bytes());
            }
            _ => {
                self.0.push(0xce);
                self.0.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    fn string(&mut self, text: &str) {
        debug_assert!(text.len() < 32);
        self.0.push(0xa0 | text.len() as u8);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn field(&mut self, value: Fr) {
        self.0.extend_from_slice(&[0xc4, 32]);
        self.0.extend_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chinampa_circuits::{BackendInputs, UltraProgram, Witness};

    #[test]
    fn the_program_is_satisfied_and_fills_its_rows() {
        let (bytecode, witness) = multiplications(31 * 8);
        let program = UltraProgram::from_gzip(&bytecode).unwrap();
        let witness = Witness::from_file(&witness, program.witness_count()).unwrap();
        let circuit = program.proof_circuit(&witness, BackendInputs::PairingPoints).unwrap();
        // 35 rows more than multiplications are more than the power of two leaves here, and in no larger circuit.
        assert_eq!(circuit.into_trace().log_size, 9);
        let (bytecode, _) = multiplications(31 * 64);
        let program = UltraProgram::from_gzip(&bytecode).unwrap();
        assert_eq!(program.key_circuit(BackendInputs::PairingPoints).unwrap().log_size(), 11);
    }
}
