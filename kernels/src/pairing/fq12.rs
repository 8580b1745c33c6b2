//! `Fq6[w] / (w^2 - v)`: values of pairings. Also a polynomial in `w` over `Fq2` with `w^6 = xi`.

use std::ops::Mul;
use std::sync::LazyLock;

use super::fq2::Fq2;
use super::fq6::Fq6;
use crate::field::Fq;

/// `c0 + c1 w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Fq12 {
    /// The part without `w`.
    pub c0: Fq6,
    /// The factor of `w`.
    pub c1: Fq6,
}

/// `xi^(k (q - 1) / 6)` for `k = 0..6`: what the `q`-th power multiplies `w^k` by.
static FROBENIUS: LazyLock<[Fq2; 6]> = LazyLock::new(|| {
    let base = Fq2::ONE.mul_by_xi().pow(&SIXTH);
    let mut power = Fq2::ONE;
    std::array::from_fn(|_| {
        let current = power;
        power = power * base;
        current
    })
});

/// `(q - 1) / 6`.
const SIXTH: [u64; 4] = {
    let mut limbs = Fq::MODULUS;
    limbs[0] -= 1;
    let (mut quotient, mut remainder, mut i) = ([0; 4], 0u128, 4);
    while i > 0 {
        i -= 1;
        let dividend = remainder << 64 | limbs[i] as u128;
        quotient[i] = (dividend / 6) as u64;
        remainder = dividend % 6;
    }
    assert!(remainder == 0, "the modulus is 1 modulo 6");
    quotient
};

/// What the `q`-th power multiplies `w^k` by, for `k` below six.
pub(super) fn frobenius_factor(k: usize) -> Fq2 {
    FROBENIUS[k]
}

impl Fq12 {
    /// The multiplicative identity.
    pub const ONE: Self = Self { c0: Fq6::ONE, c1: Fq6::ZERO };

    /// `c0 + c1 w`.
    pub const fn new(c0: Fq6, c1: Fq6) -> Self {
        Self { c0, c1 }
    }

    /// Whether this is the multiplicative identity.
    pub fn is_one(&self) -> bool {
        *self == Self::ONE
    }

    /// `self * self`, by two multiplications of `Fq6`.
    pub fn square(&self) -> Self {
        let product = self.c0 * self.c1;
        let sum = (self.c0 + self.c1) * (self.c0 + self.c1.mul_by_v());
        Self::new(sum - product - product.mul_by_v(), product + product)
    }

    /// `c0 - c1 w`, which is also the `q^6`-th power, and the inverse where the `q^6 + 1`-th power is one.
    pub fn conjugate(&self) -> Self {
        Self::new(self.c0, -self.c1)
    }

    /// `1 / self`, or `None` for zero.
    pub fn inverse(&self) -> Option<Self> {
        let norm = self.c0 * self.c0 - (self.c1 * self.c1).mul_by_v();
        let inverse = norm.inverse()?;
        Some(Self::new(self.c0 * inverse, -(self.c1 * inverse)))
    }

    /// The `q`-th power.
    pub fn frobenius(&self) -> Self {
        let raise = |coefficient: Fq2, k: usize| coefficient.conjugate() * FROBENIUS[k];
        let (even, odd) = (self.c0, self.c1);
        Self::new(
            Fq6::new(even.c0.conjugate(), raise(even.c1, 2), raise(even.c2, 4)),
            Fq6::new(raise(odd.c0, 1), raise(odd.c1, 3), raise(odd.c2, 5)),
        )
    }

    /// `self * (a + b w + c w^3)`, the form of a line through points of the twist.
    pub(super) fn mul_by_line(&self, a: Fq, b: Fq2, c: Fq2) -> Self {
        let scale = |x: &Fq6| Fq6::new(x.c0.scale(a), x.c1.scale(a), x.c2.scale(a));
        let even = scale(&self.c0);
        let odd = self.c1.mul_by_01(b, c);
        let all = (self.c0 + self.c1).mul_by_01(b + Fq2::new(a, Fq::ZERO), c);
        Self::new(even + odd.mul_by_v(), all - even - odd)
    }

    /// `self * self` where the `q^4 - q^2 + 1`-th power is one: nine multiplications of `Fq2` instead of twelve.
    pub(super) fn cyclotomic_square(&self) -> Self {
        // With y = w^3 and y^2 = xi, the element is A + B w + C w^2 over Fq2(y); a square costs three squares there.
        let square = |a: Fq2, b: Fq2| {
            let product = a * b;
            let norm = (a + b) * (a + b.mul_by_xi()) - product - product.mul_by_xi();
            (norm, product.double())
        };
        let triple = |x: Fq2| x.double() + x;
        let (even, odd) = (&self.c0, &self.c1);
        let (a0, a1) = square(even.c0, odd.c1);
        let (b0, b1) = square(odd.c0, even.c2);
        let (c0, c1) = square(even.c1, odd.c2);
        Self::new(
            Fq6::new(
                triple(a0) - even.c0.double(),
                triple(b0) - even.c1.double(),
                triple(c0) - even.c2.double(),
            ),
            Fq6::new(
                triple(c1.mul_by_xi()) + odd.c0.double(),
                triple(a1) + odd.c1.double(),
                triple(b1) + odd.c2.double(),
            ),
        )
    }
}

impl Mul for Fq12 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (low, high) = (self.c0 * other.c0, self.c1 * other.c1);
        let crossed = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self::new(low + high.mul_by_v(), crossed - low - high)
    }
}
