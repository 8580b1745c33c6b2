//! What follows from a modulus.

use std::marker::PhantomData;

use super::register::{Doubles, Rows, WIDTH};
use crate::field::{FieldParams, Fp};

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 51;
/// A full limb.
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;
/// `2^50`: half of what one of the next limb is.
pub(super) const HALF_LIMB: u64 = 1 << (LIMB_BITS - 1);

/// `1.5 * 2^52`: doubles near it are the integers. Its bits and those of its sum with an integer between `-2^51` and `2^51` differ by
/// that integer.
pub(super) const ONES: f64 = (3u64 << 51) as f64;
/// `1.5 * 2^103`: doubles near it are the multiples of `2^51`. Its bits and those of its sum with a multiple between `-2^102` and
/// `2^102` differ by the quotient.
pub(super) const LIMBS: f64 = ONES * (1u64 << LIMB_BITS) as f64;
/// `2^52`, whose bits and those of its sum with an integer below `2^52` differ by that integer.
pub(super) const POSITIVE: f64 = (1u64 << 52) as f64;

/// Added to a column so that it is positive and its quotient by `2^51` is rounded to the nearest.
const COLUMN_BIAS: u64 = (1 << 62) + HALF_LIMB;
/// What a column with that bias carries too much.
const CARRY_BIAS: u64 = 1 << (62 - LIMB_BITS);

/// Largest absolute value of the integer that stands for an element, in multiples of p.
pub(super) const BOUND: f64 = 1.25;

/// A 255-bit integer, least significant limb first. Limbs may be negative.
pub(super) type Limbs51 = [i64; 5];

/// What sums of bits start with, column by column.
pub(super) type Columns = [u64; 10];

pub(super) struct Constants<P>(PhantomData<P>);

impl<P: FieldParams> Constants<P> {
    /// p, its limbs between `-2^50` and `2^50`.
    pub(super) const MODULUS: [f64; 5] = doubles(&balanced(split(&P::MODULUS)));

    /// p, its limbs from 0 to `2^51`.
    pub(super) const POSITIVE_MODULUS: Limbs51 = split(&P::MODULUS);

    /// `-1 / p` modulo `2^51`, between `-2^50` and `2^50`.
    pub(super) const NEGATED_INVERSE: i64 = {
        // By Newton's iteration.
        let mut inverse = 1u64;
        let mut step = 0;
        while step < 6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(P::MODULUS[0].wrapping_mul(inverse)));
            step += 1;
        }
        let residue = (inverse.wrapping_neg() & LIMB_MASK).cast_signed();
        if residue < HALF_LIMB.cast_signed() { residue } else { residue - (1 << LIMB_BITS) }
    };

    /// `(p NEGATED_INVERSE + 1) / 2^51`, its limbs between `-2^50` and `2^50`: adding it times the lowest limb of an integer to the other
    /// limbs divides by `2^51` modulo p.
    pub(super) const LIMB_INVERSE: [f64; 5] = {
        let modulus = split(&P::MODULUS);
        let mut limbs = [0i64; 6];
        let mut carry = 1i128;
        let mut i = 0;
        while i < 5 {
            let sum = modulus[i] as i128 * Self::NEGATED_INVERSE as i128 + carry;
            limbs[i] = (sum & LIMB_MASK as i128) as i64;
            carry = sum >> LIMB_BITS;
            i += 1;
        }
        assert!(limbs[0] == 0, "the inverse is one");
        doubles(&balanced([limbs[1], limbs[2], limbs[3], limbs[4], carry as i64]))
    };

    /// `(p + 1) / 2`, its limbs but the highest between `-2^51` and 0, so that adding a limb from 0 to `2^51` makes none larger.
    pub(super) const HALF: [f64; 5] = {
        let mut limbs = split(&halved(&P::MODULUS, 1));
        let mut i = 0;
        while i < 4 {
            limbs[i] -= 1 << LIMB_BITS;
            limbs[i + 1] += 1;
            assert!(limbs[i] > -(1 << LIMB_BITS), "the largest limb of all");
            i += 1;
        }
        doubles(&limbs)
    };

    /// `2^204 / p`: estimates quotients by p from the highest limb, within `2^-52`.
    pub(super) const RECIPROCAL: f64 = (1u64 << 12) as f64 / P::MODULUS[3] as f64;

    /// [`LIMB_INVERSE`](Self::LIMB_INVERSE) and p, each limb four times.
    const ROWS: &[Rows; 2] = &[rows(&Self::LIMB_INVERSE), rows(&Self::MODULUS)];

    /// Five limbs, each four times: those of [`LIMB_INVERSE`](Self::LIMB_INVERSE) or those of p.
    #[inline(always)]
    pub(super) const fn rows(number: usize) -> *const Doubles {
        (&raw const Self::ROWS[number].0).cast()
    }

    /// What columns start with to which a product is added.
    pub(super) const PRODUCT: Columns = {
        let mut columns = [0; 10];
        let mut i = 0;
        while i < 5 {
            expect_products(&mut columns, i, 5);
            i += 1;
        }
        columns
    };

    /// What columns start with that are reduced.
    pub(super) const REDUCTION: Columns = {
        Self::check_bound();
        let mut columns = [0; 10];
        let mut i = 1;
        while i < 5 {
            expect_products(&mut columns, i, 5);
            i += 1;
        }
        expect_products(&mut columns, 4, 5);
        // The fifth is complete when it is cleared.
        columns[4] = columns[4].wrapping_add(ONES.to_bits());
        with_biases(&mut columns, 9);
        columns
    };

    /// What columns start with of one product that is reduced.
    pub(super) const MUL_START: Columns = {
        let mut columns = Self::PRODUCT;
        let mut i = 0;
        while i < 10 {
            columns[i] = columns[i].wrapping_add(Self::REDUCTION[i]);
            i += 1;
        }
        columns
    };

    /// What columns start with from which a multiple of `2^255 p` is taken and that are reduced.
    pub(super) const REDUCTION_OF_MANY: Columns = {
        let mut columns = Self::REDUCTION;
        expect_products(&mut columns, 5, 4);
        // What goes into the eleventh column is added to the tenth.
        columns[9] = columns[9].wrapping_sub(ONES.to_bits()).wrapping_sub(LIMBS.to_bits() << LIMB_BITS);
        columns
    };

    /// What the six columns start with to which an element times a small integer is added, and one step of a reduction.
    pub(super) const SCALED: [u64; 6] = {
        let mut columns = [0; 10];
        expect_products(&mut columns, 0, 5);
        expect_products(&mut columns, 0, 5);
        columns[0] = columns[0].wrapping_add(ONES.to_bits());
        with_biases(&mut columns, 5);
        let [c0, c1, c2, c3, c4, c5, ..] = columns;
        [c0, c1, c2, c3, c4, c5]
    };

    /// `2^51`, which small factors carry.
    pub(super) const SMALL: Fp<P> = match Fp::from_canonical_limbs([1 << LIMB_BITS, 0, 0, 0]) {
        Some(element) => element,
        None => panic!("2^51 is below the modulus"),
    };

    /// `p / 2^255`.
    pub(super) const SHARE: f64 = P::MODULUS[3] as f64 / (1u64 << 63) as f64;

    /// What a reduction adds at most, in multiples of p: four digits with [`LIMB_INVERSE`](Self::LIMB_INVERSE), one with p.
    pub(super) const ADDED: f64 = Self::NEGATED_INVERSE.unsigned_abs() as f64 / (1u64 << 52) as f64 + 0.5;

    /// The bounds that `Vector` states.
    const fn check_bound() {
        let product = Self::SHARE * BOUND * BOUND + Self::ADDED;
        assert!(product < BOUND - 0.001, "a product of two at the bound is below it");
        assert!(0.5 + Self::ADDED < BOUND - 0.001, "a reduced sum of products is below the bound");
        let highest = (P::MODULUS[3] >> 12) as f64;
        assert!(BOUND * highest < HALF_LIMB as f64 - 8.0, "the highest limb is below 2^50");
    }

    /// The integer that stands for an element: `1 / 2` times its Montgomery form, modulo p.
    #[inline(always)]
    pub(super) const fn limbs(element: &Fp<P>) -> [f64; 5] {
        let limbs = element.montgomery_limbs();
        doubles(&split(&if limbs[0] & 1 == 0 {
            halved(limbs, 0)
        } else {
            halved(&sum(limbs, &P::MODULUS), 0)
        }))
    }
}

