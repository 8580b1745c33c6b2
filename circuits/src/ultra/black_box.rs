//! Black boxes, by kind.

use chinampa_honk::builder::{Builder, Var};
use chinampa_honk::gadgets::{self, BitOperation, Field, MAX_BLAKE3_LEN};
use chinampa_kernels::Fr;

use super::{curve, ecdsa};
use crate::acir::{BlackBox, Constants, EcdsaCurve, Input};

/// Kinds of black boxes in the order in which they are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Logic,
    Aes128,
    Sha256,
    EcdsaSecp256k1,
    EcdsaSecp256r1,
    Blake2s,
    Blake3,
    Keccak,
    Poseidon2,
    MultiScalarMul,
    CurveAdd,
}

impl Kind {
    /// The kind of a black box.
    pub(super) fn of(black_box: &BlackBox) -> Self {
        match black_box {
            BlackBox::And { .. } | BlackBox::Xor { .. } => Self::Logic,
            BlackBox::Aes128 { .. } => Self::Aes128,
            BlackBox::Sha256Compression { .. } => Self::Sha256,
            BlackBox::Ecdsa { curve: EcdsaCurve::Secp256k1, .. } => Self::EcdsaSecp256k1,
            BlackBox::Ecdsa { curve: EcdsaCurve::Secp256r1, .. } => Self::EcdsaSecp256r1,
            BlackBox::Blake2s { .. } => Self::Blake2s,
            BlackBox::Blake3 { .. } => Self::Blake3,
            BlackBox::Keccakf1600 { .. } => Self::Keccak,
            BlackBox::Poseidon2 { .. } => Self::Poseidon2,
            BlackBox::MultiScalarMul { .. } => Self::MultiScalarMul,
            BlackBox::CurveAdd { .. } => Self::CurveAdd,
        }
    }
}

/// Most bits that AND and XOR take: an integer of that width never wraps around the field.
const MAX_LOGIC_BITS: u32 = 252;

/// What Barretenberg refuses about a black box.
pub(super) fn check(constants: &Constants, black_box: &BlackBox) -> Result<(), &'static str> {
    match black_box {
        BlackBox::And { bits: 0, .. } | BlackBox::Xor { bits: 0, .. } => {
            Err("a bitwise operation on values without bits")
        }
        BlackBox::And { bits, .. } | BlackBox::Xor { bits, .. } if *bits > MAX_LOGIC_BITS => {
            Err("a bitwise operation on values as wide as the field")
        }
        BlackBox::Poseidon2 { inputs, .. }
            if inputs.iter().any(|input| matches!(input, Input::Constant(_))) =>
        {
            Err("a permutation of constants")
        }
        BlackBox::Blake3 { inputs, .. } if inputs.len() > MAX_BLAKE3_LEN => {
            Err("Blake3 of more than one chunk")
        }
        BlackBox::Aes128 { outputs, .. } if outputs.len() % 16 != 0 => Err("AES-128 to a part of a block"),
        BlackBox::Ecdsa { key: [x, y], signature, hash, .. }
            if [x, y, signature, hash]
                .into_iter()
                .flatten()
                .any(|input| matches!(input, Input::Constant(_))) =>
        {
            Err("a signature of constants")
        }
        BlackBox::Ecdsa { predicate: Input::Constant(id), .. } if constants.get(*id).is_zero() => {
            Err("a signature that is never verified")
        }
        _ => Ok(()),
    }
}

pub(super) fn field(constants: &Constants, input: &Input) -> Field {
    match input {
        Input::Constant(id) => Field::constant(constants.get(*id)),
        Input::Witness(witness) => Field::of(Var::new(*witness)),
    }
}

fn fields<const N: usize>(constants: &Constants, inputs: &[Input]) -> [Field; N] {
    std::array::from_fn(|index| field(constants, &inputs[index]))
}

fn connect(builder: &mut Builder, results: &[Field], outputs: &[u32]) {
    for (result, output) in results.iter().zip(outputs) {
        result.assert_equal(builder, Field::of(Var::new(*output)));
    }
}

