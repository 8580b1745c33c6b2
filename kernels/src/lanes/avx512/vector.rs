//! Arithmetic on eight elements in five registers.

use std::marker::PhantomData;

use super::constants::{Constants, INTERVAL_BITS, LIMB_BITS, LIMB_MASK, Limbs52, split};
use super::register::{Register, Row};
use crate::field::{FieldParams, Fp};

/// Eight elements in Montgomery form with factor `2^256`, as integers below `p + 2^253 + 2^210`, limb by limb.
///
/// [`Constants::MODULUS`] checks that `2^253 < p` and that the bound is below `21 * 2^250`. Hence:
/// - a product of two is below `(21 * 2^250)^2 / 2^256 + p < 2^253 + p`: the bound holds without any subtraction;
/// - a sum of up to three is below `2^256`, and so is a difference plus `2 p`. A multiple of p chosen by the top three bits brings
///   such an integer below `p + 2^253`, and below the bound if the bits are read before limbs are carried, up to three of which were added.
pub(crate) struct Vector<P> {
    limbs: [Register; 5],
    field: PhantomData<P>,
}

impl<P> Clone for Vector<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Vector<P> {}

/// A product before reduction, limb by limb, not carried.
pub(super) type Double = [Register; 10];

impl<P: FieldParams> Vector<P> {
    #[inline(always)]
    pub(super) const fn new(limbs: [Register; 5]) -> Self {
        Self { limbs, field: PhantomData }
    }

    /// Eight times the same integer, which is below the bound.
    #[inline(always)]
    fn splat_limbs(limbs: &Limbs52) -> Self {
        Self::new([
            Register::splat(limbs[0]),
            Register::splat(limbs[1]),
            Register::splat(limbs[2]),
            Register::splat(limbs[3]),
            Register::splat(limbs[4]),
        ])
    }

    /// Eight times the same element.
    #[inline(always)]
    pub(crate) fn splat(element: Fp<P>) -> Self {
        Self::splat_limbs(&split(element.montgomery_limbs()))
    }

    /// Brings limbs below `2^52` by moving what is above, negative or not, into the next. The last limb keeps all.
    #[inline(always)]
    fn carry([t0, t1, t2, t3, t4]: [Register; 5]) -> Self {
        let mask = Register::splat(LIMB_MASK);
        let t1 = t1 + t0.signed_right::<LIMB_BITS>();
        let t2 = t2 + t1.signed_right::<LIMB_BITS>();
        let t3 = t3 + t2.signed_right::<LIMB_BITS>();
        let t4 = t4 + t3.signed_right::<LIMB_BITS>();
        Self::new([t0 & mask, t1 & mask, t2 & mask, t3 & mask, t4])
    }

