//! Elements from constants, values, field elements and bytes.

use chinampa_kernels::Fr;

use super::{BigField, Bounds, ForeignField, LIMB_BITS, Limb, Wide, limbs, shift};
use crate::builder::{BlockKind, Builder, Equals, Sum, Var, bits_at, power_of_two};
use crate::gadgets::{Field, bytes};

impl<M: ForeignField> BigField<M> {
    pub(super) fn constant_of(value: Wide) -> Self {
        let parts = limbs(value).map(|limb| Limb::new(Field::constant(limb.to_native()), limb));
        Self::from_limbs(parts, Field::constant(value.to_native()))
    }

    /// A constant below the modulus, least significant limb first.
    pub fn constant(value: [u64; 4]) -> Self {
        Self::constant_of(Wide::from_limbs(value))
    }

    /// Zero.
    pub fn zero() -> Self {
        Self::constant([0; 4])
    }

    /// One.
    pub fn one() -> Self {
        Self::constant([1, 0, 0, 0])
    }

    /// The smallest multiple of the modulus that no unreduced value reaches.
    pub(super) fn unreduced_zero() -> Self {
        let modulus = Bounds::modulus::<M>();
        let times = Bounds::unreduced().divide(modulus).0.plus(Wide::small(1));
        Self::constant_of(times.times(modulus))
    }

    /// New limbs of a value, each in its range. The highest has `last_bits` bits, those of a reduced element by default.
    pub(super) fn witness_of(builder: &mut Builder, value: Wide, last_bits: Option<u32>) -> Self {
        let parts = limbs(value).map(|limb| builder.add_variable(limb.to_native()));
        let [l0, l1, l2, l3] = parts;
        let weights = [Fr::ONE, shift(1), shift(2), shift(3)];
        let native: Fr = parts.iter().zip(weights).map(|(limb, weight)| builder.value(*limb) * weight).sum();
        let prime = builder.add_variable(native);
        let sum = Sum::linear([weights[1], weights[2], weights[3], -Fr::ONE]);
        builder.add_arithmetic([l1, l2, l3, prime], sum, Equals::MinusNextFourth);
        let zero = builder.zero();
        builder.add_unconstrained(BlockKind::Arithmetic, [zero, zero, zero, l0]);
        let last_bits = last_bits.unwrap_or_else(Bounds::last_limb_bits::<M>);
        builder.constrain_two_limbs(l0, l1, LIMB_BITS, LIMB_BITS);
        builder.constrain_two_limbs(l2, l3, LIMB_BITS, last_bits);
        Self::from_limbs(bounded(parts.map(Field::of), last_bits), Field::of(prime))
    }

    /// New variables for the lower 136 bits of a value and for the rest, and limbs of them.
    pub(super) fn witness_of_halves(builder: &mut Builder, value: Wide, bits: Option<u32>) -> Self {
        let halves = [value.slice(0, 2 * LIMB_BITS), value.shifted_right(2 * LIMB_BITS)];
        let [low, high] = halves.map(|half| Field::witness(builder, half.to_native()));
        Self::from_halves(builder, low, high, bits)
    }

    /// A new element of a value below the modulus, least significant limb first.
    pub fn witness(builder: &mut Builder, value: [u64; 4]) -> Self {
        Self::witness_of_halves(builder, Wide::from_limbs(value), None)
    }

    /// The element of `low + 2^136 high`, of the bits of the modulus or of `bits`.
    pub fn from_halves(builder: &mut Builder, low: Field, high: Field, bits: Option<u32>) -> Self {
        let last_bits = bits.map_or_else(Bounds::last_limb_bits::<M>, |bits| bits - 3 * LIMB_BITS);
        let [l0, l1] = split(builder, low, 2 * LIMB_BITS);
        let [l2, l3] = split(builder, high, LIMB_BITS + last_bits);
        let prime = low.add(builder, high.times(shift(2)));
        Self::from_limbs(bounded([l0, l1, l2, l3], last_bits), prime)
    }

    /// The element of limbs that are known to be in their ranges; the highest has `last_bits` bits.
    pub(crate) fn from_checked_limbs(builder: &mut Builder, parts: [Field; 4], last_bits: u32) -> Self {
        let [l0, l1, l2, l3] = parts;
        let prime = l3.times(shift(3)).add_two(builder, l2.times(shift(2)), l1.times(shift(1)));
        let prime = prime.add(builder, l0);
        Self::from_limbs(bounded(parts, last_bits), prime)
    }

