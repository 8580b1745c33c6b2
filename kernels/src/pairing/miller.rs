//! The Miller loop over lines that are computed beforehand.

use super::fq2::Fq2;
use super::fq12::{Fq12, frobenius_factor};
use super::g2::G2Affine;
use crate::curve::bn254::G1Affine;

/// The integer `x` that the curve's parameters are polynomials of.
pub(super) const SEED: u64 = 4_965_661_367_192_848_881;

/// `6 x + 2`, the length of the loop.
const LOOP_DIGITS: ([i8; 66], usize) = signed_digits(6 * SEED as u128 + 2);

/// Digits -1, 0 and 1, least significant first, no two neighbours both non-zero; and how many.
pub(super) const fn signed_digits(mut integer: u128) -> ([i8; 66], usize) {
    let mut digits = [0; 66];
    let mut len = 0;
    while integer > 0 {
        if integer & 1 == 1 {
            let digit = 2 - (integer & 3) as i8;
            digits[len] = digit;
            integer = if digit == 1 { integer - 1 } else { integer + 1 };
        }
        integer >>= 1;
        len += 1;
    }
    (digits, len)
}

/// A line through two points of the twist, `y - slope x w + constant w^3` at a point `(x, y)` of the first group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    slope: Fq2,
    constant: Fq2,
}

/// The lines that a pairing with one point of the second group evaluates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct G2Prepared {
    lines: Vec<Line>,
}

impl G2Prepared {
    /// Computes the lines of `point`.
    ///
    /// # Cost
    /// 90 inversions of field elements, about a quarter of a millisecond.
    pub fn new(point: &G2Affine) -> Self {
        let mut lines = Vec::with_capacity(90);
        let (digits, len) = LOOP_DIGITS;
        let mut sum = *point;
        for digit in digits[..len - 1].iter().rev() {
            lines.push(double(&mut sum));
            match digit {
                0 => {}
                1 => lines.push(add(&mut sum, point)),
                _ => lines.push(add(&mut sum, &point.negate())),
            }
        }
        let first = frobenius(point);
        let second = frobenius(&first).negate();
        lines.push(add(&mut sum, &first));
        lines.push(add(&mut sum, &second));
        Self { lines }
    }
}

/// The tangent at `point`, which becomes its double.
fn double(point: &mut G2Affine) -> Line {
    let square = point.x().square();
    // Points of the subgroup have odd prime order, so y is not zero.
    let inverse = point.y().double().inverse().expect("no point of the subgroup has order two");
    step(point, point.x(), (square.double() + square) * inverse)
}

/// The line through `point` and `other`, where `point` becomes the sum.
fn add(point: &mut G2Affine, other: &G2Affine) -> Line {
    // The loop meets only multiples of the point of different x: the factors between them are below the order.
    let inverse = (other.x() - point.x()).inverse().expect("the loop adds different points");
    step(point, other.x(), (other.y() - point.y()) * inverse)
}

fn step(point: &mut G2Affine, other_x: Fq2, slope: Fq2) -> Line {
    let (x, y) = (point.x(), point.y());
    let sum_x = slope.square() - x - other_x;
    *point = G2Affine::from_parts(sum_x, slope * (x - sum_x) - y);
    Line { slope, constant: slope * x - y }
}

/// The `q`-th power of the coordinates, seen through the twist.
fn frobenius(point: &G2Affine) -> G2Affine {
    G2Affine::from_parts(
        point.x().conjugate() * frobenius_factor(2),
        point.y().conjugate() * frobenius_factor(3),
    )
}

/// The product of the loops of all pairs, which share their squarings. No point is the identity.
pub(super) fn miller_loop(pairs: &[(G1Affine, &G2Prepared)]) -> Fq12 {
    let mut value = Fq12::ONE;
    let mut position = 0;
    let evaluate = |value: &mut Fq12, position: &mut usize| {
        for (point, prepared) in pairs {
            let line = prepared.lines[*position];
            *value = value.mul_by_line(point.y(), -line.slope.scale(point.x()), line.constant);
        }
        *position += 1;
    };
    let (digits, len) = LOOP_DIGITS;
    for &digit in digits[..len - 1].iter().rev() {
        value = value.square();
        evaluate(&mut value, &mut position);
        if digit != 0 {
            evaluate(&mut value, &mut position);
        }
    }
    evaluate(&mut value, &mut position);
    evaluate(&mut value, &mut position);
    value
}
