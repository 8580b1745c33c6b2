//! Montgomery arithmetic on four 64-bit limbs, for any odd modulus below `2^254`.
//!
//! `mul` is the "no-carry" coarsely integrated operand scanning: because the modulus leaves two spare bits in
//! the top limb, the carry out of each of the four passes fits the next one and no fifth limb is needed.
//! Cost: 32 multiplications of 64 by 64 bits and one conditional subtraction.
//!
//! # Sources
//! - Koç, Acar, Kaliski, "Analyzing and comparing Montgomery multiplication algorithms" (1996), CIOS.
//! - Botrel, El Housni, "EdMSM" eprint 2022/1400, section on the no-carry optimisation.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::{Product, Sum};
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

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
pub struct Fp<P> {
    limbs: [u64; 4],
    field: PhantomData<P>,
}

/// `a + b * c + carry`: low word and high word. Never overflows 128 bits.
#[inline(always)]
const fn mac(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let wide = a as u128 + b as u128 * c as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

/// `a + b + carry`: sum and carry out (0 or 1).
#[inline(always)]
const fn adc(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = a as u128 + b as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

/// `a - b - borrow`: difference and borrow out (0 or 1).
#[inline(always)]
const fn sbb(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let (low, first) = a.overflowing_sub(b);
    let (low, second) = low.overflowing_sub(borrow);
    (low, (first | second) as u64)
}

/// `a - modulus` if that is not negative, else `a`. `a` must be below twice the modulus.
#[inline(always)]
const fn reduce_once(a: [u64; 4], modulus: &[u64; 4]) -> [u64; 4] {
    let (r0, borrow) = sbb(a[0], modulus[0], 0);
    let (r1, borrow) = sbb(a[1], modulus[1], borrow);
    let (r2, borrow) = sbb(a[2], modulus[2], borrow);
    let (r3, borrow) = sbb(a[3], modulus[3], borrow);
    if borrow == 0 { [r0, r1, r2, r3] } else { a }
}

/// `-modulus^-1 mod 2^64` by Newton's iteration, which doubles the number of correct bits each time.
const fn negated_inverse(low_limb: u64) -> u64 {
    let mut inverse = 1u64;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(low_limb.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
}

/// `2^exponent mod modulus` by repeated doubling.
const fn power_of_two(exponent: u32, modulus: &[u64; 4]) -> [u64; 4] {
    let mut value = [1, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        let doubled = [
            value[0] << 1,
            value[1] << 1 | value[0] >> 63,
            value[2] << 1 | value[1] >> 63,
            value[3] << 1 | value[2] >> 63,
        ];
        value = reduce_once(doubled, modulus);
        step += 1;
    }
    value
}

impl<P: FieldParams> Fp<P> {
    const INVERSE: u64 = negated_inverse(P::MODULUS[0]);
    const R: [u64; 4] = power_of_two(256, &P::MODULUS);
    const R_SQUARED: [u64; 4] = power_of_two(512, &P::MODULUS);

    /// The prime, least significant limb first.
    pub const MODULUS: [u64; 4] = P::MODULUS;
    /// The additive identity.
    pub const ZERO: Self = Self::from_montgomery_limbs([0; 4]);
    /// The multiplicative identity.
    pub const ONE: Self = Self::from_montgomery_limbs(Self::R);

    /// Wraps limbs that are already reduced and in Montgomery form.
    const fn from_montgomery_limbs(limbs: [u64; 4]) -> Self {
        Self { limbs, field: PhantomData }
    }

    /// The element of a canonical integer (least significant limb first); `None` at or above the modulus.
    /// `const`, so that tables of constants are converted at compile time.
    pub const fn from_canonical_limbs(limbs: [u64; 4]) -> Option<Self> {
        let (_, borrow) = sbb(limbs[0], P::MODULUS[0], 0);
        let (_, borrow) = sbb(limbs[1], P::MODULUS[1], borrow);
        let (_, borrow) = sbb(limbs[2], P::MODULUS[2], borrow);
        let (_, borrow) = sbb(limbs[3], P::MODULUS[3], borrow);
        if borrow == 0 {
            return None;
        }
        Some(Self::from_montgomery_limbs(Self::montgomery_mul(&limbs, &Self::R_SQUARED)))
    }

    /// The canonical integer, least significant limb first.
    pub const fn to_canonical_limbs(&self) -> [u64; 4] {
        Self::montgomery_mul(&self.limbs, &[1, 0, 0, 0])
    }

    /// `a * b / 2^256 mod p`.
    #[inline(always)]
    const fn montgomery_mul(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
        let p = &P::MODULUS;
        let mut t = [0u64; 4];
        let mut i = 0;
        while i < 4 {
            let (t0, product) = mac(t[0], a[0], b[i], 0);
            let m = t0.wrapping_mul(Self::INVERSE);
            let (_, reduction) = mac(t0, m, p[0], 0);
            let (t1, product) = mac(t[1], a[1], b[i], product);
            let (r0, reduction) = mac(t1, m, p[1], reduction);
            let (t2, product) = mac(t[2], a[2], b[i], product);
            let (r1, reduction) = mac(t2, m, p[2], reduction);
            let (t3, product) = mac(t[3], a[3], b[i], product);
            let (r2, reduction) = mac(t3, m, p[3], reduction);
            t = [r0, r1, r2, product + reduction];
            i += 1;
        }
        reduce_once(t, p)
    }

    /// Whether this is the additive identity.
    pub const fn is_zero(&self) -> bool {
        self.limbs[0] | self.limbs[1] | self.limbs[2] | self.limbs[3] == 0
    }

    /// `self * self`.
    #[inline]
    pub fn square(&self) -> Self {
        Self::from_montgomery_limbs(Self::montgomery_mul(&self.limbs, &self.limbs))
    }

    /// `self + self`.
    #[inline]
    pub fn double(&self) -> Self {
        *self + *self
    }

    /// `self ^ exponent`, exponent as a 256-bit integer, least significant limb first. Variable time.
    pub fn pow(&self, exponent: &[u64; 4]) -> Self {
        let mut result = Self::ONE;
        for limb in exponent.iter().rev() {
            for bit in (0..64).rev() {
                result = result.square();
                if limb >> bit & 1 == 1 {
                    result *= *self;
                }
            }
        }
        result
    }

    /// `1 / self`, or `None` for zero. By Fermat: `self ^ (p - 2)`.
    pub fn inverse(&self) -> Option<Self> {
        let mut exponent = P::MODULUS;
        exponent[0] -= 2;
        (!self.is_zero()).then(|| self.pow(&exponent))
    }
}

impl<P: FieldParams> Add for Fp<P> {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        // Both are below 2^254, so the sum does not overflow 256 bits.
        let (r0, carry) = adc(self.limbs[0], other.limbs[0], 0);
        let (r1, carry) = adc(self.limbs[1], other.limbs[1], carry);
        let (r2, carry) = adc(self.limbs[2], other.limbs[2], carry);
        let (r3, _) = adc(self.limbs[3], other.limbs[3], carry);
        Self::from_montgomery_limbs(reduce_once([r0, r1, r2, r3], &P::MODULUS))
    }
}

impl<P: FieldParams> Sub for Fp<P> {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        let (r0, borrow) = sbb(self.limbs[0], other.limbs[0], 0);
        let (r1, borrow) = sbb(self.limbs[1], other.limbs[1], borrow);
        let (r2, borrow) = sbb(self.limbs[2], other.limbs[2], borrow);
        let (r3, borrow) = sbb(self.limbs[3], other.limbs[3], borrow);
        let mask = borrow.wrapping_neg();
        let (r0, carry) = adc(r0, P::MODULUS[0] & mask, 0);
        let (r1, carry) = adc(r1, P::MODULUS[1] & mask, carry);
        let (r2, carry) = adc(r2, P::MODULUS[2] & mask, carry);
        let (r3, _) = adc(r3, P::MODULUS[3] & mask, carry);
        Self::from_montgomery_limbs([r0, r1, r2, r3])
    }
}

impl<P: FieldParams> Mul for Fp<P> {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self::from_montgomery_limbs(Self::montgomery_mul(&self.limbs, &other.limbs))
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

/// Order of the canonical integers, most significant limb first.
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
