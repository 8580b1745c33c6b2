//! Operations on coefficients, lowest first, in parallel and in lanes.
//!
//! A quotient's coefficient depends on those above it. To compute eight at a time, a chunk is cut into as many streams, one for each
//! lane, and what comes from above each stream is known beforehand: a value of the polynomial of all coefficients above.

use chinampa_kernels::Fr;
use chinampa_kernels::field::FrParams;
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, MAX_PRODUCTS, Products, dispatch};
use rayon::prelude::*;

use super::sumcheck::powers;

/// Coefficients of one task.
pub(super) const CHUNK: usize = 1 << 12;
/// Coefficients that a lane has of a chunk.
const STREAM: usize = CHUNK / LANES;
/// Pairs of neighbours in a stream.
const STREAM_PAIRS: usize = STREAM / 2;
/// Terms of the sums that a stream's values are.
const GROUPS: usize = STREAM_PAIRS / LANES;

const _: () = assert!(GROUPS <= MAX_PRODUCTS as usize, "a stream's value is one sum");

/// Coefficients that are not worth a chunk.
const SHORT: usize = 1 << 6;

type Pair = [Fr; 2];

/// The values at `point` and `-point`.
pub(super) fn evaluate_pair(coefficients: &[Fr], point: Fr) -> (Fr, Fr) {
    let square = point.square();
    if coefficients.len() <= SHORT {
        let sums = coefficients.chunks(2).rev().fold([Fr::ZERO; 2], |[even, odd], pair| {
            [even * square + pair[0], odd * square + pair.get(1).copied().unwrap_or_default()]
        });
        return (sums[0] + sums[1] * point, sums[0] - sums[1] * point);
    }
    let stride = stream_stride(square);
    let values = stream_values(coefficients, square);
    let [even, odd] = values
        .iter()
        .rev()
        .fold([Fr::ZERO; 2], |sums, values| std::array::from_fn(|i| sums[i] * stride + values[i]));
    let odd = odd * point;
    (even + odd, even - odd)
}

/// The value at `point`.
pub(super) fn evaluate(coefficients: &[Fr], point: Fr) -> Fr {
    evaluate_pair(coefficients, point).0
}

/// What a stream's neighbour counts more.
fn stream_stride(square: Fr) -> Fr {
    square.pow(&[STREAM_PAIRS as u64, 0, 0, 0])
}

/// For each stream, the values at `square` of the polynomials of its even and of its odd coefficients.
fn stream_values(coefficients: &[Fr], square: Fr) -> Vec<Pair> {
    let lane_powers: Vec<Fr> = powers(square, LANES);
    let group_powers = powers(lane_powers[LANES - 1] * square, GROUPS);
    let values: Vec<[Pair; LANES]> = coefficients
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut padding = Vec::new();
            let pairs = padded(chunk, &mut padding);
            dispatch(StreamValues { pairs, lane_powers: &lane_powers, group_powers: &group_powers })
        })
        .collect();
    values.into_flattened()
}

/// The pairs of a chunk, with zeros after the last coefficient.
fn padded<'a>(chunk: &'a [Fr], padding: &'a mut Vec<Fr>) -> &'a [Pair] {
    if chunk.len() == CHUNK {
        return chunk.as_chunks().0;
    }
    padding.extend_from_slice(chunk);
    padding.resize(CHUNK, Fr::ZERO);
    padding.as_chunks().0
}

struct StreamValues<'a> {
    pairs: &'a [Pair],
    lane_powers: &'a [Fr],
    group_powers: &'a [Fr],
}

impl Kernel<FrParams> for StreamValues<'_> {
    type Output = [Pair; LANES];

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) -> [Pair; LANES] {
        let mut powers = [L::zero(); GROUPS];
        for (lanes, &power) in powers.iter_mut().zip(self.group_powers) {
            *lanes = L::splat(power);
        }
        let lane_powers = L::load_some(self.lane_powers);
        let mut values = [[Fr::ZERO; 2]; LANES];
        for (value, stream) in values.iter_mut().zip(self.pairs.chunks_exact(STREAM_PAIRS)) {
            let (mut even, mut odd) = (L::Products::new(), L::Products::new());
            for (group, power) in stream.as_chunks().0.iter().zip(powers) {
                let (first, second) = L::load_pairs(group.each_ref());
                even.add(first, power);
                odd.add(second, power);
            }
            let sum = |lanes: [Fr; LANES]| lanes.into_iter().sum();
            *value = [sum((even.sum() * lane_powers).to_array()), sum((odd.sum() * lane_powers).to_array())];
        }
        values
    }
}

