//! Signatures over secp256k1 and secp256r1.

use chinampa_honk::builder::{Builder, Purpose, Var};
use chinampa_honk::gadgets::{
    Bool, EcdsaInputs, Field, ForeignCurve, Secp256k1, Secp256r1, constrain_byte, ecdsa_verify_k1,
    ecdsa_verify_r1,
};
use chinampa_kernels::Fr;

use super::black_box::field;
use crate::acir::{Constants, EcdsaCurve, Input};

/// The bytes of a number, most significant first.
fn bytes(limbs: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs.into_iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// One as the bytes that stand in for inputs where the predicate does not hold: the first byte is one.
const STAND_IN: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// 32 inputs; where a key is built they get values that the gadget can work with.
fn number(builder: &mut Builder, constants: &Constants, inputs: &[Input], key: [u8; 32]) -> [Field; 32] {
    std::array::from_fn(|index| {
        if let (Purpose::Key, Input::Witness(witness)) = (builder.purpose(), &inputs[index]) {
            builder.set_placeholder(Var::new(*witness), Fr::from(u64::from(key[index])));
        }
        field(constants, &inputs[index])
    })
}

/// Writes the gates of a verification.
pub(super) fn verify(
    builder: &mut Builder,
    constants: &Constants,
    curve: EcdsaCurve,
    (key, signature, hash): (&[Vec<Input>; 2], &[Input], &[Input]),
    predicate: &Input,
    output: u32,
) {
    let predicate = field(constants, predicate);
    let predicate = Bool::of_field(builder, predicate);
    let (generator, double_generator) = match curve {
        EcdsaCurve::Secp256k1 => (Secp256k1::GENERATOR, Secp256k1::DOUBLE_GENERATOR),
        EcdsaCurve::Secp256r1 => (Secp256r1::GENERATOR, Secp256r1::DOUBLE_GENERATOR),
    };
    let generator = generator.map(bytes);
    let mut hash = number(builder, constants, hash, [0; 32]);
    let mut r = number(builder, constants, &signature[..32], [0; 32]);
    let mut s = number(builder, constants, &signature[32..], [0; 32]);
    let mut x = number(builder, constants, &key[0], generator[0]);
    let mut y = number(builder, constants, &key[1], generator[1]);
    let output = Var::new(output);
    if builder.purpose() == Purpose::Key {
        builder.set_placeholder(output, Fr::ONE);
    }
    if !predicate.is_constant() {
        let mut select = |number: &mut Field, stand_in: u8| {
            *number = Field::select(builder, predicate, *number, Field::small(u64::from(stand_in)));
        };
        for index in 0..32 {
            select(&mut r[index], STAND_IN[index]);
            select(&mut s[index], STAND_IN[index]);
            select(&mut hash[index], STAND_IN[index]);
        }
        let [double_x, double_y] = double_generator.map(bytes);
        for index in 0..32 {
            select(&mut x[index], double_x[index]);
            select(&mut y[index], double_y[index]);
        }
    }
    let mut constrain = |number: [Field; 32]| number.map(|byte| constrain_byte(builder, byte));
    let (hash, x, y, r, s) = (constrain(hash), constrain(x), constrain(y), constrain(r), constrain(s));
    let result = Bool::of(builder, output);
    let inputs = EcdsaInputs { hash, key: [x, y], signature: [r, s] };
    let is_valid = match curve {
        EcdsaCurve::Secp256k1 => ecdsa_verify_k1(builder, &inputs),
        EcdsaCurve::Secp256r1 => ecdsa_verify_r1(builder, &inputs),
    };
    let expected = Bool::select(builder, predicate, result, is_valid);
    is_valid.assert_equal(builder, expected);
}
