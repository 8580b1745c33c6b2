//! The final exponentiation, which makes a Miller loop's value depend on the points alone.

use super::fq12::Fq12;
use super::miller::{SEED, signed_digits};

const SEED_DIGITS: ([i8; 66], usize) = signed_digits(SEED as u128);

/// `value ^ (c (q^12 - 1) / r)` with `c = 2 x (6 x^2 + 3 x + 1)`, which is prime to `r`; `x` is the curve's seed.
pub(super) fn final_exponentiation(value: &Fq12) -> Fq12 {
    // A Miller loop's value is a product of lines at points outside the lines' subgroup, so it is not zero.
    let inverse = value.inverse().expect("the value of a Miller loop is not zero");
    let easy = value.conjugate() * inverse;
    let f = easy.frobenius().frobenius() * easy;

    // Exponents: 12 x^3 + 6 x^2 + 6 x for q^2, 2 x less for q, 6 x^2 + 1 more for 1, 2 x + 1 less for q^3.
    let x_2 = power_of_seed(&f).cyclotomic_square();
    let x_6 = x_2.cyclotomic_square() * x_2;
    let x2_6 = power_of_seed(&x_6);
    let x3_12 = power_of_seed(&x2_6.cyclotomic_square());
    let second = x3_12 * x2_6 * x_6;
    let first = second * x_2.conjugate();
    let zeroth = second * x2_6 * f;
    let third = first * f.conjugate();
    // Horner's rule in the q-th power.
    let high = third.frobenius() * second;
    let high = high.frobenius() * first;
    high.frobenius() * zeroth
}

/// `base ^ x` in the cyclotomic subgroup, where inverses are conjugates.
fn power_of_seed(base: &Fq12) -> Fq12 {
    let inverse = base.conjugate();
    let (digits, len) = SEED_DIGITS;
    digits[..len - 1].iter().rev().fold(*base, |power, digit| {
        let square = power.cyclotomic_square();
        match digit {
            0 => square,
            1 => square * *base,
            _ => square * inverse,
        }
    })
}
