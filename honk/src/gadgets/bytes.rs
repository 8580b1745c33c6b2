//! Field elements as bytes.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/byte_array`.

use chinampa_kernels::Fr;

use super::Field;
use crate::builder::{Builder, bits_at, power_of_two};

/// The lowest `count < 32` bytes of a value, most significant first; the value has no more.
pub(crate) fn split(builder: &mut Builder, value: Field, count: usize) -> Vec<Field> {
    debug_assert!(count < 32, "32 bytes would need a check against the modulus");
    let words = value.value(builder).to_canonical_limbs();
    let mut bytes = Vec::with_capacity(count);
    let (mut high, mut low) = (Vec::new(), Vec::new());
    for index in 0..count {
        let start = 8 * (count - index - 1) as u32;
        let byte = Fr::from(bits_at(&words, start, 8));
        let byte = if value.is_constant() { Field::constant(byte) } else { Field::witness(builder, byte) };
        byte.constrain_bits(builder, 8);
        bytes.push(byte);
        let part = byte.times(power_of_two(start));
        if index < 16 { high.push(part) } else { low.push(part) }
    }
    let low = Field::accumulate(builder, &low);
    let high = Field::accumulate(builder, &high);
    let sum = high.add(builder, low);
    value.assert_equal(builder, sum);
    bytes
}

/// A value as one byte: the same value, constrained to eight bits.
pub fn constrain_byte(builder: &mut Builder, value: Field) -> Field {
    split(builder, value, 1)[0]
}

/// The value of bytes, most significant first.
pub(crate) fn join(builder: &mut Builder, bytes: impl ExactSizeIterator<Item = Field>) -> Field {
    let count = bytes.len();
    let weight = |index: usize| power_of_two(8 * (count - index - 1) as u32);
    let parts: Vec<Field> = bytes.enumerate().map(|(index, byte)| byte.times(weight(index))).collect();
    Field::accumulate(builder, &parts)
}
