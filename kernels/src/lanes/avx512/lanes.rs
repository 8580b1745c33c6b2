//! Vectors as lanes.

use super::super::interface::{LANES, Lanes, Sealed};
use super::super::operators::operators;
use super::constants::Constants;
use super::products::VectorProducts;
use super::register::Register;
use super::vector::Vector;
use crate::field::{FieldParams, Fp};

impl<P: FieldParams> Sealed for Vector<P> {}

impl<P: FieldParams> Lanes<P> for Vector<P> {
    type Products = VectorProducts;
    /// The element times `2^52`, eight times, and its opposite.
    type Factor = [Self; 2];

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
    fn factor(element: Fp<P>) -> [Self; 2] {
        let element = element * Constants::<P>::SMALL;
        [Self::splat(element), Self::splat(-element)]
    }

    #[inline(always)]
    fn scale(integers: &[i32; LANES], factor: [Self; 2]) -> Self {
        let integers = integers.map(|integer| i64::from(integer).cast_unsigned());
        Self::scale(Register::load(&integers), factor)
    }
}

operators!(Vector);