    /// Limbs that are known to be in the ranges of a reduced element, and the element modulo the native field.
    pub(crate) fn from_checked_parts(parts: [Field; 4], prime: Field) -> Self {
        Self::from_limbs(bounded(parts, Bounds::last_limb_bits::<M>()), prime)
    }

    /// Limbs that a table gives, with the largest bounds of its entries.
    pub(crate) fn from_table(
        parts: [Field; 4],
        prime: Field,
        entries: &(impl Iterator<Item = Self> + Clone),
    ) -> Self {
        let limbs = std::array::from_fn(|limb| {
            let maxima = entries.clone().map(|entry| entry.limbs[limb].maximum);
            Limb { element: parts[limb], maximum: maxima.max().unwrap_or(Wide::ZERO) }
        });
        Self::from_limbs(limbs, prime)
    }

    /// The same limbs as an element of another field.
    pub fn reinterpret<N: ForeignField>(&self, builder: &mut Builder) -> BigField<N> {
        let mut element =
            BigField::<N>::from_checked_limbs(builder, self.limbs(), Bounds::last_limb_bits::<N>());
        for (limb, own) in element.limbs.iter_mut().zip(self.limbs) {
            limb.maximum = own.maximum;
        }
        element
    }

    /// The integer of 32 bytes, most significant first, each known to be one.
    pub fn from_bytes(builder: &mut Builder, input: &[Field; 32]) -> Self {
        let mut join = |range: std::ops::Range<usize>| bytes::join(builder, input[range].iter().copied());
        let (top, upper_split, upper) = (join(0..6), join(6..7), join(7..15));
        let (middle, lower_split, lower) = (join(15..23), join(23..24), join(24..32));
        let [l0, l1] = two_limbs(builder, middle, lower, lower_split);
        let [l2, l3] = two_limbs(builder, top, upper, upper_split);
        let mut element = Self::from_checked_limbs(builder, [l0, l1, l2, l3], LIMB_BITS);
        element.limbs[3].maximum = Wide::power_of_two(256 - 3 * LIMB_BITS);
        element
    }
}

fn bounded(parts: [Field; 4], last_bits: u32) -> [Limb; 4] {
    let [l0, l1, l2, l3] = parts;
    let full = Wide::mask(LIMB_BITS);
    [Limb::new(l0, full), Limb::new(l1, full), Limb::new(l2, full), Limb::new(l3, Wide::mask(last_bits))]
}

/// Two limbs of a value of `bits` bits.
fn split(builder: &mut Builder, value: Field, bits: u32) -> [Field; 2] {
    let whole = Wide::of(value.value(builder));
    let parts = [whole.slice(0, LIMB_BITS), whole.shifted_right(LIMB_BITS)].map(Wide::to_native);
    if value.is_constant() {
        return parts.map(Field::constant);
    }
    // Normalised for the limbs' sake, though nothing but the value is used.
    let _: Var = value.into_var(builder);
    let [low, high] = parts.map(|part| builder.add_variable(part));
    builder.constrain_two_limbs(low, high, LIMB_BITS, bits - LIMB_BITS);
    let [low, high] = [low, high].map(Field::of);
    let terms = [value, low.negate(), high.times(shift(1)).negate(), Field::ZERO];
    Field::assert_sum_identity(builder, terms);
    [low, high]
}

/// Two limbs of 17 bytes, the middle one of which belongs to both.
fn two_limbs(builder: &mut Builder, high: Field, low: Field, between: Field) -> [Field; 2] {
    let value = between.value(builder).to_canonical_limbs();
    let nibbles = [0, 4].map(|start| Field::witness(builder, Fr::from(bits_at(&value, start, 4))));
    for nibble in nibbles {
        nibble.constrain_bits(builder, 4);
    }
    let [low_nibble, high_nibble] = nibbles;
    let sixteen = power_of_two(4);
    let sum = low_nibble.add(builder, high_nibble.times(sixteen));
    sum.assert_equal(builder, between);
    let upper = high_nibble.add(builder, high.times(sixteen));
    let lower = low.add(builder, low_nibble.times(power_of_two(64)));
    [lower, upper]
}
