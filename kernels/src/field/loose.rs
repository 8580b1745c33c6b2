//! Field elements that are reduced only halfway, for long chains of arithmetic inside one function.

use std::marker::PhantomData;
use std::ops::{Add, Mul};

use super::limbs::{self, Limbs};
use super::montgomery::{FieldParams, Fp};

/// Intervals of `2^253` that 256-bit integers are sorted into by their top bits.
const INTERVALS: usize = 8;
const INTERVAL_BITS: u32 = 253;

/// An element in Montgomery form, held as any representative below `p + 2^253`.
///
/// [`NEGATED_MULTIPLES`](Self::NEGATED_MULTIPLES) checks that `2^253 <= p` and that the bound is below `21 * 2^250`. Hence:
/// - a product of two is below `(21 * 2^250)^2 / 2^256 + p < 2^253 + p`: the bound holds without any subtraction;
/// - a sum of up to three is below `63 * 2^250`, so it fits 256 bits, and [`settle`](Self::settle) brings any 256-bit integer
///   below the bound by one multiple of p, chosen by a look at three bits instead of by trial subtraction.
///
/// There is no equality: an element has several forms. Compare after [`reduce`](Self::reduce).
pub(crate) struct Loose<P> {
    limbs: Limbs,
    field: PhantomData<P>,
}

impl<P: FieldParams> Loose<P> {
    /// For each interval `k 2^253 .. (k+1) 2^253`, the largest multiple of p that is not above its start, negated modulo
    /// `2^256`. Of a subtraction here, the compiler may make slower vector code.
    const NEGATED_MULTIPLES: [Limbs; INTERVALS] = {
        assert!(P::MODULUS[3] >= 1 << 61, "the modulus is at least 2^253");
        assert!(P::MODULUS[3] + (1 << 61) < 21 << 58, "the modulus plus 2^253 is below 21 * 2^250");
        let mut negated = [[0; 4]; INTERVALS];
        let mut multiple = [0; 4];
        let mut k = 0;
        while k < INTERVALS {
            // Going up one interval skips at most one multiple, because an interval is not longer than p.
            let next = limbs::add(&multiple, &P::MODULUS);
            let (_, is_above_start) = limbs::sub(&[0, 0, 0, (k as u64) << (INTERVAL_BITS - 192)], &next);
            if !is_above_start {
                multiple = next;
            }
            (negated[k], _) = limbs::sub(&[0; 4], &multiple);
            k += 1;
        }
        negated
    };

    const fn new(limbs: Limbs) -> Self {
        Self { limbs, field: PhantomData }
    }

    /// Any 256-bit integer, brought below the bound: what is left is less than `2^253` above the start of its interval, and
    /// that start is less than p above the multiple subtracted.
    #[inline(always)]
    fn settle(limbs: Limbs) -> Self {
        let interval = (limbs[3] >> (INTERVAL_BITS - 192)) as usize;
        Self::new(limbs::add(&limbs, &Self::NEGATED_MULTIPLES[interval]))
    }

    /// The element, fully reduced. The bound is below `2p`, so one conditional subtraction does it.
    #[inline(always)]
    pub(crate) fn reduce(self) -> Fp<P> {
        Fp::from_montgomery_limbs(limbs::sub_if_not_below(self.limbs, &P::MODULUS))
    }

    /// `self * self`.
    #[inline(always)]
    pub(crate) fn square(self) -> Self {
        self * self
    }

    /// `self + second + third`, settled once.
    #[inline(always)]
    pub(crate) fn add_two(self, second: Self, third: Self) -> Self {
        let sum = limbs::add(&self.limbs, &second.limbs);
        let sum = limbs::add(&sum, &third.limbs);
        Self::settle(sum)
    }
}

impl<P: FieldParams> From<Fp<P>> for Loose<P> {
    #[inline(always)]
    fn from(element: Fp<P>) -> Self {
        Self::new(*element.montgomery_limbs())
    }
}

impl<P: FieldParams> Add<&Fp<P>> for Loose<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: &Fp<P>) -> Self {
        let sum = limbs::add(&self.limbs, other.montgomery_limbs());
        Self::settle(sum)
    }
}

impl<P: FieldParams> Mul<&Fp<P>> for Loose<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: &Fp<P>) -> Self {
        Self::new(limbs::montgomery_mul(
            &self.limbs,
            other.montgomery_limbs(),
            &P::MODULUS,
            Fp::<P>::NEGATED_INVERSE,
        ))
    }
}

impl<P: FieldParams> Add for Loose<P> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let sum = limbs::add(&self.limbs, &other.limbs);
        Self::settle(sum)
    }
}

impl<P: FieldParams> Mul for Loose<P> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::new(limbs::montgomery_mul(&self.limbs, &other.limbs, &P::MODULUS, Fp::<P>::NEGATED_INVERSE))
    }
}

impl<P> Clone for Loose<P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Loose<P> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{FqParams, FrParams};

    /// `p + 2^253`.
    fn bound<P: FieldParams>() -> Limbs {
        limbs::add(&P::MODULUS, &[0, 0, 0, 1 << 61])
    }

    fn is_below(a: &Limbs, b: &Limbs) -> bool {
        limbs::sub(a, b).1
    }

    /// Integers around every multiple of p and every interval's start, and the largest of all.
    fn edges<P: FieldParams>() -> Vec<Limbs> {
        let mut edges = vec![[u64::MAX; 4]];
        let mut multiple = [0; 4];
        for k in 0..INTERVALS as u64 {
            for centre in [multiple, [0, 0, 0, k << 61]] {
                edges.push(limbs::sub(&centre, &[1, 0, 0, 0]).0);
                edges.push(centre);
                edges.push(limbs::add(&centre, &[1, 0, 0, 0]));
            }
            multiple = limbs::add(&multiple, &P::MODULUS);
        }
        edges
    }

    fn check_settling<P: FieldParams>() {
        for edge in edges::<P>() {
            let settled = Loose::<P>::settle(edge);
            assert!(is_below(&settled.limbs, &bound::<P>()), "{edge:x?}");
            let mut expected = edge;
            while !is_below(&expected, &P::MODULUS) {
                expected = limbs::sub(&expected, &P::MODULUS).0;
            }
            assert_eq!(settled.reduce(), Fp::from_montgomery_limbs(expected), "{edge:x?}");
        }
    }

    fn check_largest<P: FieldParams>() {
        let largest = Loose::<P>::new(limbs::sub(&bound::<P>(), &[1, 0, 0, 0]).0);
        let element = largest.reduce();
        for (result, expected) in [
            (largest * largest, element * element),
            (largest + largest, element + element),
            (largest.add_two(largest, largest), element + element + element),
        ] {
            assert!(is_below(&result.limbs, &bound::<P>()));
            assert_eq!(result.reduce(), expected);
        }
    }

    #[test]
    fn settling_keeps_the_element_and_the_bound() {
        check_settling::<FrParams>();
        check_settling::<FqParams>();
    }

    #[test]
    fn the_largest_representatives_do_not_overflow() {
        check_largest::<FrParams>();
        check_largest::<FqParams>();
    }
}
