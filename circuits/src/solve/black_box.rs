//! Hashes, bit operations, signatures and curve operations that a program calls as one opcode.

use acvm::acir::BlackBoxFunc;
use acvm::blackbox_solver::{
    BlackBoxFunctionSolver as _, BlackBoxResolutionError, aes128_encrypt, bit_and, bit_xor, blake2s, blake3,
    ecdsa_secp256k1_verify, ecdsa_secp256r1_verify, keccakf1600, sha256_compression,
};
use acvm::{AcirField as _, FieldElement};
use bn254_blackbox_solver::Bn254BlackBoxSolver;

use super::{Failure, Solver};
use crate::acir::{BlackBox, EcdsaCurve, Input};

impl From<BlackBoxResolutionError> for Failure {
    fn from(error: BlackBoxResolutionError) -> Self {
        match error {
            BlackBoxResolutionError::Failed(function, reason) => refused(function, &reason),
            BlackBoxResolutionError::AssertFailed(message) => Self::Refused(message),
        }
    }
}

fn refused(function: BlackBoxFunc, reason: &str) -> Failure {
    Failure::Refused(format!("{}: {reason}", function.name()))
}

impl Solver<'_> {
    pub(super) fn black_box(&self, black_box: &BlackBox) -> Result<(), Failure> {
        match black_box {
            BlackBox::Poseidon2 { inputs, outputs } => {
                let state = self.inputs(inputs)?;
                let state = Bn254BlackBoxSolver.poseidon2_permutation(&state)?;
                self.assign_all(outputs, state)
            }
            BlackBox::Sha256Compression { inputs, state, outputs } => {
                let message: [u32; 16] = self.integers(inputs)?;
                let mut state: [u32; 8] = self.integers(state)?;
                sha256_compression(&mut state, &message);
                self.assign_all(outputs, state.into_iter().map(FieldElement::from))
            }
            BlackBox::And { operands, bits, output } => self.bitwise(*operands, *bits, *output, bit_and),
            BlackBox::Xor { operands, bits, output } => self.bitwise(*operands, *bits, *output, bit_xor),
            BlackBox::Blake2s { inputs, outputs } => {
                let digest = blake2s(&self.bytes(inputs)?)?;
                self.assign_all(outputs, digest.into_iter().map(byte))
            }
            BlackBox::Blake3 { inputs, outputs } => {
                let digest = blake3(&self.bytes(inputs)?)?;
                self.assign_all(outputs, digest.into_iter().map(byte))
            }
            BlackBox::Keccakf1600 { inputs, outputs } => {
                let state: [u64; 25] = self.integers(inputs)?;
                let state = keccakf1600(state)?;
                self.assign_all(outputs, state.into_iter().map(|lane| FieldElement::from(u128::from(lane))))
            }
            BlackBox::Aes128 { inputs, iv, key, outputs } => {
                let (text, iv, key) = (self.bytes(inputs)?, self.integers(iv)?, self.integers(key)?);
                let cipher = aes128_encrypt(&text, iv, key)?;
                if cipher.len() != outputs.len() {
                    return Err(refused(BlackBoxFunc::AES128Encrypt, "another number of output bytes"));
                }
                self.assign_all(outputs, cipher.into_iter().map(byte))
            }
            BlackBox::Ecdsa { curve, key: [x, y], signature, hash, predicate, output } => {
                let (x, y): ([u8; 32], [u8; 32]) = (self.integers(x)?, self.integers(y)?);
                let (signature, hash): ([u8; 64], [u8; 32]) =
                    (self.integers(signature)?, self.integers(hash)?);
                let is_valid = !self.input(*predicate)?.is_one()
                    || match curve {
                        EcdsaCurve::Secp256k1 => ecdsa_secp256k1_verify(&hash, &x, &y, &signature)?,
                        EcdsaCurve::Secp256r1 => ecdsa_secp256r1_verify(&hash, &x, &y, &signature)?,
                    };
                self.assign(*output, FieldElement::from(is_valid))
            }
            BlackBox::MultiScalarMul { points, scalars, predicate, outputs } => {
                let points = self.points(points)?;
                let scalars = self.inputs(scalars)?;
                let low: Vec<_> = scalars.iter().step_by(2).copied().collect();
                let high: Vec<_> = scalars.iter().skip(1).step_by(2).copied().collect();
                let is_on = self.input(*predicate)?.is_one();
                let sum = Bn254BlackBoxSolver.multi_scalar_mul(&points, &low, &high, is_on)?;
                self.assign_point(outputs, sum)
            }
            BlackBox::CurveAdd { points: [left, right], predicate, outputs } => {
                let (left, right) = (self.points(left)?, self.points(right)?);
                let is_on = self.input(*predicate)?.is_one();
                let sum = Bn254BlackBoxSolver.ec_add(&left[0], &left[1], &right[0], &right[1], is_on)?;
                self.assign_point(outputs, sum)
            }
        }
    }

    fn bitwise(
        &self,
        operands: [Input; 2],
        bits: u32,
        output: u32,
        operation: fn(FieldElement, FieldElement, u32) -> FieldElement,
    ) -> Result<(), Failure> {
        let (left, right) = (self.input(operands[0])?, self.input(operands[1])?);
        if left.num_bits() > bits || right.num_bits() > bits {
            return Err(Failure::Refused(format!("an operand of a bit operation has more than {bits} bits")));
        }
        self.assign(output, operation(left, right, bits))
    }

    fn inputs(&self, inputs: &[Input]) -> Result<Vec<FieldElement>, Failure> {
        inputs.iter().map(|input| self.input(*input)).collect()
    }

    /// Operands that are integers of a type; their number was checked when the program was read.
    fn integers<T: TryFrom<u128> + Copy + Default, const N: usize>(
        &self,
        inputs: &[Input],
    ) -> Result<[T; N], Failure> {
        let mut integers = [T::default(); N];
        for (integer, input) in integers.iter_mut().zip(inputs) {
            let value = self.input(*input)?.try_into_u128().and_then(|value| T::try_from(value).ok());
            *integer = value.ok_or_else(|| Failure::Refused("an operand is too wide".to_owned()))?;
        }
        Ok(integers)
    }

    fn bytes(&self, inputs: &[Input]) -> Result<Vec<u8>, Failure> {
        let byte = |input: &Input| Ok(self.integers::<u8, 1>(std::slice::from_ref(input))?[0]);
        inputs.iter().map(byte).collect()
    }

    /// Coordinates of points that come with a flag for infinity; the solver writes infinity as (0, 0).
    fn points(&self, inputs: &[Input]) -> Result<Vec<FieldElement>, Failure> {
        let mut coordinates = Vec::with_capacity(inputs.len() / 3 * 2);
        for point in inputs.chunks_exact(3) {
            let is_infinite = self.input(point[2])?.is_one();
            for coordinate in &point[..2] {
                let value = self.input(*coordinate)?;
                coordinates.push(if is_infinite { FieldElement::zero() } else { value });
            }
        }
        Ok(coordinates)
    }

    fn assign_point(&self, outputs: &[u32; 3], (x, y): (FieldElement, FieldElement)) -> Result<(), Failure> {
        let is_infinite = FieldElement::from(x.is_zero() && y.is_zero());
        self.assign_all(outputs, [x, y, is_infinite])
    }

    fn assign_all(
        &self,
        outputs: &[u32],
        values: impl IntoIterator<Item = FieldElement>,
    ) -> Result<(), Failure> {
        outputs.iter().zip(values).try_for_each(|(output, value)| self.assign(*output, value))
    }
}

fn byte(value: u8) -> FieldElement {
    FieldElement::from(u32::from(value))
}
