//! Operations on coefficients, lowest first, in parallel.

use chinampa_kernels::Fr;
use rayon::prelude::*;

/// Coefficients of one task; even.
pub(super) const CHUNK: usize = 1 << 12;

/// The values at `point` and `-point`.
pub(super) fn evaluate_pair(coefficients: &[Fr], point: Fr) -> (Fr, Fr) {
    let square = point.square();
    let (even, odd) = evaluate_halves(coefficients, square);
    let odd = odd * point;
    (even + odd, even - odd)
}

/// The values at `square` of the polynomials of the even and of the odd coefficients.
fn evaluate_halves(coefficients: &[Fr], square: Fr) -> (Fr, Fr) {
    let halves: Vec<(Fr, Fr)> = coefficients
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut sums = (Fr::ZERO, Fr::ZERO);
            for pair in chunk.chunks(2).rev() {
                sums.0 = sums.0 * square + pair[0];
                sums.1 = sums.1 * square + pair.get(1).copied().unwrap_or_default();
            }
            sums
        })
        .collect();
    let stride = square.pow(&[CHUNK as u64 / 2, 0, 0, 0]);
    halves
        .into_iter()
        .rev()
        .fold((Fr::ZERO, Fr::ZERO), |sums, chunk| (sums.0 * stride + chunk.0, sums.1 * stride + chunk.1))
}

/// The value at `point`.
pub(super) fn evaluate(coefficients: &[Fr], point: Fr) -> Fr {
    evaluate_pair(coefficients, point).0
}

/// Adds the quotient of `dividend` by `X^2 - square`, without the remainder, to `sum`. `dividend(i)` is the coefficient of
/// `X^i` for `i < len`, and is asked for up to twice.
pub(super) fn add_quotient_by_square(
    len: usize,
    dividend: impl Fn(usize) -> Fr + Sync,
    square: Fr,
    sum: &mut [Fr],
) {
    // quotient[i] = dividend[i + 2] + square quotient[i + 2]
    let quotient_len = len.saturating_sub(2);
    let run = |start: usize, end: usize, mut carry: [Fr; 2], visit: &mut dyn FnMut(usize, Fr)| {
        // carry[0] is the quotient's coefficient two above one at an even distance from the start.
        for i in (start..end).rev() {
            let slot = (i - start) % 2;
            carry[slot] = dividend(i + 2) + square * carry[slot];
            visit(i, carry[slot]);
        }
        carry
    };
    let chunks = quotient_len.div_ceil(CHUNK);
    let bounds = |number: usize| (number * CHUNK, quotient_len.min((number + 1) * CHUNK));
    let alone: Vec<[Fr; 2]> = if chunks < 2 {
        vec![[Fr::ZERO; 2]; chunks]
    } else {
        (0..chunks)
            .into_par_iter()
            .map(|number| {
                let (start, end) = bounds(number);
                run(start, end, [Fr::ZERO; 2], &mut |_, _| ())
            })
            .collect()
    };
    // The carries into each chunk, from the chunk above. Chunks are even, so that parities agree.
    let stride = square.pow(&[CHUNK as u64 / 2, 0, 0, 0]);
    let mut carries = vec![[Fr::ZERO; 2]; chunks];
    for number in (1..chunks).rev() {
        let above = carries[number];
        carries[number - 1] = std::array::from_fn(|slot| alone[number][slot] + above[slot] * stride);
    }
    sum[..quotient_len].par_chunks_mut(CHUNK).zip(carries).enumerate().for_each(
        |(number, (chunk, carry))| {
            let (start, end) = bounds(number);
            run(start, end, carry, &mut |i, value| chunk[i - start] += value);
        },
    );
}

/// Replaces `coefficients` by its quotient by `X - point`, without the remainder: one coefficient less.
pub(super) fn divide(coefficients: &mut Vec<Fr>, point: Fr) {
    let ends: Vec<Fr> = coefficients.par_chunks(CHUNK).map(|chunk| horner(chunk, point)).collect();
    let stride = point.pow(&[CHUNK as u64, 0, 0, 0]);
    let mut carries = vec![Fr::ZERO; ends.len()];
    for number in (1..ends.len()).rev() {
        carries[number - 1] = ends[number] + carries[number] * stride;
    }
    // Coefficient i - 1 of the quotient is the sum of those above: chunks write theirs one too high.
    coefficients.par_chunks_mut(CHUNK).zip(carries).for_each(|(chunk, mut carry)| {
        for coefficient in chunk.iter_mut().rev() {
            carry = *coefficient + carry * point;
            *coefficient = carry;
        }
    });
    if !coefficients.is_empty() {
        coefficients.remove(0);
    }
}

fn horner(coefficients: &[Fr], point: Fr) -> Fr {
    coefficients.iter().rev().fold(Fr::ZERO, |sum, &coefficient| sum * point + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polynomial(len: usize, seed: u64) -> Vec<Fr> {
        let step = Fr::from(seed | 1).pow(&[5, 0, 0, 0]);
        std::iter::successors(Some(Fr::from(seed)), |last| Some(last.square() + step)).take(len).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn values_are_horners(len in 0usize..3 * CHUNK + 2, seed: u64) {
            let coefficients = polynomial(len, seed);
            let point = Fr::from(seed) + Fr::from(3u64);
            prop_assert_eq!(
                evaluate_pair(&coefficients, point),
                (horner(&coefficients, point), horner(&coefficients, -point))
            );
        }

        #[test]
        fn quotients_times_divisors_are_dividends(len in 1usize..3 * CHUNK + 2, seed: u64) {
            let coefficients = polynomial(len, seed);
            let (point, at) = (Fr::from(seed) + Fr::from(3u64), Fr::from(77u64));
            let value = horner(&coefficients, at);

            let mut quotient = coefficients.clone();
            divide(&mut quotient, point);
            prop_assert_eq!(quotient.len(), len - 1);
            prop_assert_eq!(horner(&quotient, at) * (at - point) + horner(&coefficients, point), value);

            let mut quotient = vec![Fr::ZERO; len];
            add_quotient_by_square(len, |i| coefficients[i], point.square(), &mut quotient);
            // The remainder is the line through the values at both roots.
            let (above, below) = (horner(&coefficients, point), horner(&coefficients, -point));
            let half = Fr::from(2u64).inverse().unwrap();
            let slope = (above - below) * half * point.inverse().unwrap();
            let remainder = (above + below) * half + slope * at;
            prop_assert_eq!(horner(&quotient, at) * (at.square() - point.square()) + remainder, value);
        }
    }
}
