//! What relations compute with.

use std::ops::{Add, Mul, Sub};

use chinampa_kernels::Fr;

/// One or many field elements on which arithmetic acts element by element: a commutative algebra over [`Fr`].
pub trait Value:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Add<Fr, Output = Self>
    + Sub<Fr, Output = Self>
    + Mul<Fr, Output = Self>
{
    /// Zeros.
    fn zero() -> Self;

    /// `self + self`.
    #[inline(always)]
    fn double(self) -> Self {
        self + self
    }

    /// `self * self`.
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    /// The sum of the products of pairs.
    #[inline(always)]
    fn sum_of_products<const N: usize>(pairs: [(Self, Self); N]) -> Self {
        let [first, rest @ ..] = &pairs[..] else {
            return Self::zero();
        };
        let mut sum = first.0 * first.1;
        for (left, right) in rest {
            sum = sum + *left * *right;
        }
        sum
    }

    /// `a b - c d`.
    #[inline(always)]
    fn difference_of_products((a, b): (Self, Self), (c, d): (Self, Self)) -> Self {
        a * b - c * d
    }

    /// `3 self`.
    #[inline(always)]
    fn triple(self) -> Self {
        self.double() + self
    }

    /// `self^5`, the S-box of Poseidon2.
    #[inline(always)]
    fn fifth_power(self) -> Self {
        self.square().square() * self
    }
}

impl Value for Fr {
    #[inline(always)]
    fn zero() -> Self {
        Self::ZERO
    }
}

/// A small constant.
pub(super) const fn small(value: u64) -> Fr {
    power_of_two_times(value, 0)
}

/// `value * 2^(64 limb)`.
const fn power_of_two_times(value: u64, limb: usize) -> Fr {
    let mut limbs = [0; 4];
    limbs[limb] = value;
    Fr::from_canonical_limbs(limbs).expect("a constant below the modulus")
}

/// One.
pub(super) const ONE: Fr = Fr::ONE;
/// `-1/2`, which is `(r - 1) / 2` for the modulus `r`.
pub(super) const NEGATED_HALF: Fr = {
    let r = Fr::MODULUS;
    let half = [r[0] >> 1 | r[1] << 63, r[1] >> 1 | r[2] << 63, r[2] >> 1 | r[3] << 63, r[3] >> 1];
    Fr::from_canonical_limbs(half).expect("half of the modulus")
};
/// `2^68`, the limbs of non-native field elements.
pub(super) const LIMB: Fr = power_of_two_times(1 << 4, 1);
/// `2^14`, the pieces that such limbs are range-checked in.
pub(super) const SUBLIMB: Fr = small(1 << 14);
