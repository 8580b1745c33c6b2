//! Scalar multiplication by signed windows.
//!
//! The integer is rewritten with odd digits of at most 15 in size, at least four zeros after each (width-5 non-adjacent
//! form): one doubling per bit and one addition per six bits on average. Variable time.
//!
//! # Source
//! Hankerson, Menezes, Vanstone, "Guide to Elliptic Curve Cryptography", algorithms 3.35 and 3.36.

use std::ops::Mul;

use super::params::CurveParams;
use super::projective::Projective;
use crate::field::Fp;

const WIDTH: u32 = 5;
/// Odd multiples 1, 3, ..., 15.
const TABLE_LEN: usize = 1 << (WIDTH - 2);

impl<C: CurveParams> Projective<C> {
    /// `integer * self`, for any 256-bit integer, least significant limb first.
    pub fn mul_limbs(&self, integer: &[u64; 4]) -> Self {
        let twice = self.double();
        let mut odd_multiples = [*self; TABLE_LEN];
        for i in 1..TABLE_LEN {
            odd_multiples[i] = odd_multiples[i - 1] + twice;
        }
        let (digits, len) = non_adjacent_form(*integer);
        digits[..len].iter().rev().fold(Self::IDENTITY, |sum, digit| {
            let sum = sum.double();
            let multiple = odd_multiples[usize::from(digit.unsigned_abs() / 2)];
            match digit.signum() {
                0 => sum,
                1 => sum + multiple,
                _ => sum - multiple,
            }
        })
    }
}

impl<C: CurveParams> Mul<Fp<C::Scalar>> for Projective<C> {
    type Output = Self;
    fn mul(self, scalar: Fp<C::Scalar>) -> Self {
        self.mul_limbs(&scalar.to_canonical_limbs())
    }
}

/// Signed digits, least significant first, and how many there are.
fn non_adjacent_form(integer: [u64; 4]) -> ([i8; 257], usize) {
    let mut digits = [0; 257];
    let mut len = 0;
    let mut carry = 0;
    let mut position = 0;
    while position < 257 {
        let window = bits_at(&integer, position) + carry;
        if window & 1 == 0 {
            // An even sum means that bit and carry are equal, so the carry moves on unchanged.
            position += 1;
            continue;
        }
        let digit = (window & ((1 << WIDTH) - 1)) as i8;
        carry = u64::from(digit >= 1 << (WIDTH - 1));
        digits[position] = digit - ((carry as i8) << WIDTH);
        len = position + 1;
        position += WIDTH as usize;
    }
    (digits, len)
}

/// `WIDTH` bits from `position` on; zeros above bit 255.
fn bits_at(integer: &[u64; 4], position: usize) -> u64 {
    let limb = |index: usize| integer.get(index).copied().unwrap_or(0);
    let (index, shift) = (position / 64, position % 64);
    let low = limb(index) >> shift;
    let high = if shift == 0 { 0 } else { limb(index + 1) << (64 - shift) };
    (low | high) & ((1 << WIDTH) - 1)
}
