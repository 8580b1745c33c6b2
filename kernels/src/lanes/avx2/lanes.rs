//! Vectors as lanes.

use super::super::interface::{LANES, Lanes, Sealed};
use super::super::operators::operators;
use super::constants::Constants;
use super::multiply;
use super::products::VectorProducts;
use super::vector::{Half, Vector};
use crate::field::{FieldParams, Fp};

/// An element times `2^51`, four times.
#[derive(Clone, Copy)]
pub(crate) struct Factor(Half);

impl<P: FieldParams> Sealed for Vector<P> {}

impl<P: FieldParams> Lanes<P> for Vector<P> {
    type Products = VectorProducts;
    type Factor = Factor;

    #[inline(always)]
    fn splat(element: Fp<P>) -> Self {
        Self::splat(element)
    }

    #[inline(always)]
    fn load(elements: &[Fp<P>; LANES]) -> Self {
        Self::load(elements)
    }

    #[inline(always)]
    fn store(self, elements: &mut [Fp<P>; LANES]) {
        self.store(elements);
    }

    #[inline(always)]
    fn load_pairs(pairs: [&[Fp<P>; 2]; LANES]) -> (Self, Self) {
        Self::load_pairs(pairs)
    }

    #[inline(always)]
    fn store_pairs(first: Self, second: Self, pairs: [&mut [Fp<P>; 2]; LANES]) {
        Self::store_pairs(first, second, pairs);
    }

    #[inline(always)]
    fn replace(self, mask: u8, other: Self) -> Self {
        self.replace(mask, other)
    }

    #[inline(always)]
    fn square(self) -> Self {
        self.square()
    }

    #[inline(always)]
    fn zeros(self) -> u8 {
        self.zeros()
    }

    #[inline(always)]
    fn factor(element: Fp<P>) -> Factor {
        let [half, _] = Self::splat(element * Constants::<P>::SMALL).halves;
        Factor(half)
    }

    #[inline(always)]
    fn scale(integers: &[i32; LANES], factor: Factor) -> Self {
        multiply::scale(integers, &factor.0)
    }
}

operators!(Vector);
