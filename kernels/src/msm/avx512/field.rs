//! Eight field elements in five registers.
//!
//! Values are held as integers that are congruent to `x 2^260`, not reduced but bounded; each function says by what. The modulus is
//! between `2^253` and `2^254`, so any multiple of it up to 64 fits five limbs.

use std::arch::x86_64::{
    __m512i, __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_blend_epi64, _mm512_or_si512, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64,
    _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64, _mm512_testn_epi64_mask,
};

use crate::field::FieldParams;

/// Elements in a vector.
pub(super) const LANES: usize = 8;
const LIMB_BITS: u32 = 52;
const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// A 260-bit integer, least significant limb first.
type Limbs52 = [u64; 5];

/// Eight integers below `2^260`, limb by limb.
#[derive(Clone, Copy)]
pub(super) struct Vector(pub(super) [__m512i; 5]);

/// What follows from a modulus.
pub(super) struct Constants<P>(std::marker::PhantomData<P>);

impl<P: FieldParams> Constants<P> {
    pub(super) const MODULUS: Limbs52 = split(&P::MODULUS);
    /// `2^260 - p`.
    const NEGATED_MODULUS: Limbs52 = {
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
    pub(super) const TWICE: Limbs52 = double(&Self::MODULUS);
    pub(super) const FOUR_TIMES: Limbs52 = double(&Self::TWICE);
    pub(super) const SIXTEEN_TIMES: Limbs52 = double(&double(&Self::FOUR_TIMES));
    /// `-1 / p` modulo `2^52`, by Newton's iteration.
    const NEGATED_INVERSE: u64 = {
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
    const RECIPROCAL: u64 = {
        assert!(P::MODULUS[3] >> 61 == 1, "the modulus is between 2^253 and 2^254");
        // p < (top + 1) 2^192, and 2^300 / 2^192 = 2^108.
        ((1u128 << 108) / (P::MODULUS[3] as u128 + 1)) as u64
    };
}

const fn split(a: &[u64; 4]) -> Limbs52 {
    [
        a[0] & LIMB_MASK,
        (a[0] >> 52 | a[1] << 12) & LIMB_MASK,
        (a[1] >> 40 | a[2] << 24) & LIMB_MASK,
        (a[2] >> 28 | a[3] << 36) & LIMB_MASK,
        a[3] >> 16,
    ]
}

const fn double(a: &Limbs52) -> Limbs52 {
    let mut limbs = [0; 5];
    let mut carry = 0;
    let mut i = 0;
    while i < 5 {
        let sum = 2 * a[i] + carry;
        limbs[i] = sum & LIMB_MASK;
        carry = sum >> LIMB_BITS;
        i += 1;
    }
    limbs
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn all(limb: u64) -> __m512i {
    _mm512_set1_epi64(limb.cast_signed())
}

/// Eight times the same integer.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn broadcast(limbs: &Limbs52) -> Vector {
    Vector([all(limbs[0]), all(limbs[1]), all(limbs[2]), all(limbs[3]), all(limbs[4])])
}

/// Brings limbs below `2^52` by moving what is above, negative or not, into the next. The last limb keeps all.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry([t0, t1, t2, t3, t4]: [__m512i; 5]) -> Vector {
    let mask = all(LIMB_MASK);
    let t1 = _mm512_add_epi64(t1, _mm512_srai_epi64::<LIMB_BITS>(t0));
    let t2 = _mm512_add_epi64(t2, _mm512_srai_epi64::<LIMB_BITS>(t1));
    let t3 = _mm512_add_epi64(t3, _mm512_srai_epi64::<LIMB_BITS>(t2));
    let t4 = _mm512_add_epi64(t4, _mm512_srai_epi64::<LIMB_BITS>(t3));
    Vector([
        _mm512_and_si512(t0, mask),
        _mm512_and_si512(t1, mask),
        _mm512_and_si512(t2, mask),
        _mm512_and_si512(t3, mask),
        t4,
    ])
}

/// `a b / 2^260`, below `a b / 2^260 + p`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn mul<P: FieldParams>(a: &Vector, b: &Vector) -> Vector {
    let zero = _mm512_setzero_si512();
    let p = broadcast(&Constants::<P>::MODULUS).0;
    let negated_inverse = all(Constants::<P>::NEGATED_INVERSE);
    let a = a.0;
    // Limbs of the running sum are below 22 * 2^52: two products' halves a step for each of up to ten steps, and a carry.
    let [mut t0, mut t1, mut t2, mut t3, mut t4] = [zero; 5];
    for i in 0..5 {
        let b = b.0[i];
        t0 = _mm512_madd52lo_epu64(t0, a[0], b);
        t1 = _mm512_madd52lo_epu64(t1, a[1], b);
        t2 = _mm512_madd52lo_epu64(t2, a[2], b);
        t3 = _mm512_madd52lo_epu64(t3, a[3], b);
        t4 = _mm512_madd52lo_epu64(t4, a[4], b);
        let multiple = _mm512_madd52lo_epu64(zero, t0, negated_inverse);
        t0 = _mm512_madd52lo_epu64(t0, multiple, p[0]);
        t1 = _mm512_madd52lo_epu64(t1, multiple, p[1]);
        t2 = _mm512_madd52lo_epu64(t2, multiple, p[2]);
        t3 = _mm512_madd52lo_epu64(t3, multiple, p[3]);
        t4 = _mm512_madd52lo_epu64(t4, multiple, p[4]);
        // The lowest limb is now a multiple of 2^52. Dropping it moves all limbs down by one, to where the upper halves of the
        // products belong.
        t0 = _mm512_add_epi64(t1, _mm512_srli_epi64::<LIMB_BITS>(t0));
        t0 = _mm512_madd52hi_epu64(t0, a[0], b);
        t0 = _mm512_madd52hi_epu64(t0, multiple, p[0]);
        t1 = _mm512_madd52hi_epu64(t2, a[1], b);
        t1 = _mm512_madd52hi_epu64(t1, multiple, p[1]);
        t2 = _mm512_madd52hi_epu64(t3, a[2], b);
        t2 = _mm512_madd52hi_epu64(t2, multiple, p[2]);
        t3 = _mm512_madd52hi_epu64(t4, a[3], b);
        t3 = _mm512_madd52hi_epu64(t3, multiple, p[3]);
        t4 = _mm512_madd52hi_epu64(zero, a[4], b);
        t4 = _mm512_madd52hi_epu64(t4, multiple, p[4]);
    }
    carry([t0, t1, t2, t3, t4])
}

