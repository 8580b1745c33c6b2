//! `Fq2[v] / (v^3 - xi)` with `xi = 9 + u`.

use std::ops::{Add, Mul, Neg, Sub};

use super::fq2::Fq2;

/// `c0 + c1 v + c2 v^2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Fq6 {
    /// The part without `v`.
    pub c0: Fq2,
    /// The factor of `v`.
    pub c1: Fq2,
    /// The factor of `v^2`.
    pub c2: Fq2,
}

impl Fq6 {
    /// The additive identity.
    pub const ZERO: Self = Self::new(Fq2::ZERO, Fq2::ZERO, Fq2::ZERO);
    /// The multiplicative identity.
    pub const ONE: Self = Self::new(Fq2::ONE, Fq2::ZERO, Fq2::ZERO);

    /// `c0 + c1 v + c2 v^2`.
    pub const fn new(c0: Fq2, c1: Fq2, c2: Fq2) -> Self {
        Self { c0, c1, c2 }
    }

    /// `self * v`.
    pub fn mul_by_v(&self) -> Self {
        Self::new(self.c2.mul_by_xi(), self.c0, self.c1)
    }

    /// `self * (b0 + b1 v)`, by five multiplications.
    pub fn mul_by_01(&self, b0: Fq2, b1: Fq2) -> Self {
        let (first, second) = (self.c0 * b0, self.c1 * b1);
        Self::new(
            ((self.c1 + self.c2) * b1 - second).mul_by_xi() + first,
            (self.c0 + self.c1) * (b0 + b1) - first - second,
            (self.c0 + self.c2) * b0 - first + second,
        )
    }

    /// `1 / self`, or `None` for zero.
    pub fn inverse(&self) -> Option<Self> {
        let a = self.c0.square() - (self.c1 * self.c2).mul_by_xi();
        let b = self.c2.square().mul_by_xi() - self.c0 * self.c1;
        let c = self.c1.square() - self.c0 * self.c2;
        let norm = self.c0 * a + (self.c2 * b + self.c1 * c).mul_by_xi();
        let inverse = norm.inverse()?;
        Some(Self::new(a * inverse, b * inverse, c * inverse))
    }
}

impl Add for Fq6 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1, self.c2 + other.c2)
    }
}

impl Sub for Fq6 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1, self.c2 - other.c2)
    }
}

impl Neg for Fq6 {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.c0, -self.c1, -self.c2)
    }
}

/// By six multiplications (Karatsuba).
impl Mul for Fq6 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self, other);
        let (v0, v1, v2) = (a.c0 * b.c0, a.c1 * b.c1, a.c2 * b.c2);
        let crossed_12 = (a.c1 + a.c2) * (b.c1 + b.c2) - v1 - v2;
        let crossed_01 = (a.c0 + a.c1) * (b.c0 + b.c1) - v0 - v1;
        let crossed_02 = (a.c0 + a.c2) * (b.c0 + b.c2) - v0 - v2;
        Self::new(crossed_12.mul_by_xi() + v0, crossed_01 + v2.mul_by_xi(), crossed_02 + v1)
    }
}