    /// Adds the multiple of p that `table` has for the interval of an integer with the top limb `top`, and carries.
    #[inline(always)]
    fn settle(limbs: [Register; 5], top: Register, table: &[Row; 5]) -> Self {
        let interval = top.right::<INTERVAL_BITS>();
        Self::carry([
            limbs[0] + interval.look_up(Register::load(&table[0].0)),
            limbs[1] + interval.look_up(Register::load(&table[1].0)),
            limbs[2] + interval.look_up(Register::load(&table[2].0)),
            limbs[3] + interval.look_up(Register::load(&table[3].0)),
            limbs[4] + interval.look_up(Register::load(&table[4].0)),
        ])
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        let (a, b) = (self.limbs, other.limbs);
        let limbs = [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]];
        Self::settle(limbs, limbs[4], &Constants::<P>::SUM_TABLE)
    }

    #[inline(always)]
    pub(crate) fn sub(self, other: Self) -> Self {
        let (a, b) = (self.limbs, other.limbs);
        let limbs = [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3], a[4] - b[4]];
        let top = limbs[4] + Register::splat(Constants::<P>::TWICE[4]);
        Self::settle(limbs, top, &Constants::<P>::DIFFERENCE_TABLE)
    }

    #[inline(always)]
    pub(crate) fn neg(self) -> Self {
        Self::splat(Fp::ZERO).sub(self)
    }

    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        let mut product = [Register::zero(); 10];
        Self::add_product(&mut product, &self, &other);
        Self::reduce(Self::times_sixteen(product))
    }

    /// Fifteen of the twenty-five products of limbs.
    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        let a = self.limbs;
        let mut crossed = [Register::zero(); 10];
        for i in 0..5 {
            for j in i + 1..5 {
                crossed[i + j] = crossed[i + j].add_low(a[i], a[j]);
                crossed[i + j + 1] = crossed[i + j + 1].add_high(a[i], a[j]);
            }
        }
        let mut square = [Register::zero(); 10];
        for i in 0..5 {
            square[2 * i] = (crossed[2 * i] + crossed[2 * i]).add_low(a[i], a[i]);
            square[2 * i + 1] = (crossed[2 * i + 1] + crossed[2 * i + 1]).add_high(a[i], a[i]);
        }
        Self::reduce(Self::times_sixteen(square))
    }

    /// Adds `a b`: less than `9 * 2^52` to each limb.
    #[inline(always)]
    pub(super) fn add_product(sum: &mut Double, a: &Self, b: &Self) {
        for i in 0..5 {
            for j in 0..5 {
                sum[i + j] = sum[i + j].add_low(a.limbs[j], b.limbs[i]);
                sum[i + j + 1] = sum[i + j + 1].add_high(a.limbs[j], b.limbs[i]);
            }
        }
    }

    /// What makes of Montgomery's division by `2^260` one by `2^256`. Limbs must be below `2^58`.
    #[inline(always)]
    fn times_sixteen(mut limbs: Double) -> Double {
        for limb in &mut limbs {
            *limb = limb.left::<4>();
        }
        limbs
    }

    /// `t / 2^260` modulo p, at most p more than the quotient. Limbs must be below `2^62`.
    #[inline(always)]
    pub(super) fn reduce(mut t: Double) -> Self {
        let negated_inverse = Register::splat(Constants::<P>::NEGATED_INVERSE);
        let p = Self::splat_limbs(&Constants::<P>::MODULUS).limbs;
        for i in 0..5 {
            let multiple = Register::zero().add_low(t[i], negated_inverse);
            for j in 0..5 {
                t[i + j] = t[i + j].add_low(multiple, p[j]);
            }
            // This limb is now a multiple of 2^52.
            t[i + 1] = t[i + 1] + t[i].right::<LIMB_BITS>();
            for j in 0..5 {
                t[i + j + 1] = t[i + j + 1].add_high(multiple, p[j]);
            }
        }
        Self::carry([t[5], t[6], t[7], t[8], t[9]])
    }

    /// Sixteen times an integer below `2^256`, below `1.03 p`.
    #[inline(always)]
    pub(super) fn sixteen_times(self) -> Self {
        let (a, mask) = (self.limbs, Register::splat(LIMB_MASK));
        let join = |low: Register, high: Register| (high.left::<4>() & mask) | low.right::<48>();
        let [t0, t1, t2, t3, t4] =
            [a[0].left::<4>() & mask, join(a[0], a[1]), join(a[1], a[2]), join(a[2], a[3]), join(a[3], a[4])];
        // At most the quotient by p, and more than it less 1.03: 2^248 is less than 0.021 p.
        let quotient =
            Register::zero().add_high(t4.right::<40>(), Register::splat(Constants::<P>::RECIPROCAL));
        let n = Self::splat_limbs(&Constants::<P>::NEGATED_MODULUS).limbs;
        let t0 = t0.add_low(quotient, n[0]);
        let t1 = t1.add_high(quotient, n[0]).add_low(quotient, n[1]);
        let t2 = t2.add_high(quotient, n[1]).add_low(quotient, n[2]);
        let t3 = t3.add_high(quotient, n[2]).add_low(quotient, n[3]);
        let t4 = t4.add_high(quotient, n[3]).add_low(quotient, n[4]);
        let mut settled = Self::carry([t0, t1, t2, t3, t4]);
        // Modulo 2^260.
        settled.limbs[4] = settled.limbs[4] & mask;
        settled
    }

    /// Integers between `-2^52` and `2^52` times a factor that carries another `2^52`, given with its opposite: below `1.01 p`.
    #[inline(always)]
    pub(super) fn scale(integers: Register, [factor, opposite]: [Self; 2]) -> Self {
        let negatives = integers.negatives();
        let integers = integers.replace(negatives, Register::zero() - integers);
        let c = factor.replace(negatives, opposite).limbs;
        let p = Self::splat_limbs(&Constants::<P>::MODULUS).limbs;
        let zero = Register::zero();
        let mut t = [zero; 6];
        for i in 0..5 {
            t[i] = t[i].add_low(integers, c[i]);
            t[i + 1] = t[i + 1].add_high(integers, c[i]);
        }
        let multiple = zero.add_low(t[0], Register::splat(Constants::<P>::NEGATED_INVERSE));
        for i in 0..5 {
            t[i] = t[i].add_low(multiple, p[i]);
            t[i + 1] = t[i + 1].add_high(multiple, p[i]);
        }
        Self::carry([t[1] + t[0].right::<LIMB_BITS>(), t[2], t[3], t[4], t[5]])
    }

    /// The same elements below p.
    #[inline(always)]
    pub(super) fn reduced(self) -> Self {
        let (a, p) = (self.limbs, Self::splat_limbs(&Constants::<P>::MODULUS).limbs);
        let less = Self::carry([a[0] - p[0], a[1] - p[1], a[2] - p[2], a[3] - p[3], a[4] - p[4]]);
        less.replace(less.limbs[4].negatives(), self)
    }

    /// In each lane, `other` where the mask has a one, else `self`.
    #[inline(always)]
    pub(super) fn replace(self, mask: u8, other: Self) -> Self {
        let (a, b) = (self.limbs, other.limbs);
        Self::new([
            a[0].replace(mask, b[0]),
            a[1].replace(mask, b[1]),
            a[2].replace(mask, b[2]),
            a[3].replace(mask, b[3]),
            a[4].replace(mask, b[4]),
        ])
    }

    /// `2 p - self` in the lanes of the mask, without carrying limbs.
    #[inline(always)]
    pub(super) fn negated_where(self, mask: u8) -> Self {
        let (a, b) = (self.limbs, Self::splat_limbs(&Constants::<P>::TWICE).limbs);
        let negated = [b[0] - a[0], b[1] - a[1], b[2] - a[2], b[3] - a[3], b[4] - a[4]];
        self.replace(mask, Self::new(negated))
    }

    /// The lanes with the integer zero.
    #[inline(always)]
    pub(crate) fn integer_zeros(self) -> u8 {
        let a = self.limbs;
        (a[0] | a[1] | a[2] | a[3] | a[4]).zeros()
    }

    /// The lanes with an element that is zero: the integers are zero or p.
    #[inline(always)]
    pub(crate) fn zeros(self) -> u8 {
        let (a, p) = (self.limbs, Self::splat_limbs(&Constants::<P>::MODULUS).limbs);
        let other = (a[0] - p[0]) | (a[1] - p[1]) | (a[2] - p[2]) | (a[3] - p[3]) | (a[4] - p[4]);
        self.integer_zeros() | other.zeros()
    }

    /// From four limbs of 64 bits.
    #[inline(always)]
    pub(super) fn unpack(a: &[Register; 4]) -> Self {
        let mask = Register::splat(LIMB_MASK);
        Self::new([
            a[0] & mask,
            (a[0].right::<52>() | a[1].left::<12>()) & mask,
            (a[1].right::<40>() | a[2].left::<24>()) & mask,
            (a[2].right::<28>() | a[3].left::<36>()) & mask,
            a[3].right::<16>(),
        ])
    }

    /// To four limbs of 64 bits.
    #[inline(always)]
    pub(super) fn pack(self) -> [Register; 4] {
        let a = self.limbs;
        [
            a[0] | a[1].left::<52>(),
            a[1].right::<12>() | a[2].left::<40>(),
            a[2].right::<24>() | a[3].left::<28>(),
            a[3].right::<36>() | a[4].left::<16>(),
        ]
    }
}