/// `a - b + offset`, which must not be negative.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sub(a: &Vector, b: &Vector, offset: &Limbs52) -> Vector {
    let offset = broadcast(offset).0;
    let mut limbs = a.0;
    for i in 0..5 {
        limbs[i] = _mm512_sub_epi64(_mm512_add_epi64(a.0[i], offset[i]), b.0[i]);
    }
    carry(limbs)
}

/// The same element below `1.03 p`, of any below `2^260`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn settle<P: FieldParams>(a: &Vector) -> Vector {
    let zero = _mm512_setzero_si512();
    // At most the quotient by p, and more than it less 1.03: 2^248 is less than 0.021 p.
    let top = _mm512_srli_epi64::<40>(a.0[4]);
    let quotient = _mm512_madd52hi_epu64(zero, top, all(Constants::<P>::RECIPROCAL));
    let negated = broadcast(&Constants::<P>::NEGATED_MODULUS).0;
    let [t0, t1, t2, t3, t4] = a.0;
    let t0 = _mm512_madd52lo_epu64(t0, quotient, negated[0]);
    let t1 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(t1, quotient, negated[0]), quotient, negated[1]);
    let t2 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(t2, quotient, negated[1]), quotient, negated[2]);
    let t3 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(t3, quotient, negated[2]), quotient, negated[3]);
    let t4 = _mm512_madd52lo_epu64(_mm512_madd52hi_epu64(t4, quotient, negated[3]), quotient, negated[4]);
    let mut settled = carry([t0, t1, t2, t3, t4]);
    // Modulo 2^260.
    settled.0[4] = _mm512_and_si512(settled.0[4], all(LIMB_MASK));
    settled
}

/// In each lane, `a` where the mask has a one, else `b`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn select(mask: __mmask8, a: &Vector, b: &Vector) -> Vector {
    let mut limbs = b.0;
    for (limb, a) in limbs.iter_mut().zip(a.0) {
        *limb = _mm512_mask_blend_epi64(mask, *limb, a);
    }
    Vector(limbs)
}

/// The lanes with the integer zero.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn zero_lanes(a: &Vector) -> __mmask8 {
    let [a0, a1, a2, a3, a4] = a.0;
    let any = _mm512_or_si512(_mm512_or_si512(_mm512_or_si512(a0, a1), _mm512_or_si512(a2, a3)), a4);
    _mm512_testn_epi64_mask(any, any)
}

/// From four limbs of 64 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn unpack(a: &[__m512i; 4]) -> Vector {
    let mask = all(LIMB_MASK);
    let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
    Vector([
        _mm512_and_si512(a[0], mask),
        join(_mm512_srli_epi64::<52>(a[0]), _mm512_slli_epi64::<12>(a[1])),
        join(_mm512_srli_epi64::<40>(a[1]), _mm512_slli_epi64::<24>(a[2])),
        join(_mm512_srli_epi64::<28>(a[2]), _mm512_slli_epi64::<36>(a[3])),
        _mm512_srli_epi64::<16>(a[3]),
    ])
}

/// From four limbs of 64 bits of an integer below `2^256`, times 16: from Montgomery form with factor `2^256`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn unpack_shifted(a: &[__m512i; 4]) -> Vector {
    let mask = all(LIMB_MASK);
    let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
    Vector([
        _mm512_and_si512(_mm512_slli_epi64::<4>(a[0]), mask),
        join(_mm512_srli_epi64::<48>(a[0]), _mm512_slli_epi64::<16>(a[1])),
        join(_mm512_srli_epi64::<36>(a[1]), _mm512_slli_epi64::<28>(a[2])),
        join(_mm512_srli_epi64::<24>(a[2]), _mm512_slli_epi64::<40>(a[3])),
        _mm512_srli_epi64::<12>(a[3]),
    ])
}

/// To four limbs of 64 bits, of an integer below `2^256`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn pack(a: &Vector) -> [__m512i; 4] {
    let a = a.0;
    [
        _mm512_or_si512(a[0], _mm512_slli_epi64::<52>(a[1])),
        _mm512_or_si512(_mm512_srli_epi64::<12>(a[1]), _mm512_slli_epi64::<40>(a[2])),
        _mm512_or_si512(_mm512_srli_epi64::<24>(a[2]), _mm512_slli_epi64::<28>(a[3])),
        _mm512_or_si512(_mm512_srli_epi64::<36>(a[3]), _mm512_slli_epi64::<16>(a[4])),
    ]
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
