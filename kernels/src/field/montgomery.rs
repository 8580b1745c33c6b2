//! Field elements in Montgomery form, for any odd modulus below `2^254`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::{Product, Sum};
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::limbs::{self, Limbs};

/// What distinguishes one prime field from another; everything else is derived from the modulus.
pub trait FieldParams: Copy + fmt::Debug + Eq + Send + Sync + 'static {
    /// Name in error messages.
    const NAME: &'static str;
    /// The prime, least significant limb first; odd and below `2^254`.
    const MODULUS: [u64; 4];
    /// A small integer that is not a square.
    const NON_RESIDUE: u64;
}

/// An element of the prime field `P`, reduced, in Montgomery form.
///
/// Its layout is that of its limbs, which vector code loads many of at once.
#[repr(transparent)]
pub struct Fp<P> {
    limbs: Limbs,
    field: PhantomData<P>,
}

impl<P: FieldParams> Fp<P> {
    pub(super) const NEGATED_INVERSE: u64 = limbs::negated_inverse(P::MODULUS[0]);
    const R: Limbs = limbs::power_of_two(256, &P::MODULUS);
    pub(super) const R_SQUARED: Limbs = limbs::power_of_two(512, &P::MODULUS);

    /// The prime, least significant limb first.
    pub const MODULUS: [u64; 4] = P::MODULUS;
    /// The additive identity.
    pub const ZERO: Self = Self::from_montgomery_limbs([0; 4]);
    /// The multiplicative identity.
    pub const ONE: Self = Self::from_montgomery_limbs(Self::R);

    /// Wraps limbs that are already reduced and in Montgomery form.
    pub(super) const fn from_montgomery_limbs(limbs: Limbs) -> Self {
        Self { limbs, field: PhantomData }
    }

    /// The element with this Montgomery form, which may be reduced or one modulus too large.
    pub(crate) const fn from_montgomery_below_twice(limbs: Limbs) -> Self {
        Self::from_montgomery_limbs(limbs::sub_if_not_below(limbs, &P::MODULUS))
    }

    /// The Montgomery form, reduced.
    pub(crate) const fn montgomery_limbs(&self) -> &Limbs {
        &self.limbs
    }

    /// The element of a canonical integer (least significant limb first); `None` at or above the modulus.
    /// `const`, so that tables of constants are converted at compile time.
    pub const fn from_canonical_limbs(limbs: [u64; 4]) -> Option<Self> {
        let (_, is_below) = limbs::sub(&limbs, &P::MODULUS);
        if !is_below {
            return None;
        }
        Some(Self::from_montgomery_limbs(Self::mul_limbs(&limbs, &Self::R_SQUARED)))
    }

    /// The canonical integer, least significant limb first.
    pub const fn to_canonical_limbs(&self) -> [u64; 4] {
        Self::mul_limbs(&self.limbs, &[1, 0, 0, 0])
    }

    /// `a * b / 2^256 mod p`, reduced, for reduced `a` and `b`.
    ///
    /// The product before the last subtraction is below `p^2 / 2^256 + p`, so for these moduli it is rarely at or
    /// above `p`. A look at the top limb tells nearly always, and a branch that is nearly always taken the same way is
    /// cheaper than waiting for the subtraction.
    #[inline(always)]
    const fn mul_limbs(a: &Limbs, b: &Limbs) -> Limbs {
        let product = limbs::montgomery_mul(a, b, &P::MODULUS, Self::NEGATED_INVERSE);
        if product[3] < P::MODULUS[3] {
            return product;
        }
        std::hint::cold_path();
        let (reduced, is_below) = limbs::sub(&product, &P::MODULUS);
        if is_below { product } else { reduced }
    }

    /// Whether this is the additive identity.
    pub const fn is_zero(&self) -> bool {
        self.limbs[0] | self.limbs[1] | self.limbs[2] | self.limbs[3] == 0
    }

    /// Whether the canonical integer is odd.
    pub const fn is_odd(&self) -> bool {
        self.to_canonical_limbs()[0] & 1 == 1
    }

    /// `self * self`. A dedicated squaring saves products but not carries, and measured no faster.
    #[inline]
    pub fn square(&self) -> Self {
        *self * *self
    }

    /// `self + self`.
    #[inline]
    pub fn double(&self) -> Self {
        *self + *self
    }

    /// `self ^ exponent`, exponent as a 256-bit integer, least significant limb first. Variable time.
    pub const fn pow(&self, exponent: &[u64; 4]) -> Self {
        let mut power = Self::R;
        let mut is_one = true;
        let mut bit = 256;
        while bit > 0 {
            bit -= 1;
            if !is_one {
                power = Self::mul_limbs(&power, &power);
            }
            if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
                power = Self::mul_limbs(&power, &self.limbs);
                is_one = false;
            }
        }
        Self::from_montgomery_limbs(power)
    }
}

impl<P: FieldParams> Add for Fp<P> {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        // Both are below 2^254, so the sum does not overflow 256 bits.
        let sum = limbs::add(&self.limbs, &other.limbs);
        Self::from_montgomery_limbs(limbs::sub_if_not_below(sum, &P::MODULUS))
    }
}

impl<P: FieldParams> Sub for Fp<P> {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = limbs::sub(&self.limbs, &other.limbs);
        let mask = (borrow as u64).wrapping_neg();
        let sum = limbs::add(&difference, &P::MODULUS.map(|limb| limb & mask));
        Self::from_montgomery_limbs(sum)
    }
}

impl<P: FieldParams> Mul for Fp<P> {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self::from_montgomery_limbs(Self::mul_limbs(&self.limbs, &other.limbs))
    }
}

impl<P: FieldParams> Neg for Fp<P> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<P: FieldParams> AddAssign for Fp<P> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<P: FieldParams> SubAssign for Fp<P> {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<P: FieldParams> MulAssign for Fp<P> {
    #[inline]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl<P: FieldParams> Sum for Fp<P> {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl<'a, P: FieldParams> Sum<&'a Self> for Fp<P> {
    fn sum<I: Iterator<Item = &'a Self>>(iter: I) -> Self {
        iter.copied().sum()
    }
}

impl<P: FieldParams> Product for Fp<P> {
    fn product<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ONE, Mul::mul)
    }
}

impl<'a, P: FieldParams> Product<&'a Self> for Fp<P> {
    fn product<I: Iterator<Item = &'a Self>>(iter: I) -> Self {
        iter.copied().product()
    }
}

// Written by hand because a derive would ask for the same trait on `P`, and to keep `PhantomData` out of `Debug`.
impl<P> Clone for Fp<P> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Fp<P> {}

impl<P> PartialEq for Fp<P> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.limbs == other.limbs
    }
}

impl<P> Eq for Fp<P> {}

impl<P> Hash for Fp<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.limbs.hash(state);
    }
}

impl<P: FieldParams> Default for Fp<P> {
    fn default() -> Self {
        Self::ZERO
    }
}

/// Order of the canonical integers.
impl<P: FieldParams> Ord for Fp<P> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (a, b) = (self.to_canonical_limbs(), other.to_canonical_limbs());
        a.iter().rev().cmp(b.iter().rev())
    }
}

impl<P: FieldParams> PartialOrd for Fp<P> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