/// For each stream, the quotient's part that comes from the streams above; `values` are the streams' own.
fn carries(values: &[Pair], stride: Fr) -> Vec<[Pair; LANES]> {
    let mut carries = vec![[[Fr::ZERO; 2]; LANES]; values.len() / LANES];
    let flat = carries.as_flattened_mut();
    for number in (1..flat.len()).rev() {
        let above = flat[number];
        flat[number - 1] = std::array::from_fn(|i| values[number][i] + above[i] * stride);
    }
    carries
}

/// The carries of streams, lane by lane.
#[inline(always)]
fn load_carries<L: Lanes<FrParams>>(carries: &[Pair; LANES]) -> (L, L) {
    L::load_pairs(carries.each_ref())
}

/// Adds the quotient of `(high X + low) dividend` by `X^2 - square`, without the remainder, to `sum`, which is long enough.
pub(super) fn add_quotient_by_square(dividend: &[Fr], [high, low]: [Fr; 2], square: Fr, sum: &mut [Fr]) {
    let carries = carries(&stream_values(dividend, square), stream_stride(square));
    let chunks = sum.par_chunks_mut(CHUNK).zip(dividend.par_chunks(CHUNK)).zip(carries);
    chunks.for_each(|((sum, dividend), carries)| {
        let mut padding = Vec::new();
        let pairs = padded(dividend, &mut padding);
        let quotient = |sum| Quotient { pairs, carries, square, high, low, sum };
        if sum.len() == CHUNK {
            dispatch(quotient(sum.as_chunks_mut().0));
        } else {
            let mut longer = sum.to_vec();
            longer.resize(CHUNK, Fr::ZERO);
            dispatch(quotient(longer.as_chunks_mut().0));
            sum.copy_from_slice(&longer[..sum.len()]);
        }
    });
}

/// With `q[j] = dividend[j] + square q[j + 2]`, adds `high q[j + 1] + low q[j + 2]` to each `sum[j]` of a chunk.
struct Quotient<'a> {
    pairs: &'a [Pair],
    /// What `q` is above each stream.
    carries: [Pair; LANES],
    square: Fr,
    high: Fr,
    low: Fr,
    sum: &'a mut [Pair],
}

impl Kernel<FrParams> for Quotient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let (high, low, square) = (L::splat(self.high), L::splat(self.low), L::splat(self.square));
        let (mut even, mut odd) = load_carries::<L>(&self.carries);
        let streams: [&[Pair]; LANES] =
            std::array::from_fn(|lane| &self.pairs[lane * STREAM_PAIRS..][..STREAM_PAIRS]);
        let mut sums = streams_mut(self.sum);
        for i in (0..STREAM_PAIRS).rev() {
            let (first, second) = L::load_pairs(streams.map(|stream| &stream[i]));
            let next_odd = second + odd * square;
            let (mut low_sum, mut high_sum) = (L::Products::new(), L::Products::new());
            low_sum.add(next_odd, high);
            low_sum.add(even, low);
            high_sum.add(even, high);
            high_sum.add(odd, low);
            let (first_sum, second_sum) = L::load_pairs(sums.each_ref().map(|sum| &sum[i]));
            let out = sums.each_mut().map(|sum| &mut sum[i]);
            L::store_pairs(first_sum + low_sum.sum(), second_sum + high_sum.sum(), out);
            (even, odd) = (first + even * square, next_odd);
        }
    }
}

/// The streams of a chunk.
#[inline(always)]
fn streams_mut(pairs: &mut [Pair]) -> [&mut [Pair]; LANES] {
    let mut streams = pairs.chunks_exact_mut(STREAM_PAIRS);
    std::array::from_fn(|_| streams.next().expect("a chunk has as many streams as there are lanes"))
}

/// Replaces `coefficients` by its quotient by `X - point`, without the remainder: one coefficient less.
pub(super) fn divide(coefficients: &mut Vec<Fr>, point: Fr) {
    let square = point.square();
    let carries = carries(&stream_values(coefficients, square), stream_stride(square));
    coefficients.par_chunks_mut(CHUNK).zip(carries).for_each(|(chunk, carries)| {
        // The sum of all coefficients above, with powers of the point.
        let carries = carries.map(|[even, odd]| even + odd * point);
        if chunk.len() == CHUNK {
            dispatch(Divide { pairs: chunk.as_chunks_mut().0, carries, point });
        } else {
            let mut longer = chunk.to_vec();
            longer.resize(CHUNK, Fr::ZERO);
            dispatch(Divide { pairs: longer.as_chunks_mut().0, carries, point });
            chunk.copy_from_slice(&longer[..chunk.len()]);
        }
    });
    // Coefficient i - 1 of the quotient is the sum of those from i on: chunks write theirs one too high.
    if !coefficients.is_empty() {
        coefficients.remove(0);
    }
}

/// Replaces coefficients of a chunk by `q[j] = coefficient[j] + point q[j + 1]`.
struct Divide<'a> {
    pairs: &'a mut [Pair],
    /// What `q` is above each stream.
    carries: [Fr; LANES],
    point: Fr,
}

