//! Scalars of secp256k1 as two short ones in windowed non-adjacent form.
//!
//! A form has odd digits between `-(2^w - 1)` and `2^w - 1`, so it stands for odd scalars; for even ones a skew says that
//! one is added or subtracted. A digit `d` is kept as `(d + 2^w - 1) / 2`: the index of its multiple in a table. Lookups
//! with the indices check that they are in their range, so nothing else does.

use super::curve::{ForeignCurve, Secp256k1};
use crate::builder::{Builder, power_of_two};
use crate::gadgets::{BigField, Bool, Field, ForeignField};
use crate::wide::Wide;

type Scalar = BigField<<Secp256k1 as ForeignCurve>::Scalar>;

/// Bits that a short scalar may have.
const SHORT_BITS: u32 = 129;

/// `lambda`, a cube root of one modulo the order: `lambda (x, y) = (beta x, y)`.
const LAMBDA: [u64; 4] =
    [0xdf02_967c_1b23_bd72, 0x122e_22ea_2081_6678, 0xa526_1c02_8812_645a, 0x5363_ad4c_c05c_30e0];
/// The scalar times these, divided by `2^384`, is its quotient by the two vectors of a short basis of the lattice of all
/// `(a, b)` with `a = -lambda b`.
const QUOTIENTS: [[u64; 4]; 2] = [
    [0xe893_209a_45db_b031, 0x3daa_8a14_71e8_ca7f, 0xe86c_90e4_9284_eb15, 0x3086_d221_a7d4_6bcd],
    [0x1571_b4ae_8ac4_7f71, 0x2212_08ac_9df5_06c6, 0x6f54_7fa9_0abf_e4c4, 0xe443_7ed6_010e_8828],
];
/// The second coordinates of those vectors, the first one negated.
const SECOND_COORDINATES: [[u64; 4]; 2] = [
    [0x6f54_7fa9_0abf_e4c3, 0xe443_7ed6_010e_8828, 0, 0],
    [0xe86c_90e4_9284_eb15, 0x3086_d221_a7d4_6bcd, 0, 0],
];

/// How many of a scalar's bits a digit has, and how many of its lowest bits have a digit of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) bits: u32,
    pub(super) stagger: u32,
}

impl Window {
    const fn digits(self) -> u32 {
        (SHORT_BITS + self.bits - 1 - self.stagger) / self.bits
    }
}

/// A short scalar in this form.
#[derive(Clone, Debug)]
pub(super) struct Wnaf {
    /// Indices of the digits, most significant first.
    pub(super) digits: Vec<Field>,
    /// The index of the lowest bits' digit; without a meaning where there are none.
    pub(super) lowest: Field,
    /// Whether one is added.
    pub(super) adds_one: Bool,
    /// Whether one is subtracted.
    pub(super) subtracts_one: Bool,
}

/// An integer with a sign.
#[derive(Clone, Copy, Debug)]
struct Signed {
    magnitude: Wide,
    is_negative: bool,
}

/// Two short integers with `low - lambda high = scalar`.
fn split(scalar: Wide) -> [Signed; 2] {
    let order = Wide::from_limbs(<Secp256k1 as ForeignCurve>::Scalar::MODULUS);
    let minus = |left: Wide, right: Wide| left.plus(order).minus(right).modulo(order);
    let parts: [Wide; 2] = std::array::from_fn(|vector| {
        let quotient = scalar.times(Wide::from_limbs(QUOTIENTS[vector])).shifted_right(384);
        quotient.times(Wide::from_limbs(SECOND_COORDINATES[vector])).modulo(order)
    });
    let minus_high = minus(parts[0], parts[1]);
    let low = minus(scalar, minus_high.times(Wide::from_limbs(LAMBDA)).modulo(order));
    let high = minus(Wide::ZERO, minus_high);
    let low = Signed { magnitude: low, is_negative: false };
    let high = if high.bits() > SHORT_BITS {
        Signed { magnitude: minus(Wide::ZERO, high), is_negative: true }
    } else {
        Signed { magnitude: high, is_negative: false }
    };
    [low, high]
}

