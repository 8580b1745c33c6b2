//! Field elements that are reduced only halfway, for long chains of arithmetic inside one function.

use std::marker::PhantomData;
use std::ops::{Add, Mul};

use super::limbs::{self, Limbs};
use super::montgomery::{FieldParams, Fp};

/// An element in Montgomery form, held as either of its representatives below `2p`.
///
/// Every operation keeps that bound, because `4p` is below `2^256`:
/// - a product is below `2p * 2p / 2^256 + p`, hence below `2p`, with no subtraction at all;
/// - a sum is below `4p`, does not overflow, and one conditional subtraction of `2p` restores the bound.
///
/// There is no equality: an element has two forms. Compare after [`reduce`](Self::reduce).
pub(crate) struct Loose<P> {
    limbs: Limbs,
    field: PhantomData<P>,
}

impl<P: FieldParams> Loose<P> {
    const TWICE_MODULUS: Limbs = limbs::double(&P::MODULUS);

    const fn new(limbs: Limbs) -> Self {
        Self { limbs, field: PhantomData }
    }

    /// The element, fully reduced.
    #[inline(always)]
    pub(crate) fn reduce(self) -> Fp<P> {
        Fp::from_montgomery_limbs(limbs::sub_if_not_below(self.limbs, &P::MODULUS))
    }

    /// `self * self`.
    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        self * self
    }

    /// `self + self`.
    #[inline(always)]
    pub(crate) fn double(self) -> Self {
        self + self
    }
}

impl<P: FieldParams> From<Fp<P>> for Loose<P> {
    #[inline(always)]
    fn from(element: Fp<P>) -> Self {
        Self::new(*element.montgomery_limbs())
    }
}

impl<P: FieldParams> Add for Loose<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, _) = limbs::add(&self.limbs, &other.limbs);
        Self::new(limbs::sub_if_not_below(sum, &Self::TWICE_MODULUS))
    }
}

impl<P: FieldParams> Mul for Loose<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::new(limbs::montgomery_mul(&self.limbs, &other.limbs, &P::MODULUS, Fp::<P>::NEGATED_INVERSE))
    }
}

impl<P> Clone for Loose<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Loose<P> {}