impl Kernel<FrParams> for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let point = L::splat(self.point);
        let mut carry = L::load(&self.carries);
        let mut streams = streams_mut(self.pairs);
        for i in (0..STREAM_PAIRS).rev() {
            let (first, second) = L::load_pairs(streams.each_ref().map(|stream| &stream[i]));
            let second = second + carry * point;
            carry = first + second * point;
            L::store_pairs(carry, second, streams.each_mut().map(|stream| &mut stream[i]));
        }
    }
}

/// Some values and what they are multiplied by.
#[derive(Clone, Copy)]
pub(super) struct Term<'a> {
    /// Position of the first value.
    pub(super) start: usize,
    pub(super) values: &'a [Fr],
    pub(super) factor: Fr,
}

/// Adds `factor * values` of all terms to `sum`; what is past its end does not count.
pub(super) fn add_terms(sum: &mut [Fr], terms: &[Term<'_>]) {
    sum.par_chunks_mut(CHUNK).enumerate().for_each(|(number, chunk)| {
        let (start, end) = (number * CHUNK, number * CHUNK + chunk.len());
        let within = terms.iter().filter(|term| term.start < end && start < term.start + term.values.len());
        let terms: Vec<Term<'_>> = within
            .map(|term| Term {
                start: term.start.saturating_sub(start),
                values: &term.values[start.saturating_sub(term.start)..],
                factor: term.factor,
            })
            .collect();
        for terms in terms.chunks(MAX_PRODUCTS as usize) {
            dispatch(AddTerms { sum: chunk, terms });
        }
    });
}

struct AddTerms<'a> {
    sum: &'a mut [Fr],
    terms: &'a [Term<'a>],
}

impl Kernel<FrParams> for AddTerms<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let mut factors = [L::zero(); MAX_PRODUCTS as usize];
        for (lanes, term) in factors.iter_mut().zip(self.terms) {
            *lanes = L::splat(term.factor);
        }
        for (number, group) in self.sum.chunks_mut(LANES).enumerate() {
            let mut products = L::Products::new();
            for (term, &factor) in self.terms.iter().zip(&factors) {
                if let Some(values) = load_at(term, number * LANES) {
                    products.add(values, factor);
                }
            }
            (L::load_some(group) + products.sum()).store_some(group);
        }
    }
}

/// The values of a term at eight positions, zeros outside; `None` if there are none.
#[inline(always)]
fn load_at<L: Lanes<FrParams>>(term: &Term<'_>, position: usize) -> Option<L> {
    if position >= term.start {
        let rest = term.values.get(position - term.start..)?;
        return match rest.first_chunk() {
            Some(values) => Some(L::load(values)),
            None if rest.is_empty() => None,
            None => Some(L::load_some(rest)),
        };
    }
    let missing = term.start - position;
    if missing >= LANES {
        return None;
    }
    let mut values = [Fr::ZERO; LANES];
    for (slot, &value) in values[missing..].iter_mut().zip(term.values) {
        *slot = value;
    }
    Some(L::load(&values))
}

/// `polynomial[2i] + challenge (polynomial[2i + 1] - polynomial[2i])`.
pub(super) fn fold(polynomial: &[Fr], challenge: Fr) -> Vec<Fr> {
    fold_sum(polynomial, &[], challenge)
}

/// The fold of `first[i] + second[i]`.
pub(super) fn fold_sum(first: &[Fr], second: &[Fr], challenge: Fr) -> Vec<Fr> {
    let mut folded = vec![Fr::ZERO; first.len().max(second.len()).div_ceil(2)];
    folded.par_chunks_mut(CHUNK).enumerate().for_each(|(number, folded)| {
        let rest = |polynomial| <[Fr]>::get(polynomial, 2 * number * CHUNK..).unwrap_or_default();
        dispatch(Fold { first: rest(first), second: rest(second), challenge, folded });
    });
    folded
}

struct Fold<'a> {
    first: &'a [Fr],
    second: &'a [Fr],
    challenge: Fr,
    folded: &'a mut [Fr],
}

impl Kernel<FrParams> for Fold<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let challenge = L::splat(self.challenge);
        for (number, folded) in self.folded.chunks_mut(LANES).enumerate() {
            let (mut low, mut high) = load_pairs_at::<L>(self.first, 2 * number * LANES);
            if !self.second.is_empty() {
                let (other_low, other_high) = load_pairs_at::<L>(self.second, 2 * number * LANES);
                (low, high) = (low + other_low, high + other_high);
            }
            (low + (high - low) * challenge).store_some(folded);
        }
    }
}

