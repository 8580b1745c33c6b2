//! What is proven, as files that Noir 1.0.0-beta.18 writes: a program of many multiplications, `x_{i+1} = x_i^2 + i`, or of many
//! permutations of Poseidon2, each of the last one's result, with its witness; or the circuit of a job.

use std::error::Error;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use chinampa_circuits::{ArtifactFolder, Circuit, Circuits, NoOracle, Variant};
use chinampa_jobs::{JobInputs, RequestType};
use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::permute;
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

/// Values that Poseidon2 permutes.
const WIDTH: u32 = 4;
/// Rows of a permutation.
const PERMUTATION_ROWS: u32 = 73;

/// Bytecode and witness of as many multiplications as nearly fill `2^log_size` rows. `x_0` is private, the last one public.
pub(super) fn multiplications(log_size: u32) -> (Vec<u8>, Vec<u8>) {
    let count = (1 << log_size) / 32 * 31;
    let mut next = Fr::from(START);
    let values = (0..=count).map(|i| {
        let value = next;
        next = value.square() + Fr::from(i);
        value
    });
    let witness = witness(count + 1, values);
    let bytecode = bytecode(1, count + 1, count, |out| (0..count).for_each(|i| multiplication(out, i)));
    (gzip(&bytecode), gzip(&witness))
}

/// The same of permutations, which take a byte of bytecode for each row instead of a hundred.
pub(super) fn permutations(log_size: u32) -> (Vec<u8>, Vec<u8>) {
    let count = (1 << log_size) / PERMUTATION_ROWS / 64 * 63;
    let mut state = [0, 1, 2, 3].map(|i: u64| Fr::from(START + i));
    let mut states = vec![state];
    for _ in 0..count {
        permute(&mut state);
        states.push(state);
    }
    let variables = WIDTH * (count + 1);
    let witness = witness(variables, states.into_iter().flatten());
    let bytecode =
        bytecode(WIDTH, variables, count, |out| (0..count).for_each(|i| permutation(out, WIDTH * i)));
    (gzip(&bytecode), gzip(&witness))
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

/// A program whose first variables are private parameters and whose last one is public.
fn bytecode(private: u32, variables: u32, opcodes: u32, write: impl FnOnce(&mut Msgpack)) -> Vec<u8> {
    let mut out = Msgpack(vec![FORMAT]);
    // The functions of the program, and none that are unconstrained.
    out.array(2);
    out.array(1);
    out.array(7);
    out.string("main");
    out.number(variables - 1);
    out.array(opcodes);
    write(&mut out);
    // Private parameters, public ones, return values, messages.
    out.array(private);
    (0..private).for_each(|variable| out.number(variable));
    out.array(1);
    out.number(variables - 1);
    out.array(0);
    out.array(0);
    out.array(0);
    out.0
}

/// `x_i^2 - x_{i+1} + i = 0`
fn multiplication(out: &mut Msgpack, i: u32) {
    out.map(1);
    out.string("AssertZero");
    out.array(3);
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

/// From the variables from `first` on to those after them.
fn permutation(out: &mut Msgpack, first: u32) {
    out.map(1);
    out.string("BlackBoxFuncCall");
    out.map(1);
    out.string("Poseidon2Permutation");
    out.array(2);
    out.array(WIDTH);
    for variable in first..first + WIDTH {
        out.map(1);
        out.string("Witness");
        out.number(variable);
    }
    out.array(WIDTH);
    (first + WIDTH..first + 2 * WIDTH).for_each(|variable| out.number(variable));
}

fn witness(variables: u32, values: impl Iterator<Item = Fr>) -> Vec<u8> {
    let mut out = Msgpack(vec![FORMAT]);
    out.array(1);
    out.array(1);
    out.array(2);
    out.number(0);
    out.map(variables);
    for (variable, value) in (0..variables).zip(values) {
        out.number(variable);
        out.field(value);
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
    fn programs_are_satisfied_and_fill_their_rows() {
        for (write, least) in [(multiplications as fn(u32) -> _, 8), (permutations, 13)] {
            for log_size in [least, least + 3] {
                let (bytecode, witness) = write(log_size);
                let program = UltraProgram::from_gzip(&bytecode).unwrap();
                let witness = Witness::from_file(&witness, program.witness_count()).unwrap();
                let circuit = program.proof_circuit(&witness, BackendInputs::PairingPoints).unwrap();
                // 35 rows more than the program's are more than the smallest power of two leaves.
                let expected = if log_size == 8 { 9 } else { log_size };
                assert_eq!(circuit.into_trace().log_size, expected);
            }
        }
    }
}