/// `(a + b) / 2`, which is below `2^255`, rounded down.
const fn halved(a: &[u64; 4], b: u64) -> [u64; 4] {
    let a = sum(a, &[b, 0, 0, 0]);
    [a[0] >> 1 | a[1] << 63, a[1] >> 1 | a[2] << 63, a[2] >> 1 | a[3] << 63, a[3] >> 1]
}

/// `a + b`, which is below `2^256`.
const fn sum(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let mut limbs = [0; 4];
    let mut carry = 0;
    let mut i = 0;
    while i < 4 {
        let sum = a[i] as u128 + b[i] as u128 + carry;
        limbs[i] = sum as u64;
        carry = sum >> 64;
        i += 1;
    }
    limbs
}

/// From limbs of 64 bits.
const fn split(a: &[u64; 4]) -> Limbs51 {
    [
        (a[0] & LIMB_MASK) as i64,
        ((a[0] >> 51 | a[1] << 13) & LIMB_MASK) as i64,
        ((a[1] >> 38 | a[2] << 26) & LIMB_MASK) as i64,
        ((a[2] >> 25 | a[3] << 39) & LIMB_MASK) as i64,
        (a[3] >> 12) as i64,
    ]
}

/// The same integer, its limbs but the highest between `-2^50` and `2^50`.
const fn balanced(mut limbs: Limbs51) -> Limbs51 {
    let mut i = 0;
    while i < 4 {
        if limbs[i] >= 1 << (LIMB_BITS - 1) {
            limbs[i] -= 1 << LIMB_BITS;
            limbs[i + 1] += 1;
        }
        i += 1;
    }
    limbs
}

const fn rows(limbs: &[f64; 5]) -> Rows {
    Rows([[limbs[0]; WIDTH], [limbs[1]; WIDTH], [limbs[2]; WIDTH], [limbs[3]; WIDTH], [limbs[4]; WIDTH]])
}

const fn doubles(limbs: &Limbs51) -> [f64; 5] {
    [limbs[0] as f64, limbs[1] as f64, limbs[2] as f64, limbs[3] as f64, limbs[4] as f64]
}

/// Takes away what the bits of products of limbs have too much: lower parts from column `first` on and upper parts one further.
const fn expect_products(columns: &mut Columns, first: usize, count: usize) {
    let mut i = first;
    while i < first + count {
        columns[i] = columns[i].wrapping_sub(ONES.to_bits());
        columns[i + 1] = columns[i + 1].wrapping_sub(LIMBS.to_bits());
        i += 1;
    }
}

/// Makes columns positive before they are carried. Column `last` carries nothing: it is read as a double near [`ONES`].
const fn with_biases(columns: &mut Columns, last: usize) {
    let mut i = 0;
    while i <= last {
        let bias = if i == last { ONES.to_bits() } else { COLUMN_BIAS };
        columns[i] = columns[i].wrapping_add(bias).wrapping_sub(if i == 0 { 0 } else { CARRY_BIAS });
        i += 1;
    }
}