/// Eight pairs from a position on, with zeros after the end.
#[inline(always)]
fn load_pairs_at<L: Lanes<FrParams>>(values: &[Fr], position: usize) -> (L, L) {
    let rest = values.get(position..).unwrap_or_default();
    if let Some(pairs) = rest.as_chunks().0.first_chunk::<LANES>() {
        return L::load_pairs(pairs.each_ref());
    }
    let mut all = [[Fr::ZERO; 2]; LANES];
    all.as_flattened_mut()[..rest.len()].copy_from_slice(rest);
    L::load_pairs(all.each_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polynomial(len: usize, seed: u64) -> Vec<Fr> {
        let step = Fr::from(seed | 1).pow(&[5, 0, 0, 0]);
        std::iter::successors(Some(Fr::from(seed)), |last| Some(last.square() + step)).take(len).collect()
    }

    fn horner(coefficients: &[Fr], point: Fr) -> Fr {
        coefficients.iter().rev().fold(Fr::ZERO, |sum, &coefficient| sum * point + coefficient)
    }

    /// Lengths around those of streams and chunks, and any.
    fn len() -> impl Strategy<Value = usize> {
        let edges =
            (0usize..4, 0usize..3).prop_map(|(number, more)| (number * CHUNK + more).saturating_sub(1));
        let streams = (1usize..9, 0usize..3).prop_map(|(number, more)| number * STREAM + more - 1);
        prop_oneof![0usize..40, edges, streams, 0usize..3 * CHUNK + 2]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn values_are_horners(len in len(), seed: u64) {
            let coefficients = polynomial(len, seed);
            let point = Fr::from(seed) + Fr::from(3u64);
            prop_assert_eq!(
                evaluate_pair(&coefficients, point),
                (horner(&coefficients, point), horner(&coefficients, -point))
            );
        }

        #[test]
        fn quotients_times_divisors_are_dividends(len in len(), seed: u64) {
            let coefficients = polynomial(len, seed);
            let (point, at) = (Fr::from(seed) + Fr::from(3u64), Fr::from(77u64));
            let value = horner(&coefficients, at);

            let mut quotient = coefficients.clone();
            divide(&mut quotient, point);
            prop_assert_eq!(quotient.len(), len.saturating_sub(1));
            prop_assert_eq!(horner(&quotient, at) * (at - point) + horner(&coefficients, point), value);

            let (high, low) = (Fr::from(seed / 2), -Fr::from(5u64));
            let mut quotient = vec![Fr::ONE; len];
            add_quotient_by_square(&coefficients, [high, low], point.square(), &mut quotient);
            quotient.iter_mut().for_each(|value| *value -= Fr::ONE);
            // The remainder is the line through the values at both roots.
            let line = |x: Fr| high * x + low;
            let above = line(point) * horner(&coefficients, point);
            let below = line(-point) * horner(&coefficients, -point);
            let half = Fr::from(2u64).inverse().unwrap();
            let slope = (above - below) * half * point.inverse().unwrap();
            let remainder = (above + below) * half + slope * at;
            prop_assert_eq!(horner(&quotient, at) * (at.square() - point.square()) + remainder, line(at) * value);
        }

        #[test]
        fn folds_are_lines_at_the_challenge(first in len(), second in len(), seed: u64) {
            let (a, b) = (polynomial(first, seed), polynomial(second, !seed));
            let challenge = Fr::from(seed).square();
            let at = |polynomial: &[Fr], i: usize| polynomial.get(i).copied().unwrap_or_default();
            let line = |low: Fr, high: Fr| low + (high - low) * challenge;
            let single: Vec<Fr> =
                (0..first.div_ceil(2)).map(|i| line(at(&a, 2 * i), at(&a, 2 * i + 1))).collect();
            prop_assert_eq!(fold(&a, challenge), single);
            let sum = |i: usize| at(&a, i) + at(&b, i);
            let both: Vec<Fr> =
                (0..first.max(second).div_ceil(2)).map(|i| line(sum(2 * i), sum(2 * i + 1))).collect();
            prop_assert_eq!(fold_sum(&a, &b, challenge), both);
        }

        #[test]
        fn terms_are_added(
            len in len(),
            parts in prop::collection::vec((0usize..CHUNK + 20, len(), any::<u64>()), 0..70),
        ) {
            let values: Vec<Vec<Fr>> = parts.iter().map(|&(_, len, seed)| polynomial(len.min(600), seed)).collect();
            let terms: Vec<Term<'_>> = parts
                .iter()
                .zip(&values)
                .map(|(&(start, _, seed), values)| Term { start, values, factor: Fr::from(seed).square() })
                .collect();
            let mut sum = polynomial(len, 9);
            let mut expected = sum.clone();
            for term in &terms {
                for (sum, &value) in expected.iter_mut().skip(term.start).zip(term.values) {
                    *sum += value * term.factor;
                }
            }
            add_terms(&mut sum, &terms);
            prop_assert_eq!(sum, expected);
        }
    }
}
