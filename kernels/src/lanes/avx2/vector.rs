//! Arithmetic on eight elements in ten registers.

use std::marker::PhantomData;

use super::constants::{BOUND, Constants, LIMBS, ONES};
use super::multiply;
use super::register::{Doubles, Integers, WIDTH};
use crate::field::{FieldParams, Fp};

/// Four elements, limb by limb.
pub(super) type Half = [Doubles; 5];

/// Eight elements in Montgomery form with factor `2^255`, as integers between `-1.25 p` and `1.25 p`, limb by limb: the sum of limbs times
/// powers of `2^51`. A limb is an integer between `-2^51` and `2^51`.
///
/// [`Constants`] checks what is said of the modulus. The bounds hold after every operation, whatever its operands:
/// - a product of limbs is at most `2^102`, so that both of its parts are exact (`multiply::parts`);
/// - a product of two integers is below `(1.25 p)^2 / 2^255 < 0.6 p` before the reduction, which adds less than `0.65 p`, and its limbs are
///   between `-2^50` and `2^50`;
/// - sums and differences have limbs up to `2^52`, and up to three times p is taken away, whose limbs are up to `2^50`: all are
///   integers below `2^53`, which doubles are exact for. That leaves at most half of p and a little (`2^-40 p`), with limbs up to
///   `2^50` and what is carried into them (`settle`);
/// - an element that is loaded is below p, with limbs as large as they may be.
pub(crate) struct Vector<P> {
    pub(super) halves: [Half; 2],
    field: PhantomData<P>,
}

impl<P> Clone for Vector<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Vector<P> {}

/// Five limbs by an expression in their number, a constant. A closure need not be inlined where the instructions are.
macro_rules! each {
    ($number:ident => $limb:expr) => {
        [
            {
                const $number: usize = 0;
                $limb
            },
            {
                const $number: usize = 1;
                $limb
            },
            {
                const $number: usize = 2;
                $limb
            },
            {
                const $number: usize = 3;
                $limb
            },
            {
                const $number: usize = 4;
                $limb
            },
        ]
    };
}
pub(super) use each;

/// Brings limbs below `2^53` between `-2^50` and `2^50`, but for what is carried into them, at most four. The last limb keeps all.
#[inline(always)]
pub(super) fn carry(s: Half) -> Half {
    let round = Doubles::splat(LIMBS);
    let down = Doubles::splat(ONES / LIMBS);
    // Multiples of 2^51.
    let carries =
        [(s[0] + round) - round, (s[1] + round) - round, (s[2] + round) - round, (s[3] + round) - round];
    [
        s[0] - carries[0],
        carries[0].multiply_add(down, s[1] - carries[1]),
        carries[1].multiply_add(down, s[2] - carries[2]),
        carries[2].multiply_add(down, s[3] - carries[3]),
        carries[3].multiply_add(down, s[4]),
    ]
}

/// Takes away the multiple of p that is nearest to an integer, given `2^204` times about how far its last limb is from it, and carries.
#[inline(always)]
pub(super) fn settle_near<P: FieldParams>(s: Half, last: Doubles) -> Half {
    let ones = Doubles::splat(ONES);
    let quotient = last.multiply_add(Doubles::splat(Constants::<P>::RECIPROCAL), ones) - ones;
    carry(each!(I => quotient.multiply_subtract_from(Doubles::splat(Constants::<P>::MODULUS[I]), s[I])))
}

/// Takes away the multiple of p that is nearest to an integer, up to three, and carries: at most `p / 2 + 2^-40 p` is left.
#[inline(always)]
pub(super) fn settle<P: FieldParams>(s: Half) -> Half {
    settle_near::<P>(s, s[4])
}

impl<P: FieldParams> Vector<P> {
    #[inline(always)]
    pub(super) const fn new(halves: [Half; 2]) -> Self {
        Self { halves, field: PhantomData }
    }

    /// Eight times the same element.
    #[inline(always)]
    pub(crate) fn splat(element: Fp<P>) -> Self {
        let limbs = Constants::<P>::limbs(&element);
        Self::new([each!(I => Doubles::splat(limbs[I])); 2])
    }

    /// Sums of limbs, not carried.
    #[inline(always)]
    pub(super) fn raw_sum(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.halves, other.halves);
        Self::new([each!(I => a[I] + c[I]), each!(I => b[I] + d[I])])
    }

    /// Differences of limbs, not carried.
    #[inline(always)]
    pub(super) fn raw_difference(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.halves, other.halves);
        Self::new([each!(I => a[I] - c[I]), each!(I => b[I] - d[I])])
    }

    #[inline(always)]
    fn settled(self) -> Self {
        Self::new([settle::<P>(self.halves[0]), settle::<P>(self.halves[1])])
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        // SAFETY: whoever makes vectors has found the instructions.
        unsafe { add_here(&self, &other) }
    }

    #[inline(always)]
    pub(crate) fn sub(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { sub_here(&self, &other) }
    }

    #[inline(always)]
    pub(crate) fn neg(self) -> Self {
        let ([a, b], signs) = (self.halves, Doubles::splat(-0.0));
        Self::new([each!(I => a[I].with_signs_changed(signs)), each!(I => b[I].with_signs_changed(signs))])
    }

    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        multiply::mul(&self, &other)
    }

    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        multiply::square(&self)
    }

    /// In each lane, `other` where the mask has a one, else `self`.
    #[inline(always)]
    pub(super) fn replace(self, mask: u8, other: Self) -> Self {
        let mask = Integers::splat(u64::from(mask));
        let ([a, b], [c, d]) = (self.halves, other.halves);
        let lower = mask.has(Integers::load(&[1, 2, 4, 8]));
        let upper = mask.has(Integers::load(&[16, 32, 64, 128]));
        Self::new([each!(I => a[I].replace(lower, c[I])), each!(I => b[I].replace(upper, d[I]))])
    }

    /// The lanes with an element that is zero.
    #[inline(always)]
    pub(crate) fn zeros(self) -> u8 {
        // The multiple of p nearest to a multiple of p is itself, and an integer whose limbs are that small is zero if all are.
        self.settled().integer_zeros()
    }

    /// The lanes with limbs that are all zero.
    #[inline(always)]
    pub(crate) fn integer_zeros(self) -> u8 {
        let [a, b] = self.halves;
        integer_zeros(a) | integer_zeros(b) << WIDTH
    }
}

/// Called, as products are: inlined, sums and differences would be most of the code of every kernel.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn add_here<P: FieldParams>(a: &Vector<P>, b: &Vector<P>) -> Vector<P> {
    a.raw_sum(*b).settled()
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn sub_here<P: FieldParams>(a: &Vector<P>, b: &Vector<P>) -> Vector<P> {
    a.raw_difference(*b).settled()
}

#[inline(always)]
fn integer_zeros(a: Half) -> u8 {
    a[0].or(a[1]).or(a[2]).or(a[3]).or(a[4]).zeros()
}

const _: () = assert!(BOUND < 1.5, "what is to be taken from a sum or a difference is at most three times p");