/// Writes the gates of a black box.
pub(super) fn build(builder: &mut Builder, constants: &Constants, black_box: &BlackBox) {
    match black_box {
        BlackBox::And { operands, bits, output } => {
            bitwise(builder, constants, BitOperation::And, operands, (*bits, *output));
        }
        BlackBox::Xor { operands, bits, output } => {
            bitwise(builder, constants, BitOperation::Xor, operands, (*bits, *output));
        }
        BlackBox::Poseidon2 { inputs, outputs } => {
            let state: [Field; 4] = fields(constants, inputs);
            let state = state.map(|lane| lane.into_var(builder));
            let result = builder.add_poseidon2(state).map(Field::of);
            connect(builder, &result, outputs);
        }
        BlackBox::Sha256Compression { inputs, state, outputs } => {
            let (block, state) = (fields(constants, inputs), fields(constants, state));
            let result = gadgets::sha256_compress(builder, state, block);
            connect(builder, &result, outputs);
        }
        BlackBox::Blake2s { inputs, outputs } => {
            let input = byte_fields(builder, constants, inputs);
            let digest = gadgets::blake2s(builder, &input);
            connect(builder, &digest, outputs);
        }
        BlackBox::Blake3 { inputs, outputs } => {
            let input = byte_fields(builder, constants, inputs);
            let digest = gadgets::blake3(builder, &input);
            connect(builder, &digest, outputs);
        }
        BlackBox::Keccakf1600 { inputs, outputs } => {
            let lanes = gadgets::keccak_f1600(builder, fields(constants, inputs));
            connect(builder, &lanes, outputs);
        }
        BlackBox::Aes128 { inputs, iv, key, outputs } => {
            aes128(builder, constants, [inputs, iv, key], outputs);
        }
        BlackBox::CurveAdd { points, predicate, outputs } => {
            curve::add(builder, constants, points, predicate, outputs);
        }
        BlackBox::MultiScalarMul { points, scalars, predicate, outputs } => {
            curve::multiply(builder, constants, [points, scalars], predicate, outputs);
        }
        BlackBox::Ecdsa { curve, key, signature, hash, predicate, output } => {
            ecdsa::verify(builder, constants, *curve, (key, signature, hash), predicate, *output);
        }
    }
}

fn bitwise(
    builder: &mut Builder,
    constants: &Constants,
    operation: BitOperation,
    operands: &[Input; 2],
    (bits, output): (u32, u32),
) {
    let [left, right] = [0, 1].map(|operand| field(constants, &operands[operand]));
    let result = gadgets::bitwise(builder, operation, left, right, bits);
    connect(builder, &[result], &[output]);
}

/// Bytes of a hash's input, each constrained to eight bits.
fn byte_fields(builder: &mut Builder, constants: &Constants, inputs: &[Input]) -> Vec<Field> {
    inputs.iter().map(|input| gadgets::constrain_byte(builder, field(constants, input))).collect()
}

/// AES-128 of blocks; a last block that is not full is filled up with the number of missing bytes.
fn aes128(builder: &mut Builder, constants: &Constants, inputs: [&[Input]; 3], outputs: &[u32]) {
    let [text, iv, key] =
        inputs.map(|inputs| inputs.iter().map(|input| field(constants, input)).collect::<Vec<_>>());
    let blocks: Vec<Field> = text
        .chunks(16)
        .map(|chunk| {
            let missing = 16 - chunk.len();
            let padding = std::iter::repeat_n(Field::small(missing as u64), missing);
            big_endian(builder, chunk.iter().copied().chain(padding))
        })
        .collect();
    let expected: Vec<Field> = outputs
        .chunks_exact(16)
        .map(|chunk| big_endian(builder, chunk.iter().map(|output| Field::of(Var::new(*output)))))
        .collect();
    let iv = big_endian(builder, iv.into_iter());
    let key = big_endian(builder, key.into_iter());
    let result = gadgets::aes128_cbc(builder, &blocks, iv, key);
    for (block, expected) in result.iter().zip(&expected) {
        block.assert_equal(builder, *expected);
    }
}

/// The integer of bytes, most significant first; each is constrained to eight bits.
fn big_endian(builder: &mut Builder, bytes: impl Iterator<Item = Field>) -> Field {
    bytes.fold(Field::ZERO, |sum, byte| {
        byte.constrain_bits(builder, 8);
        sum.times(Fr::from(256_u64)).add(builder, byte)
    })
}
