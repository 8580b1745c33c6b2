//! A sum of two products by Straus' method: one digit of both scalars at a time.

use super::curve::{ForeignCurve, OffsetCurve};
use super::point::Point;
use super::table::PointTable;
use crate::builder::{Builder, power_of_two};
use crate::gadgets::{BigField, Bool, Field};
use crate::wide::Wide;

/// Bits of a scalar.
const ROUNDS: usize = 256;

/// Rounds whose doublings share their ordinates.
const ROUNDS_PER_STEP: usize = 4;

/// Bits of the lower two limbs.
const LOW_BITS: usize = 136;

/// Digits of a scalar, most significant first, set for minus one; then whether one has to be subtracted.
fn digits<C: ForeignCurve>(builder: &mut Builder, scalar: &mut BigField<C::Scalar>) -> Vec<Bool> {
    use crate::gadgets::ForeignField as _;
    let mut value = Wide::from_limbs(scalar.canonical(builder));
    if value.is_zero() {
        value = Wide::from_limbs(C::Scalar::MODULUS);
    }
    let bit = |value: Wide, bit: u32| !value.slice(bit, bit + 1).is_zero();
    let skew = !bit(value, 0);
    let value = value.plus(Wide::small(u64::from(skew)));
    let mut digits = vec![Bool::constant(false); ROUNDS + 1];
    digits[ROUNDS] = Bool::ranged(builder, skew);
    for index in 0..ROUNDS - 1 {
        digits[ROUNDS - index - 1] = Bool::ranged(builder, !bit(value, index as u32 + 1));
    }
    digits[0] = Bool::ranged(builder, false);
    let middle = ROUNDS - LOW_BITS;
    let mut high = halves(builder, &digits[..middle]);
    let mut low = halves(builder, &digits[middle..ROUNDS]);
    low[1] = low[1].add(builder, digits[ROUNDS].into());
    // All digits and the last one are set: the lower half is one bit longer than its limbs, and carries.
    let carry = low[1].equals(builder, Field::constant(power_of_two(LOW_BITS as u32)));
    low[1] = low[1].mul(builder, carry.not().into());
    high[1] = high[1].add(builder, carry.into());
    let mut positive = BigField::<C::Scalar>::from_halves(builder, low[0], high[0], None);
    let mut negative = BigField::from_halves(builder, low[1], high[1], None);
    positive.sub(builder, &mut negative).assert_equal(builder, scalar);
    digits
}

/// What digits add and what they subtract.
fn halves(builder: &mut Builder, digits: &[Bool]) -> [Field; 2] {
    let (mut positive, mut negative) = (Field::ZERO, Field::ZERO);
    for digit in digits {
        let digit = Field::from(*digit);
        negative = negative.add(builder, negative).add(builder, digit);
        positive = positive.add(builder, positive).add(builder, Field::ONE).sub(builder, digit);
    }
    [positive, negative]
}

/// `first_scalar * first + second_scalar * second` for points whose abscissas differ.
pub(super) fn multiply<C: OffsetCurve>(
    builder: &mut Builder,
    mut points: [Point<C>; 2],
    mut scalars: [BigField<C::Scalar>; 2],
) -> Point<C> {
    for (point, scalar) in points.iter_mut().zip(&mut scalars) {
        let is_infinity = point.infinity;
        *point = point.select(builder, &Point::constant(C::GENERATOR), is_infinity);
        *scalar = scalar.select(builder, &BigField::zero(), is_infinity);
    }
    let [first, second] = &mut points;
    let [sum, difference] = second.add_sub(builder, first);
    let mut known = vec![sum, difference];
    for index in [1, 0] {
        let negated = known[index].negate(builder);
        known.push(negated);
    }
    let mut table = PointTable::new(known);
    let digits = scalars.each_mut().map(|scalar| digits::<C>(builder, scalar));
    let mut start = Point::constant(C::OFFSET);
    let mut sum = start.add_distinct(builder, &mut table.at(0));
    let rounds: Vec<usize> = (1..ROUNDS).collect();
    for step in rounds.chunks(ROUNDS_PER_STEP) {
        let mut added: Vec<Point<C>> = step
            .iter()
            .map(|round| {
                let bits = [Field::from(digits[0][*round]), Field::from(digits[1][*round])];
                let weighted = [bits[0], bits[1].times(2_u64.into())];
                let index = Field::accumulate(builder, &weighted);
                table.read(builder, index)
            })
            .collect();
        sum = sum.double_and_add(builder, &mut added);
    }
    for (point, digits) in points.iter_mut().zip(&digits) {
        let less = sum.sub(builder, point);
        sum = sum.select(builder, &less, digits[ROUNDS]);
    }
    sum.sub(builder, &mut Point::constant(C::DOUBLED_OFFSET)).standard(builder)
}
