//! What follows from a modulus.

use std::marker::PhantomData;

use super::register::Row;
use crate::field::{FieldParams, Fp};

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 52;
/// A full limb.
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;
/// What tells intervals of `2^253` apart: bits of the top limb, which counts `2^208`.
pub(super) const INTERVAL_BITS: u32 = 253 - 208;

/// A 260-bit integer, least significant limb first.
pub(super) type Limbs52 = [u64; 5];

/// Eight integers, limb by limb.
type Table = [Row; 5];

pub(super) struct Constants<P>(PhantomData<P>);

impl<P: FieldParams> Constants<P> {
    pub(super) const MODULUS: Limbs52 = {
        // The bounds that `Vector` states, by the top limb.
        let top = P::MODULUS[3] >> 16;
        assert!(top > (1 << INTERVAL_BITS) + 8, "the modulus is above 2^253 + 2^211");
        assert!(top + (1 << INTERVAL_BITS) + 8 < 21 << 42, "modulus + 2^253 + 2^211 is below 21 * 2^250");
        split(&P::MODULUS)
    };

    /// `2^260 - p`.
    pub(super) const NEGATED_MODULUS: Limbs52 = {
        let mut limbs = [0; 5];
        let mut borrow = 0;
        let mut i = 0;
        while i < 5 {
            let difference = (1 << LIMB_BITS) - Self::MODULUS[i] - borrow;
            limbs[i] = difference & LIMB_MASK;
            borrow = 1 - (difference >> LIMB_BITS);
            i += 1;
        }
        limbs
    };

    /// `-1 / p` modulo `2^52`, by Newton's iteration.
    pub(super) const NEGATED_INVERSE: u64 = {
        let mut inverse = 1u64;
        let mut step = 0;
        while step < 6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(P::MODULUS[0].wrapping_mul(inverse)));
            step += 1;
        }
        inverse.wrapping_neg() & LIMB_MASK
    };

    /// `2^52 2^248 / p`, rounded down: estimates quotients by p from an integer's top twelve bits. Computed from p's top 64 bits
    /// plus one, so never too large.
    pub(super) const RECIPROCAL: u64 = {
        // p < (top + 1) 2^192, and 2^300 / 2^192 = 2^108.
        ((1u128 << 108) / (P::MODULUS[3] as u128 + 1)) as u64
    };

    /// Limbs that bring an integer in the interval from `k 2^253` on below the bound: minus the largest multiple of p that is not
    /// above its start.
    pub(super) const SUM_TABLE: Table = table::<P>(0);

    /// The same, and `2 p`.
    pub(super) const DIFFERENCE_TABLE: Table = table::<P>(2);

    /// `2 p`.
    pub(super) const TWICE: Limbs52 = multiple::<P>(2);

    /// `2^52`, which small factors carry.
    pub(super) const SMALL: Fp<P> = match Fp::from_canonical_limbs([1 << LIMB_BITS, 0, 0, 0]) {
        Some(element) => element,
        None => panic!("2^52 is below the modulus"),
    };
}

/// For each interval, `offset p` less the multiple to be subtracted, limb by limb: limbs may be negative.
const fn table<P: FieldParams>(offset: u64) -> Table {
    let offset = multiple::<P>(offset);
    let mut table = [Row([0; 8]); 5];
    let mut k = 0;
    while k < 8 {
        let start = (k as u64) << INTERVAL_BITS;
        let mut number = 0;
        // No multiple but zero has lower limbs of zero: one whose top limb is below that of the start is below the start.
        while multiple::<P>(number + 1)[4] < start {
            number += 1;
        }
        let subtracted = multiple::<P>(number);
        assert!(k == 0 || start - subtracted[4] > 8, "the start is clearly above the multiple");
        let mut i = 0;
        while i < 5 {
            table[i].0[k] = offset[i].wrapping_sub(subtracted[i]);
            i += 1;
        }
        k += 1;
    }
    table
}

/// `number * p`.
const fn multiple<P: FieldParams>(number: u64) -> Limbs52 {
    let modulus = split(&P::MODULUS);
    let mut limbs = [0; 5];
    let mut carry = 0;
    let mut i = 0;
    while i < 5 {
        let sum = number * modulus[i] + carry;
        limbs[i] = sum & LIMB_MASK;
        carry = sum >> LIMB_BITS;
        i += 1;
    }
    assert!(carry == 0, "the multiple fits five limbs");
    limbs
}

/// From limbs of 64 bits.
#[inline(always)]
pub(super) const fn split(a: &[u64; 4]) -> Limbs52 {
    [
        a[0] & LIMB_MASK,
        (a[0] >> 52 | a[1] << 12) & LIMB_MASK,
        (a[1] >> 40 | a[2] << 24) & LIMB_MASK,
        (a[2] >> 28 | a[3] << 36) & LIMB_MASK,
        a[3] >> 16,
    ]
}
