//! Unsigned integers of up to 256 bits, read from decimal or hexadecimal text.

use std::fmt;

use anyhow::{Context as _, bail, ensure};

/// 256 bits, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Integer(pub(crate) [u64; 4]);

impl Integer {
    /// Reads `0x` and hexadecimal digits, or decimal digits.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let (digits, radix) = match text.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (text, 10),
        };
        ensure!(!digits.is_empty(), "no digits in {text:?}");
        let mut limbs = [0; 4];
        for character in digits.chars() {
            let digit = character.to_digit(radix).with_context(|| format!("{text:?} is not a number"))?;
            let mut carry = u128::from(digit);
            for limb in &mut limbs {
                let wide = u128::from(*limb) * u128::from(radix) + carry;
                *limb = wide as u64;
                carry = wide >> 64;
            }
            if carry != 0 {
                bail!("{text} needs more than 256 bits");
            }
        }
        Ok(Self(limbs))
    }

    /// The value, if it is below `2^128`.
    pub(crate) fn as_u128(self) -> Option<u128> {
        let [low, high, 0, 0] = self.0 else { return None };
        Some(u128::from(high) << 64 | u128::from(low))
    }

    /// Bits up to and including the highest one that is set.
    pub(crate) fn bit_length(self) -> u32 {
        let top = self.0.iter().rposition(|limb| *limb != 0);
        top.map_or(0, |index| 64 * index as u32 + (64 - self.0[index].leading_zeros()))
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "0x{d:016x}{c:016x}{b:016x}{a:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_hexadecimal_agree() {
        let decimal = "21888242871839275222246405745257275088548364400416034343698204186575808495617";
        let hexadecimal = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
        let expected = [0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029];
        assert_eq!(Integer::parse(decimal).unwrap(), Integer(expected));
        assert_eq!(Integer::parse(hexadecimal).unwrap(), Integer(expected));
    }

    #[test]
    fn bit_lengths_at_the_edges() {
        let cases = [("0", 0), ("1", 1), ("0xffffffffffffffff", 64), ("0x10000000000000000", 65)];
        for (text, bits) in cases {
            assert_eq!(Integer::parse(text).unwrap().bit_length(), bits, "{text}");
        }
    }

    #[test]
    fn the_largest_value_is_read_and_one_more_is_not() {
        let largest = format!("0x{}", "f".repeat(64));
        assert_eq!(Integer::parse(&largest).unwrap(), Integer([u64::MAX; 4]));
        assert!(Integer::parse(&format!("0x1{}", "0".repeat(64))).is_err());
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "0x", "12n", "-1", "0xg"] {
            assert!(Integer::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn small_values_fit_128_bits() {
        assert_eq!(Integer::parse("18446744073709551616").unwrap().as_u128(), Some(1 << 64));
        assert_eq!(Integer([0, 0, 1, 0]).as_u128(), None);
    }
}
