//! What eight elements can do, whatever they are held in.

use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::field::{FieldParams, Fp};

/// Elements that are computed with at a time.
pub const LANES: usize = 8;

/// Most products that one [`Products`] takes.
pub const MAX_PRODUCTS: u32 = 64;

/// Keeps [`Lanes`] to the backends of this crate.
pub trait Sealed {}

/// Eight elements on which arithmetic acts one by one.
///
/// An implementation may hold an element as any of several integers, so there is no equality; every operation takes every form,
/// and elements that are stored are reduced. Only [`dispatch`](super::dispatch()) makes implementations known.
pub trait Lanes<P: FieldParams>:
    Sealed
    + Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + Add<Fp<P>, Output = Self>
    + Sub<Fp<P>, Output = Self>
    + Mul<Fp<P>, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// A sum of products that is reduced once.
    type Products: Products<Self>;
    /// A constant that small integers are multiplied by.
    type Factor: Copy;

    /// Eight times the same element.
    fn splat(element: Fp<P>) -> Self;

    /// The elements, in order.
    fn load(elements: &[Fp<P>; LANES]) -> Self;

    /// Writes the elements, in order.
    fn store(self, elements: &mut [Fp<P>; LANES]);

    /// The first and the second elements of pairs, which may lie anywhere.
    fn load_pairs(pairs: [&[Fp<P>; 2]; LANES]) -> (Self, Self);

    /// Writes the elements of pairs.
    fn store_pairs(first: Self, second: Self, pairs: [&mut [Fp<P>; 2]; LANES]);

    /// In each lane, `other` where the mask has a one, else `self`.
    #[must_use]
    fn replace(self, mask: u8, other: Self) -> Self;

    /// `self * self`; cheaper than a product.
    fn square(self) -> Self;

    /// In each lane, whether the element is zero: bit `i` for lane `i`.
    fn zeros(self) -> u8;

    /// What [`scale`](Self::scale) multiplies by.
    fn factor(element: Fp<P>) -> Self::Factor;

    /// `integers[i] * factor`: a quarter of the cost of a product.
    fn scale(integers: &[i32; LANES], factor: Self::Factor) -> Self;

    /// Eight zeros.
    #[inline(always)]
    fn zero() -> Self {
        Self::splat(Fp::ZERO)
    }

    /// Eight ones.
    #[inline(always)]
    fn one() -> Self {
        Self::splat(Fp::ONE)
    }

    /// `self + self`.
    #[inline(always)]
    fn double(self) -> Self {
        self + self
    }

    /// Whether all elements are zero.
    #[inline(always)]
    fn is_zero(self) -> bool {
        self.zeros() == u8::MAX
    }

    /// At most eight elements, and zeros after them.
    #[inline(always)]
    fn load_some(elements: &[Fp<P>]) -> Self {
        match elements.first_chunk() {
            Some(elements) => Self::load(elements),
            None => {
                let mut all = [Fp::ZERO; LANES];
                all[..elements.len()].copy_from_slice(elements);
                Self::load(&all)
            }
        }
    }

    /// Writes the first elements, at most eight.
    #[inline(always)]
    fn store_some(self, elements: &mut [Fp<P>]) {
        match elements.first_chunk_mut() {
            Some(elements) => self.store(elements),
            None => {
                let mut all = [Fp::ZERO; LANES];
                self.store(&mut all);
                elements.copy_from_slice(&all[..elements.len()]);
            }
        }
    }

    /// The elements as an array.
    #[inline(always)]
    fn to_array(self) -> [Fp<P>; LANES] {
        let mut elements = [Fp::ZERO; LANES];
        self.store(&mut elements);
        elements
    }
}

/// `a b + c d + ...`, reduced once at the end: a product costs half of what it costs by itself.
pub trait Products<L>: Copy {
    /// The empty sum.
    fn new() -> Self;

    /// Adds `a * b`.
    fn add(&mut self, a: L, b: L);

    /// The sum.
    ///
    /// # Panics
    /// If there are more than [`MAX_PRODUCTS`].
    fn sum(self) -> L;
}
