//! Black boxes: operands and results, in the numbers that each takes and gives.

use super::build::Builder;
use super::compact::{BlackBox, EcdsaCurve};
use super::layout;

impl Builder {
    pub(super) fn black_box(&mut self, call: layout::BlackBoxFuncCall) -> Result<BlackBox, String> {
        use layout::BlackBoxFuncCall as Call;
        Ok(match call {
            Call::AES128Encrypt { inputs, iv, key, outputs } => BlackBox::Aes128 {
                inputs: self.inputs(&inputs),
                iv: self.exactly(&iv, 16)?,
                key: self.exactly(&key, 16)?,
                outputs: self.witnesses(outputs),
            },
            Call::AND { lhs, rhs, num_bits, output } => BlackBox::And {
                operands: [self.input(&lhs), self.input(&rhs)],
                bits: num_bits,
                output: self.witness(output),
            },
            Call::XOR { lhs, rhs, num_bits, output } => BlackBox::Xor {
                operands: [self.input(&lhs), self.input(&rhs)],
                bits: num_bits,
                output: self.witness(output),
            },
            Call::Blake2s { inputs, outputs } => {
                BlackBox::Blake2s { inputs: self.inputs(&inputs), outputs: self.results(outputs, 32)? }
            }
            Call::Blake3 { inputs, outputs } => {
                BlackBox::Blake3 { inputs: self.inputs(&inputs), outputs: self.results(outputs, 32)? }
            }
            Call::Keccakf1600 { inputs, outputs } => BlackBox::Keccakf1600 {
                inputs: self.exactly(&inputs, 25)?,
                outputs: self.results(outputs, 25)?,
            },
            Call::Poseidon2Permutation { inputs, outputs } => {
                BlackBox::Poseidon2 { inputs: self.exactly(&inputs, 4)?, outputs: self.results(outputs, 4)? }
            }
            Call::Sha256Compression { inputs, hash_values, outputs } => BlackBox::Sha256Compression {
                inputs: self.exactly(&inputs, 16)?,
                state: self.exactly(&hash_values, 8)?,
                outputs: self.results(outputs, 8)?,
            },
            other => return self.curve_operation(other),
        })
    }

    /// Signatures and operations on the embedded curve.
    fn curve_operation(&mut self, call: layout::BlackBoxFuncCall) -> Result<BlackBox, String> {
        use layout::BlackBoxFuncCall as Call;
        Ok(match call {
            Call::EcdsaSecp256k1 {
                public_key_x,
                public_key_y,
                signature,
                hashed_message,
                predicate,
                output,
            } => BlackBox::Ecdsa {
                curve: EcdsaCurve::Secp256k1,
                key: [self.exactly(&public_key_x, 32)?, self.exactly(&public_key_y, 32)?],
                signature: self.exactly(&signature, 64)?,
                hash: self.exactly(&hashed_message, 32)?,
                predicate: self.input(&predicate),
                output: self.witness(output),
            },
            Call::EcdsaSecp256r1 {
                public_key_x,
                public_key_y,
                signature,
                hashed_message,
                predicate,
                output,
            } => BlackBox::Ecdsa {
                curve: EcdsaCurve::Secp256r1,
                key: [self.exactly(&public_key_x, 32)?, self.exactly(&public_key_y, 32)?],
                signature: self.exactly(&signature, 64)?,
                hash: self.exactly(&hashed_message, 32)?,
                predicate: self.input(&predicate),
                output: self.witness(output),
            },
            Call::MultiScalarMul { points, scalars, predicate, outputs: (x, y, infinite) } => {
                let count = points.len() / 3;
                BlackBox::MultiScalarMul {
                    points: self.exactly(&points, count * 3)?,
                    scalars: self.exactly(&scalars, count * 2)?,
                    predicate: self.input(&predicate),
                    outputs: [self.witness(x), self.witness(y), self.witness(infinite)],
                }
            }
            Call::EmbeddedCurveAdd { input1, input2, predicate, outputs: (x, y, infinite) } => {
                BlackBox::CurveAdd {
                    points: [self.exactly(&input1, 3)?, self.exactly(&input2, 3)?],
                    predicate: self.input(&predicate),
                    outputs: [self.witness(x), self.witness(y), self.witness(infinite)],
                }
            }
            _ => return Err("a black box with an opcode of its own".to_owned()),
        })
    }
}
