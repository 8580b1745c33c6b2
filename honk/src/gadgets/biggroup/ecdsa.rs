//! Signatures.

use super::curve::{ForeignCurve, Secp256k1, Secp256r1};
use super::point::Point;
use super::{multiply, secp256k1};
use crate::builder::Builder;
use crate::gadgets::{BigField, Bool, Field, ForeignField};
use crate::wide::Wide;

/// What a verification takes: bytes, most significant first, each known to be one.
#[derive(Clone, Debug)]
pub struct EcdsaInputs {
    /// Hash of the message.
    pub hash: [Field; 32],
    /// The public key.
    pub key: [[Field; 32]; 2],
    /// The signature's `r` and `s`.
    pub signature: [[Field; 32]; 2],
}

/// Whether a signature over secp256k1 is one of the key for the hash. The key must be on the curve, `r` and `s` in
/// their ranges.
pub fn ecdsa_verify_k1(builder: &mut Builder, inputs: &EcdsaInputs) -> Bool {
    verify::<Secp256k1>(builder, inputs, |builder, key, mut scalars| {
        secp256k1::multiply(builder, key, &mut scalars)
    })
}

/// The same over secp256r1; the key must not be the generator or its opposite.
pub fn ecdsa_verify_r1(builder: &mut Builder, inputs: &EcdsaInputs) -> Bool {
    verify::<Secp256r1>(builder, inputs, |builder, key, scalars| {
        let generator = Point::constant(Secp256r1::GENERATOR);
        multiply::multiply(builder, [generator, key], scalars)
    })
}

/// A verification, given how a multiple of the generator plus a multiple of the key is computed.
fn verify<C: ForeignCurve>(
    builder: &mut Builder,
    inputs: &EcdsaInputs,
    multiply: impl FnOnce(&mut Builder, Point<C>, [BigField<C::Scalar>; 2]) -> Point<C>,
) -> Bool {
    let x = BigField::from_bytes(builder, &inputs.key[0]);
    let y = BigField::from_bytes(builder, &inputs.key[1]);
    let key = Point::of_coordinates(builder, x, y);
    let hash = BigField::from_bytes(builder, &inputs.hash);
    key.x.assert_in_field(builder);
    key.y.assert_in_field(builder);
    key.assert_on_curve(builder);
    key.infinity.assert_equal(builder, Bool::constant(false));
    let [mut r, u1, u2] = scalars::<C>(builder, hash, inputs);
    let result = multiply(builder, key, [u1, u2]);
    is_abscissa(builder, result, &mut r)
}

/// `r`, `hash / s` and `r / s`.
fn scalars<C: ForeignCurve>(
    builder: &mut Builder,
    hash: BigField<C::Scalar>,
    inputs: &EcdsaInputs,
) -> [BigField<C::Scalar>; 3] {
    let r = BigField::from_bytes(builder, &inputs.signature[0]);
    r.assert_in_field(builder);
    r.assert_not_equal(builder, &BigField::zero());
    let mut s = BigField::<C::Scalar>::from_bytes(builder, &inputs.signature[1]);
    let limit = Wide::from_limbs(C::Scalar::MODULUS).plus(Wide::small(1)).shifted_right(1);
    s.assert_less_than(builder, limit.low());
    s.assert_not_equal(builder, &BigField::zero());
    let u1 = hash.divide_unchecked(builder, &mut s);
    let u2 = r.divide_unchecked(builder, &mut s);
    [r, u1, u2]
}

/// Whether a point that must not be infinity has the abscissa `r` modulo the order.
fn is_abscissa<C: ForeignCurve>(
    builder: &mut Builder,
    mut point: Point<C>,
    r: &mut BigField<C::Scalar>,
) -> Bool {
    point.infinity.assert_equal(builder, Bool::constant(false));
    point.x.canonicalize(builder);
    let is_equal = point.x.reinterpret::<C::Scalar>(builder).equals(builder, r);
    is_equal.and(builder, point.infinity.not())
}
