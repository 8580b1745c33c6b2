//! Integers of up to 1,088 bits: values of elements of other fields, and bounds on them.

use std::cmp::Ordering;

use chinampa_kernels::Fr;

/// Words of an integer.
const WORDS: usize = 17;

/// A nonnegative integer, least significant word first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wide([u64; WORDS]);

impl Wide {
    pub(crate) const ZERO: Self = Self([0; WORDS]);

    pub(crate) const fn small(value: u64) -> Self {
        let mut words = [0; WORDS];
        words[0] = value;
        Self(words)
    }

    pub(crate) const fn from_limbs(limbs: [u64; 4]) -> Self {
        let mut words = [0; WORDS];
        let mut index = 0;
        while index < 4 {
            words[index] = limbs[index];
            index += 1;
        }
        Self(words)
    }

    pub(crate) fn of(value: Fr) -> Self {
        Self::from_limbs(value.to_canonical_limbs())
    }

    /// `2^exponent`.
    pub(crate) fn power_of_two(exponent: u32) -> Self {
        let mut words = [0; WORDS];
        words[exponent as usize / 64] = 1 << (exponent % 64);
        Self(words)
    }

    /// `2^bits - 1`.
    pub(crate) fn mask(bits: u32) -> Self {
        Self::power_of_two(bits).minus(Self::small(1))
    }

    /// The lowest four words.
    pub(crate) const fn low(&self) -> [u64; 4] {
        [self.0[0], self.0[1], self.0[2], self.0[3]]
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Number of bits; Barretenberg counts one for zero.
    pub(crate) fn bits(&self) -> u32 {
        (0..WORDS)
            .rev()
            .find(|index| self.0[*index] != 0)
            .map_or(1, |index| 64 * index as u32 + 64 - self.0[index].leading_zeros())
    }

    /// # Panics
    /// Where the sum has more bits than there are: bounds never come near.
    pub(crate) fn plus(self, other: Self) -> Self {
        let mut carry = false;
        let words = std::array::from_fn(|index| {
            let (sum, first) = self.0[index].overflowing_add(other.0[index]);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            sum
        });
        debug_assert!(!carry, "integers stay far below 2^1088");
        Self(words)
    }

    /// The difference; `other` is at most `self`.
    pub(crate) fn minus(self, other: Self) -> Self {
        let mut borrow = false;
        let words = std::array::from_fn(|index| {
            let (difference, first) = self.0[index].overflowing_sub(other.0[index]);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            difference
        });
        debug_assert!(!borrow, "a difference is not negative");
        Self(words)
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let mut words = [0_u64; WORDS];
        for (i, left) in self.0.into_iter().enumerate().filter(|(_, word)| *word != 0) {
            let mut carry = 0_u128;
            for j in 0..WORDS - i {
                let sum = u128::from(words[i + j]) + u128::from(left) * u128::from(other.0[j]) + carry;
                words[i + j] = sum as u64;
                carry = sum >> 64;
            }
        }
        Self(words)
    }

    pub(crate) fn shifted_left(self, bits: u32) -> Self {
        let (whole, part) = (bits as usize / 64, bits % 64);
        Self(std::array::from_fn(|index| {
            let word = |distance: usize| index.checked_sub(whole + distance).map_or(0, |from| self.0[from]);
            if part == 0 { word(0) } else { (word(0) << part) | (word(1) >> (64 - part)) }
        }))
    }

    pub(crate) fn shifted_right(self, bits: u32) -> Self {
        let (whole, part) = (bits as usize / 64, bits % 64);
        Self(std::array::from_fn(|index| {
            let word = |distance: usize| self.0.get(index + whole + distance).copied().unwrap_or(0);
            if part == 0 { word(0) } else { (word(0) >> part) | (word(1) << (64 - part)) }
        }))
    }

    /// The bits `from..to`.
    pub(crate) fn slice(self, from: u32, to: u32) -> Self {
        let shifted = self.shifted_right(from);
        let high = shifted.shifted_right(to - from).shifted_left(to - from);
        shifted.minus(high)
    }

    /// Quotient and remainder by long division; `divisor` is not zero.
    pub(crate) fn divide(self, divisor: Self) -> (Self, Self) {
        let (mut quotient, mut rest) = (Self::ZERO, self);
        let Some(distance) = self.bits().checked_sub(divisor.bits()) else { return (quotient, rest) };
        let mut shifted = divisor.shifted_left(distance);
        for bit in (0..=distance).rev() {
            if shifted <= rest {
                rest = rest.minus(shifted);
                quotient.0[bit as usize / 64] |= 1 << (bit % 64);
            }
            shifted = shifted.shifted_right(1);
        }
        (quotient, rest)
    }

    pub(crate) fn modulo(self, modulus: Self) -> Self {
        self.divide(modulus).1
    }

    /// The inverse modulo an odd prime, or zero for zero: the binary extended algorithm of Euclid.
    pub(crate) fn inverse_modulo(self, modulus: Self) -> Self {
        let (mut u, mut v) = (self.modulo(modulus), modulus);
        if u.is_zero() {
            return Self::ZERO;
        }
        let (mut x, mut y) = (Self::small(1), Self::ZERO);
        let halve = |value: Self| {
            let value = if value.0[0] & 1 == 1 { value.plus(modulus) } else { value };
            value.shifted_right(1)
        };
        let difference = |left: Self, right: Self| {
            if left >= right { left.minus(right) } else { left.plus(modulus).minus(right) }
        };
        let one = Self::small(1);
        while u != one && v != one {
            while u.0[0] & 1 == 0 {
                u = u.shifted_right(1);
                x = halve(x);
            }
            while v.0[0] & 1 == 0 {
                v = v.shifted_right(1);
                y = halve(y);
            }
            if u >= v {
                u = u.minus(v);
                x = difference(x, y);
            } else {
                v = v.minus(u);
                y = difference(y, x);
            }
        }
        if u == one { x } else { y }
    }

    /// The element of the native field that is congruent.
    pub(crate) fn to_native(self) -> Fr {
        Fr::from_canonical_limbs(self.modulo(Self::from_limbs(Fr::MODULUS)).low()).unwrap_or_default()
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}
