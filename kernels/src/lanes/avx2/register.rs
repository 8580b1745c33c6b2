//! Four numbers of 64 bits, and the instructions on them.

use std::arch::x86_64::{
    __m256d, __m256i, _CMP_EQ_OQ, _CMP_LT_OQ, _mm_loadu_si128, _mm256_add_epi64, _mm256_add_pd,
    _mm256_and_si256, _mm256_blendv_pd, _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmp_pd,
    _mm256_cmpeq_epi64, _mm256_cvtepi32_pd, _mm256_fmadd_pd, _mm256_fnmadd_pd, _mm256_loadu_si256,
    _mm256_movemask_pd, _mm256_or_pd, _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi64x,
    _mm256_set1_pd, _mm256_setzero_pd, _mm256_slli_epi64, _mm256_srli_epi64, _mm256_storeu_si256,
    _mm256_sub_pd, _mm256_unpackhi_epi64, _mm256_unpacklo_epi64, _mm256_xor_pd,
};
use std::ops::{Add, BitAnd, BitOr, Sub};

/// Numbers in a register: half of the [lanes](super::super::interface::LANES).
pub(super) const WIDTH: usize = 4;

/// Four doubles. Operations round to the nearest, as the environment of every Rust program says.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Doubles(pub(super) __m256d);

/// Four integers modulo `2^64`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Integers(pub(super) __m256i);

/// Five times four doubles in memory.
#[repr(align(32))]
pub(super) struct Rows(pub(super) [[f64; WIDTH]; 5]);

/// Calls an instruction.
macro_rules! instruction {
    ($name:ident $(::<$constant:ident>)? ($($operand:expr),*)) => {
        // SAFETY: whoever makes registers has found the instructions (see the module above).
        unsafe { $name$(::<$constant>)?($($operand),*) }
    };
}

impl Doubles {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Self(instruction!(_mm256_setzero_pd()))
    }

    #[inline(always)]
    pub(super) fn splat(number: f64) -> Self {
        Self(instruction!(_mm256_set1_pd(number)))
    }

    /// From integers of 32 bits, exactly.
    #[inline(always)]
    pub(super) fn from_small(integers: &[i32; WIDTH]) -> Self {
        // The array has the 16 bytes that are read.
        Self(instruction!(_mm256_cvtepi32_pd(_mm_loadu_si128(integers.as_ptr().cast()))))
    }

    /// `self * factor + term`, rounded once.
    #[inline(always)]
    pub(super) fn multiply_add(self, factor: Self, term: Self) -> Self {
        Self(instruction!(_mm256_fmadd_pd(self.0, factor.0, term.0)))
    }

    /// `term - self * factor`, rounded once.
    #[inline(always)]
    pub(super) fn multiply_subtract_from(self, factor: Self, term: Self) -> Self {
        Self(instruction!(_mm256_fnmadd_pd(self.0, factor.0, term.0)))
    }

    /// The bits of the doubles.
    #[inline(always)]
    pub(super) fn bits(self) -> Integers {
        Integers(instruction!(_mm256_castpd_si256(self.0)))
    }

    /// Changes signs where `signs` has its highest bit and no other, and nothing where it is zero.
    #[inline(always)]
    pub(super) fn with_signs_changed(self, signs: Self) -> Self {
        Self(instruction!(_mm256_xor_pd(self.0, signs.0)))
    }

    /// The bits that one of both has.
    #[inline(always)]
    pub(super) fn or(self, other: Self) -> Self {
        Self(instruction!(_mm256_or_pd(self.0, other.0)))
    }

    /// In each lane, `other` where the highest bit of `mask` is set, else `self`.
    #[inline(always)]
    pub(super) fn replace(self, mask: Self, other: Self) -> Self {
        Self(instruction!(_mm256_blendv_pd(self.0, other.0, mask.0)))
    }

    /// All bits of the lanes that are below zero.
    #[inline(always)]
    pub(super) fn negatives(self) -> Self {
        let zero = Self::zero();
        Self(instruction!(_mm256_cmp_pd::<_CMP_LT_OQ>(self.0, zero.0)))
    }

    /// The lanes with zero, of either sign.
    #[inline(always)]
    pub(super) fn zeros(self) -> u8 {
        let zero = Self::zero();
        let equal = instruction!(_mm256_cmp_pd::<_CMP_EQ_OQ>(self.0, zero.0));
        instruction!(_mm256_movemask_pd(equal)) as u8
    }
}

impl Integers {
    #[inline(always)]
    pub(super) fn splat(integer: u64) -> Self {
        Self(instruction!(_mm256_set1_epi64x(integer.cast_signed())))
    }

    #[inline(always)]
    pub(super) fn load(integers: &[u64; WIDTH]) -> Self {
        // The array has the 32 bytes that are read.
        Self(instruction!(_mm256_loadu_si256(integers.as_ptr().cast())))
    }

    #[inline(always)]
    pub(super) fn store(self, integers: &mut [u64; WIDTH]) {
        // The array has the 32 bytes that are written.
        instruction!(_mm256_storeu_si256(integers.as_mut_ptr().cast(), self.0));
    }

    /// Doubles of these bits.
    #[inline(always)]
    pub(super) fn as_doubles(self) -> Doubles {
        Doubles(instruction!(_mm256_castsi256_pd(self.0)))
    }

    /// `self << BITS`.
    #[inline(always)]
    pub(super) fn left<const BITS: i32>(self) -> Self {
        Self(instruction!(_mm256_slli_epi64::<BITS>(self.0)))
    }

    /// `self >> BITS` of integers without a sign.
    #[inline(always)]
    pub(super) fn right<const BITS: i32>(self) -> Self {
        Self(instruction!(_mm256_srli_epi64::<BITS>(self.0)))
    }

    /// All bits of the lanes that have all bits of `other`.
    #[inline(always)]
    pub(super) fn has(self, other: Self) -> Doubles {
        Self(instruction!(_mm256_cmpeq_epi64((self & other).0, other.0))).as_doubles()
    }
}

/// Limb `j` of row `i` to limb `i` of row `j`.
#[inline(always)]
pub(super) fn transpose([r0, r1, r2, r3]: [Integers; WIDTH]) -> [Integers; WIDTH] {
    const LOW: i32 = 0x20;
    const HIGH: i32 = 0x31;
    let a0 = instruction!(_mm256_unpacklo_epi64(r0.0, r1.0));
    let a1 = instruction!(_mm256_unpackhi_epi64(r0.0, r1.0));
    let a2 = instruction!(_mm256_unpacklo_epi64(r2.0, r3.0));
    let a3 = instruction!(_mm256_unpackhi_epi64(r2.0, r3.0));
    [
        Integers(instruction!(_mm256_permute2x128_si256::<LOW>(a0, a2))),
        Integers(instruction!(_mm256_permute2x128_si256::<LOW>(a1, a3))),
        Integers(instruction!(_mm256_permute2x128_si256::<HIGH>(a0, a2))),
        Integers(instruction!(_mm256_permute2x128_si256::<HIGH>(a1, a3))),
    ]
}

impl Add for Doubles {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(instruction!(_mm256_add_pd(self.0, other.0)))
    }
}

impl Sub for Doubles {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(instruction!(_mm256_sub_pd(self.0, other.0)))
    }
}

impl Add for Integers {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(instruction!(_mm256_add_epi64(self.0, other.0)))
    }
}

impl BitAnd for Integers {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(instruction!(_mm256_and_si256(self.0, other.0)))
    }
}

impl BitOr for Integers {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(instruction!(_mm256_or_si256(self.0, other.0)))
    }
}
