//! Elements of other fields: four limbs of 68 bits with known bounds, and the element modulo the native field.
//!
//! An identity `a b + c = q p + r` is checked modulo `2^272` by limbs and modulo the native field; bounds make sure that
//! both sides are below the product of the two moduli. Where bounds would grow too large, an operand is reduced first,
//! which changes it for all later uses as well: operations therefore take their operands by `&mut`.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/bigfield`: what is reduced when is part of every key.

mod compare;
mod construct;
mod evaluate;
mod modulus;
mod product;
mod sum;

pub use modulus::{Bn254Base, ForeignField, Secp256k1Base, Secp256k1Scalar, Secp256r1Base, Secp256r1Scalar};

use std::marker::PhantomData;

use chinampa_kernels::Fr;

use self::modulus::{Bounds, LIMB_BITS, limbs};
use self::product::quotient_bits;
use super::Field;
use crate::builder::{Builder, Var, power_of_two};
use crate::wide::Wide;

/// A limb and a bound on it.
#[derive(Clone, Copy, Debug)]
struct Limb {
    element: Field,
    maximum: Wide,
}

impl Limb {
    /// A limb; a constant is its own bound.
    fn new(element: Field, maximum: Wide) -> Self {
        Self { element, maximum: element.as_constant().map_or(maximum, Wide::of) }
    }
}

/// An element of another field, not necessarily reduced.
#[derive(Clone, Copy, Debug)]
pub struct BigField<M> {
    limbs: [Limb; 4],
    prime: Field,
    field: PhantomData<M>,
}

impl<M: ForeignField> BigField<M> {
    fn from_limbs(limbs: [Limb; 4], prime: Field) -> Self {
        Self { limbs, prime, field: PhantomData }
    }

    /// Whether the element is the same for every witness.
    pub fn is_constant(&self) -> bool {
        self.prime.is_constant()
    }

    /// The limbs, least significant first.
    pub fn limbs(&self) -> [Field; 4] {
        self.limbs.map(|limb| limb.element)
    }

    /// The element modulo the native field.
    pub fn native(&self) -> Field {
        self.prime
    }

    /// The value over the integers.
    fn value(&self, builder: &Builder) -> Wide {
        join(self.limbs.map(|limb| Wide::of(limb.element.value(builder))))
    }

    /// The value, reduced.
    fn reduced_value(&self, builder: &Builder) -> Wide {
        self.value(builder).modulo(Bounds::modulus::<M>())
    }

    /// The value, reduced, least significant limb first.
    pub fn canonical(&self, builder: &Builder) -> [u64; 4] {
        self.reduced_value(builder).low()
    }

    /// Largest value over the integers.
    fn maximum(&self) -> Wide {
        join(self.limbs.map(|limb| limb.maximum))
    }

    fn maxima(&self) -> [Wide; 4] {
        self.limbs.map(|limb| limb.maximum)
    }

    /// Variables of the limbs.
    fn limb_vars(&self, builder: &mut Builder) -> [Var; 4] {
        self.limbs.map(|limb| limb.element.into_var(builder))
    }

    /// Canonicalises a constant; reduces an element whose bounds are too large to go on with.
    pub(crate) fn reduce_if_large(&mut self, builder: &mut Builder) {
        if self.is_constant() {
            *self = Self::constant_of(self.reduced_value(builder));
            return;
        }
        let is_large = |limb: &Limb| limb.maximum > Bounds::unreduced_limb();
        if self.maximum() > Bounds::unreduced() || self.limbs.iter().any(is_large) {
            self.reduce(builder);
        }
    }

    /// Replaces the element by one with the bounds of a reduced one. The value may still be at least the modulus.
    pub fn reduce(&mut self, builder: &mut Builder) {
        if self.is_constant() {
            return;
        }
        let modulus = Bounds::modulus::<M>();
        let (quotient, remainder) = self.value(builder).divide(modulus);
        let bits = self.maximum().divide(modulus).0.bits().next_multiple_of(2);
        let quotient = Field::witness(builder, quotient.to_native());
        quotient.constrain_bits(builder, bits);
        let zero = Limb { element: Field::of(builder.zero()), maximum: Wide::ZERO };
        let first = Limb { element: quotient, maximum: Wide::power_of_two(bits) };
        let quotient = Self::from_limbs([first, zero, zero, zero], quotient);
        let remainder = Self::witness_of_halves(builder, remainder, None);
        Self::evaluate(builder, &[(*self, Self::one())], &[], quotient, &[remainder]);
        *self = remainder;
    }
}

fn join(limbs: [Wide; 4]) -> Wide {
    (0..).zip(limbs).fold(Wide::ZERO, |sum, (index, limb)| sum.plus(limb.shifted_left(LIMB_BITS * index)))
}

/// Weight of a limb.
fn shift(limb: u32) -> Fr {
    power_of_two(LIMB_BITS * limb)
}
