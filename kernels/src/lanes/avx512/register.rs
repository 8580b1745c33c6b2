//! Eight integers of 64 bits, and the instructions on them.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_cmplt_epi64_mask, _mm512_loadu_si512,
    _mm512_mask_blend_epi64, _mm512_or_si512, _mm512_permutex2var_epi64, _mm512_permutexvar_epi64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srli_epi64,
    _mm512_storeu_si512, _mm512_sub_epi64, _mm512_testn_epi64_mask,
};
#[cfg(not(miri))]
use std::arch::x86_64::{_mm512_madd52hi_epu64, _mm512_madd52lo_epu64};
use std::ops::{Add, BitAnd, BitOr, Sub};

use super::super::interface::LANES;

/// Eight integers.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Register(__m512i);

/// Eight integers in memory, where a register lies best.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Row(pub(super) [u64; LANES]);

/// Calls an instruction.
macro_rules! instruction {
    ($name:ident $(::<$shift:ident>)? ($($operand:expr),*)) => {
        // SAFETY: whoever makes registers has found the instructions (see the module above).
        unsafe { $name$(::<$shift>)?($($operand),*) }
    };
}

impl Register {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Self(instruction!(_mm512_setzero_si512()))
    }

    #[inline(always)]
    pub(super) fn splat(integer: u64) -> Self {
        Self(instruction!(_mm512_set1_epi64(integer.cast_signed())))
    }

    /// Eight integers of a slice.
    #[inline(always)]
    pub(super) fn load(integers: &[u64; LANES]) -> Self {
        // The array has the 64 bytes that are read.
        Self(instruction!(_mm512_loadu_si512(integers.as_ptr().cast())))
    }

    #[inline(always)]
    pub(super) fn store(self, integers: &mut [u64; LANES]) {
        // The array has the 64 bytes that are written.
        instruction!(_mm512_storeu_si512(integers.as_mut_ptr().cast(), self.0));
    }

    /// `self << BITS`.
    #[inline(always)]
    pub(super) fn left<const BITS: u32>(self) -> Self {
        Self(instruction!(_mm512_slli_epi64::<BITS>(self.0)))
    }

    /// `self >> BITS` of integers without a sign.
    #[inline(always)]
    pub(super) fn right<const BITS: u32>(self) -> Self {
        Self(instruction!(_mm512_srli_epi64::<BITS>(self.0)))
    }

    /// `self >> BITS` of integers with a sign.
    #[inline(always)]
    pub(super) fn signed_right<const BITS: u32>(self) -> Self {
        Self(instruction!(_mm512_srai_epi64::<BITS>(self.0)))
    }

    /// `self` and the lower 52 bits of the product of the lower 52 bits of `a` and `b`.
    #[cfg(not(miri))]
    #[inline(always)]
    pub(super) fn add_low(self, a: Self, b: Self) -> Self {
        Self(instruction!(_mm512_madd52lo_epu64(self.0, a.0, b.0)))
    }

    /// `self` and the upper 52 bits of that product.
    #[cfg(not(miri))]
    #[inline(always)]
    pub(super) fn add_high(self, a: Self, b: Self) -> Self {
        Self(instruction!(_mm512_madd52hi_epu64(self.0, a.0, b.0)))
    }

    /// In each lane, the integer of `table` that the lower three bits of `self` choose.
    #[inline(always)]
    pub(super) fn look_up(self, table: Self) -> Self {
        Self(instruction!(_mm512_permutexvar_epi64(self.0, table.0)))
    }

    /// In each lane, the integer of `self` and `other` that the lane's of `choice`, below 16, chooses.
    #[inline(always)]
    pub(super) fn shuffle(self, other: Self, choice: [u64; LANES]) -> Self {
        let choice = Self::load(&choice);
        Self(instruction!(_mm512_permutex2var_epi64(self.0, choice.0, other.0)))
    }

    /// In each lane, `other` where the mask has a one, else `self`.
    #[inline(always)]
    pub(super) fn replace(self, mask: u8, other: Self) -> Self {
        Self(instruction!(_mm512_mask_blend_epi64(mask, self.0, other.0)))
    }

    /// The lanes with zero.
    #[inline(always)]
    pub(super) fn zeros(self) -> u8 {
        instruction!(_mm512_testn_epi64_mask(self.0, self.0))
    }

    /// The lanes with a negative integer.
    #[inline(always)]
    pub(super) fn negatives(self) -> u8 {
        let zero = Self::zero();
        instruction!(_mm512_cmplt_epi64_mask(self.0, zero.0))
    }
}

impl Add for Register {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(instruction!(_mm512_add_epi64(self.0, other.0)))
    }
}

impl Sub for Register {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(instruction!(_mm512_sub_epi64(self.0, other.0)))
    }
}

impl BitAnd for Register {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(instruction!(_mm512_and_si512(self.0, other.0)))
    }
}

impl BitOr for Register {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(instruction!(_mm512_or_si512(self.0, other.0)))
    }
}

/// Miri, which checks every access to memory of the code around, has all instructions of this backend but these two.
#[cfg(miri)]
impl Register {
    pub(super) fn add_low(self, a: Self, b: Self) -> Self {
        self.add_product(a, b, |product| product as u64 & LOW_52)
    }

    pub(super) fn add_high(self, a: Self, b: Self) -> Self {
        self.add_product(a, b, |product| (product >> 52) as u64)
    }

    fn add_product(self, a: Self, b: Self, part: fn(u128) -> u64) -> Self {
        let [sum, a, b] = [self, a, b].map(Self::to_array);
        Self::load(&std::array::from_fn(|lane| {
            let product = u128::from(a[lane] & LOW_52) * u128::from(b[lane] & LOW_52);
            sum[lane].wrapping_add(part(product))
        }))
    }

    fn to_array(self) -> [u64; LANES] {
        let mut integers = [0; LANES];
        self.store(&mut integers);
        integers
    }
}

#[cfg(miri)]
const LOW_52: u64 = (1 << 52) - 1;
