//! `Fq[u] / (u^2 + 1)`: coordinates of the second group.

use std::ops::{Add, Mul, Neg, Sub};

use crate::field::Fq;

/// `c0 + c1 u` with `u^2 = -1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Fq2 {
    /// The part without `u`.
    pub c0: Fq,
    /// The factor of `u`.
    pub c1: Fq,
}

impl Fq2 {
    /// The additive identity.
    pub const ZERO: Self = Self { c0: Fq::ZERO, c1: Fq::ZERO };
    /// The multiplicative identity.
    pub const ONE: Self = Self { c0: Fq::ONE, c1: Fq::ZERO };

    /// `c0 + c1 u`.
    pub const fn new(c0: Fq, c1: Fq) -> Self {
        Self { c0, c1 }
    }

    /// Whether this is the additive identity.
    pub const fn is_zero(&self) -> bool {
        self.c0.is_zero() && self.c1.is_zero()
    }

    /// `self + self`.
    pub fn double(&self) -> Self {
        *self + *self
    }

    /// `self * self`, by two multiplications.
    pub fn square(&self) -> Self {
        Self::new((self.c0 + self.c1) * (self.c0 - self.c1), (self.c0 * self.c1).double())
    }

    /// `self * scalar`.
    pub fn scale(&self, scalar: Fq) -> Self {
        Self::new(self.c0 * scalar, self.c1 * scalar)
    }

    /// `c0 - c1 u`, which is also the `q`-th power.
    pub fn conjugate(&self) -> Self {
        Self::new(self.c0, -self.c1)
    }

    /// `self * (9 + u)`, the element that the tower is built on.
    pub fn mul_by_xi(&self) -> Self {
        let nine = |x: Fq| x.double().double().double() + x;
        Self::new(nine(self.c0) - self.c1, nine(self.c1) + self.c0)
    }

    /// `1 / self`, or `None` for zero.
    pub fn inverse(&self) -> Option<Self> {
        let norm_inverse = (self.c0.square() + self.c1.square()).inverse()?;
        Some(self.conjugate().scale(norm_inverse))
    }

    /// `self ^ exponent`, least significant limb first.
    pub fn pow(&self, exponent: &[u64; 4]) -> Self {
        let bits = (0..256).rev().map(|bit| exponent[bit / 64] >> (bit % 64) & 1 == 1);
        bits.fold(Self::ONE, |power, bit| if bit { power.square() * *self } else { power.square() })
    }
}

impl Add for Fq2 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1)
    }
}

impl Sub for Fq2 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1)
    }
}

impl Neg for Fq2 {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.c0, -self.c1)
    }
}

/// By three multiplications (Karatsuba).
impl Mul for Fq2 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (low, high) = (self.c0 * other.c0, self.c1 * other.c1);
        let crossed = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self::new(low - high, crossed - low - high)
    }
}
