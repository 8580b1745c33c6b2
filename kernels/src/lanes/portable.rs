//! Eight elements as an array.

use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::interface::{LANES, Lanes, MAX_PRODUCTS, Products, Sealed};
use crate::field::{FieldParams, Fp};

/// Eight reduced elements.
pub(crate) struct Portable<P: FieldParams>([Fp<P>; LANES]);

impl<P: FieldParams> Clone for Portable<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: FieldParams> Copy for Portable<P> {}

impl<P: FieldParams> Portable<P> {
    /// Applies `operation` to each pair of elements.
    #[inline(always)]
    fn zip(mut self, other: &Self, operation: impl Fn(Fp<P>, Fp<P>) -> Fp<P>) -> Self {
        for (left, &right) in self.0.iter_mut().zip(&other.0) {
            *left = operation(*left, right);
        }
        self
    }

    #[inline(always)]
    fn map(mut self, operation: impl Fn(Fp<P>) -> Fp<P>) -> Self {
        for element in &mut self.0 {
            *element = operation(*element);
        }
        self
    }
}

impl<P: FieldParams> Sealed for Portable<P> {}

impl<P: FieldParams> Lanes<P> for Portable<P> {
    type Products = PortableProducts<P>;
    type Factor = Fp<P>;

    #[inline(always)]
    fn splat(element: Fp<P>) -> Self {
        Self([element; LANES])
    }

    #[inline(always)]
    fn load(elements: &[Fp<P>; LANES]) -> Self {
        Self(*elements)
    }

    #[inline(always)]
    fn store(self, elements: &mut [Fp<P>; LANES]) {
        *elements = self.0;
    }

    #[inline(always)]
    fn load_pairs(pairs: [&[Fp<P>; 2]; LANES]) -> (Self, Self) {
        (Self(pairs.map(|pair| pair[0])), Self(pairs.map(|pair| pair[1])))
    }

    #[inline(always)]
    fn store_pairs(first: Self, second: Self, pairs: [&mut [Fp<P>; 2]; LANES]) {
        for (pair, elements) in pairs.into_iter().zip(first.0.into_iter().zip(second.0)) {
            *pair = elements.into();
        }
    }

    #[inline(always)]
    fn replace(mut self, mask: u8, other: Self) -> Self {
        for (lane, (element, other)) in self.0.iter_mut().zip(other.0).enumerate() {
            if mask >> lane & 1 == 1 {
                *element = other;
            }
        }
        self
    }

    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    #[inline(always)]
    fn zeros(self) -> u8 {
        self.0.iter().rev().fold(0, |mask, element| mask << 1 | u8::from(element.is_zero()))
    }

    #[inline(always)]
    fn factor(element: Fp<P>) -> Fp<P> {
        element
    }

    #[inline(always)]
    fn scale(integers: &[i32; LANES], factor: Fp<P>) -> Self {
        Self(integers.map(|integer| {
            let product = Fp::from(integer.unsigned_abs()) * factor;
            if integer < 0 { -product } else { product }
        }))
    }
}

/// The sum so far.
pub(crate) struct PortableProducts<P: FieldParams> {
    sum: Portable<P>,
    count: u32,
}

impl<P: FieldParams> Clone for PortableProducts<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: FieldParams> Copy for PortableProducts<P> {}

impl<P: FieldParams> Products<Portable<P>> for PortableProducts<P> {
    #[inline(always)]
    fn new() -> Self {
        Self { sum: Portable::zero(), count: 0 }
    }

    #[inline(always)]
    fn add(&mut self, a: Portable<P>, b: Portable<P>) {
        self.sum += a * b;
        self.count += 1;
    }

    #[inline(always)]
    fn sum(self) -> Portable<P> {
        assert!(self.count <= MAX_PRODUCTS, "at most {MAX_PRODUCTS} products, not {}", self.count);
        self.sum
    }
}

impl<P: FieldParams> Add for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(&other, |a, b| a + b)
    }
}

impl<P: FieldParams> Sub for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(&other, |a, b| a - b)
    }
}

impl<P: FieldParams> Mul for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(&other, |a, b| a * b)
    }
}

impl<P: FieldParams> Neg for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}

impl<P: FieldParams> Add<Fp<P>> for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Fp<P>) -> Self {
        self.map(|a| a + other)
    }
}

impl<P: FieldParams> Sub<Fp<P>> for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Fp<P>) -> Self {
        self.map(|a| a - other)
    }
}

impl<P: FieldParams> Mul<Fp<P>> for Portable<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Fp<P>) -> Self {
        self.map(|a| a * other)
    }
}

impl<P: FieldParams> AddAssign for Portable<P> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<P: FieldParams> SubAssign for Portable<P> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<P: FieldParams> MulAssign for Portable<P> {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}
