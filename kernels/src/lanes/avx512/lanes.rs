//! Vectors as lanes.

use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::super::interface::{LANES, Lanes, Sealed};
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

impl<P: FieldParams> Add for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.add(other)
    }
}

impl<P: FieldParams> Sub for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.sub(other)
    }
}

impl<P: FieldParams> Mul for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.mul(other)
    }
}

impl<P: FieldParams> Neg for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::splat(Fp::ZERO).sub(self)
    }
}

impl<P: FieldParams> Add<Fp<P>> for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Fp<P>) -> Self {
        self.add(Self::splat(other))
    }
}

impl<P: FieldParams> Sub<Fp<P>> for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Fp<P>) -> Self {
        self.sub(Self::splat(other))
    }
}

impl<P: FieldParams> Mul<Fp<P>> for Vector<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Fp<P>) -> Self {
        self.mul(Self::splat(other))
    }
}

impl<P: FieldParams> AddAssign for Vector<P> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = self.add(other);
    }
}

impl<P: FieldParams> SubAssign for Vector<P> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = self.sub(other);
    }
}

impl<P: FieldParams> MulAssign for Vector<P> {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = self.mul(other);
    }
}