/// The indices of a form's digits, most significant first, that of the lowest bits, and whether there is a skew.
fn indices(scalar: Signed, window: Window) -> (Vec<u64>, u64, bool) {
    let Window { bits, stagger } = window;
    let largest = (1_u64 << bits) - 1;
    let is_even = |value: Wide| value.slice(0, 1).is_zero();
    let upper = scalar.magnitude.shifted_right(stagger);
    let upper_skew = is_even(upper);
    let odd = upper.plus(Wide::small(u64::from(upper_skew)));
    // The sum of all indices is half of the odd scalar plus the largest digits.
    let indices = odd.plus(Wide::power_of_two(bits * window.digits())).shifted_right(1);
    let digits = (0..window.digits()).rev().map(|digit| {
        let index = indices.slice(bits * digit, bits * (digit + 1)).low()[0];
        if scalar.is_negative { largest - index } else { index }
    });
    let digits = digits.collect();
    if stagger == 0 {
        return (digits, 0, upper_skew);
    }
    let lower = scalar.magnitude.slice(0, stagger);
    let skew = is_even(lower);
    let borrowed = if upper_skew { 1_i64 << stagger } else { 0 };
    let digit = lower.low()[0] as i64 + i64::from(skew) - borrowed;
    let digit = if scalar.is_negative { -digit } else { digit };
    (digits, ((digit + largest as i64) / 2) as u64, skew)
}

/// The form of a short scalar, and the scalar that it stands for.
fn form(builder: &mut Builder, scalar: Signed, window: Window) -> (Scalar, Wnaf) {
    let (digits, lowest, skew) = indices(scalar, window);
    let digits: Vec<Field> = digits.into_iter().map(|index| Field::witness(builder, index.into())).collect();
    let subtracts_one = Bool::ranged(builder, skew && !scalar.is_negative);
    let adds_one = Bool::ranged(builder, skew && scalar.is_negative);
    let both = adds_one.and(builder, subtracts_one);
    both.not().assert_equal(builder, Bool::constant(true));
    let lowest = Field::witness(builder, lowest.into());
    let form = Wnaf { digits, lowest, adds_one, subtracts_one };
    (form.value(builder, window), form)
}

impl Wnaf {
    /// The scalar: twice the indices less the largest digits, and the skew.
    fn value(&self, builder: &mut Builder, window: Window) -> Scalar {
        let weights = (0_u32..).map(|digit| power_of_two(window.bits * digit));
        let terms: Vec<Field> =
            self.digits.iter().rev().zip(weights).map(|(digit, weight)| digit.times(weight)).collect();
        let sum = Field::accumulate(builder, &terms).times(power_of_two(window.stagger));
        let sum = sum.add(builder, self.lowest).normalize(builder);
        let zero = Field::of(builder.zero());
        let mut positive = Scalar::from_halves(builder, sum, zero, None).double(builder);
        let positive = positive.add_bit(builder, self.adds_one);
        let largest = Wide::mask(window.bits * window.digits()).shifted_left(window.stagger);
        let largest = if window.stagger > 0 { largest.plus(Wide::mask(window.bits)) } else { largest };
        let mut negative = Scalar::constant(largest.low()).add_bit(builder, self.subtracts_one);
        { positive }.sub(builder, &mut negative)
    }
}

/// A scalar as `low - lambda high`, in forms with the same digits and different staggers.
pub(super) fn forms(builder: &mut Builder, scalar: &mut Scalar, windows: [Window; 2]) -> [Wnaf; 2] {
    let [low, high] = split(Wide::from_limbs(scalar.canonical(builder)));
    let (low, low_form) = form(builder, low, windows[0]);
    let (mut high, high_form) = form(builder, high, windows[1]);
    let order = Wide::from_limbs(<Secp256k1 as ForeignCurve>::Scalar::MODULUS);
    let mut minus_lambda = Scalar::constant(order.minus(Wide::from_limbs(LAMBDA)).low());
    let mut sum = high.mul_add(builder, &mut minus_lambda, vec![low]);
    if scalar.is_constant() {
        sum.reduce(builder);
    }
    scalar.assert_equal(builder, &mut sum);
    [low_form, high_form]
}
