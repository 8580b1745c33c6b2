//! Scalars of the embedded curve: 254 bits in two parts.

use chinampa_kernels::{Fq, Fr};

use crate::builder::{Builder, power_of_two};
use crate::gadgets::Field;

/// Bits of the low part.
pub(super) const LOW_BITS: u32 = 128;
/// Bits of the high part.
pub(super) const HIGH_BITS: u32 = 126;

/// A scalar `low + 2^128 high` below the order of the curve.
#[derive(Clone, Copy, Debug)]
pub struct CurveScalar {
    pub(super) low: Field,
    pub(super) high: Field,
}

impl CurveScalar {
    /// A scalar of two parts, checked to be below the order. The parts' own widths are checked where it is used.
    pub fn new(builder: &mut Builder, low: Field, high: Field) -> Self {
        let order = Fq::MODULUS;
        let [order_low, order_high] = [[order[0], order[1], 0, 0], [order[2], order[3], 0, 0]]
            .map(|limbs| Fr::from_canonical_limbs(limbs).expect("half of an order is small"));
        // One less than the low part of the order: the scalar is below the order, not at most equal to it.
        let bound = order_low - Fr::ONE;
        let must_borrow = Fr::from(low.value(builder) > bound);
        let borrow = if low.is_constant() {
            Field::constant(must_borrow)
        } else {
            let borrow = builder.add_variable(must_borrow);
            builder.constrain_bound(borrow, 1);
            Field::of(borrow)
        };
        let high_rest = high.negate().plus(order_high).sub(builder, borrow);
        let low_rest = low.negate().plus(bound).add(builder, borrow.times(power_of_two(LOW_BITS)));
        high_rest.constrain_bits(builder, HIGH_BITS);
        low_rest.constrain_bits(builder, LOW_BITS);
        Self { low, high }
    }

    /// Whether the scalar is the same for every witness.
    pub fn is_constant(&self) -> bool {
        self.low.is_constant() && self.high.is_constant()
    }

    /// The value, if the parts are in their ranges.
    pub(super) fn value(&self, builder: &Builder) -> Option<Fq> {
        let low = self.low.value(builder).to_canonical_limbs();
        let high = self.high.value(builder).to_canonical_limbs();
        match (low, high) {
            ([a, b, 0, 0], [c, d, 0, 0]) => Fq::from_canonical_limbs([a, b, c, d]),
            _ => None,
        }
    }
}
