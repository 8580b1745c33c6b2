//! AND and XOR of integers.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib/primitives/logic`.

use chinampa_kernels::Fr;

use super::Field;
use crate::builder::{Builder, MultiTableId, bits_at, power_of_two};

/// Bits that one lookup takes.
const CHUNK_BITS: u32 = 32;

/// A bitwise operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOperation {
    /// Both bits.
    And,
    /// One bit but not both.
    Xor,
}

impl BitOperation {
    const fn table(self) -> MultiTableId {
        match self {
            Self::And => MultiTableId::Uint32And,
            Self::Xor => MultiTableId::Uint32Xor,
        }
    }

    fn of(self, left: Fr, right: Fr) -> Fr {
        let (left, right) = (left.to_canonical_limbs(), right.to_canonical_limbs());
        let limbs = std::array::from_fn(|limb| match self {
            Self::And => left[limb] & right[limb],
            Self::Xor => left[limb] ^ right[limb],
        });
        Fr::from_canonical_limbs(limbs).unwrap_or_default()
    }
}

/// The operation on two integers of `bits` bits, which are constrained to that width.
pub fn bitwise(
    builder: &mut Builder,
    operation: BitOperation,
    left: Field,
    right: Field,
    bits: u32,
) -> Field {
    if let (Some(left), Some(right)) = (left.as_constant(), right.as_constant()) {
        return Field::constant(operation.of(left, right));
    }
    let (left, right) = (left.into_fixed(builder), right.into_fixed(builder));
    let words = [left, right].map(|operand| operand.value(builder).to_canonical_limbs());
    let (mut left_sum, mut right_sum, mut result) = (Field::ZERO, Field::ZERO, Field::ZERO);
    for start in (0..bits).step_by(CHUNK_BITS as usize) {
        let width = CHUNK_BITS.min(bits - start);
        let [x, y] = words.map(|words| builder.add_variable(Fr::from(bits_at(&words, start, CHUNK_BITS))));
        let lookup = builder.add_lookup(operation.table(), x, Some(y));
        let shift = power_of_two(start);
        left_sum = left_sum.add(builder, Field::of(x).times(shift));
        right_sum = right_sum.add(builder, Field::of(y).times(shift));
        if width < CHUNK_BITS {
            builder.constrain_limbs(x, width);
            builder.constrain_limbs(y, width);
        }
        let chunk = Field::of(lookup.columns[0][2]).times(shift);
        result = result.add(builder, chunk);
    }
    left.assert_equal(builder, left_sum);
    right.assert_equal(builder, right_sum);
    result
}
