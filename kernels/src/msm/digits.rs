//! Scalars as signed windows.
//!
//! A window's digit is in `-2^(c-1) .. 2^(c-1)`: of `c` bits and a carry that make more, `2^c` is left to the next window.

use std::ops::Range;

use rayon::prelude::*;

use super::Span;
use super::add::NEGATIVE;
use crate::field::{FieldParams, Fp};
use crate::lanes::{Kernel, LANES, Lanes, dispatch};

/// Scalars that one task converts.
const CHUNK: usize = 1 << 12;
/// Magnitudes are below half of a modulus that is below `2^254`.
const MAGNITUDE_BITS: usize = 253;
/// Widest window: digits fit 16 bits, and the sorted buckets of one window a second-level cache.
pub(super) const MAX_WINDOW_BITS: usize = 16;
/// Cost of one bucket's share of the weighted sum, in additions of a point to a bucket.
const BUCKET_COST: usize = 3;

/// The digits of the scalars of one sum that are not zero.
pub(super) struct Digits {
    chunks: Vec<Chunk>,
    cut: Cut,
}

struct Chunk {
    /// Positions of points; with [`NEGATIVE`] if all digits count with the other sign.
    entries: Vec<u32>,
    /// Window by window, a digit for each entry.
    digits: Vec<i16>,
}

/// How scalars are cut, and which windows share buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Width of the windows.
    pub(super) window_bits: usize,
    /// How many windows have digits.
    pub(super) windows: usize,
    /// Sets of buckets. A window shares them with each one that is this many windows above: there are multiples of the points
    /// by the difference of their places.
    pub(super) groups: usize,
    /// Points between a point and its next multiple.
    pub(super) table_len: usize,
}

/// How many magnitudes have each bit length.
#[derive(Clone)]
pub(super) struct Lengths([usize; MAGNITUDE_BITS + 1]);

impl Digits {
    /// Converts the scalars of several sums, cut as `cut` says for their lengths.
    pub(super) fn new<P: FieldParams>(
        spans: &[Span<'_, P>],
        cut: impl Fn(usize, &Lengths) -> Cut,
    ) -> Vec<Self> {
        let magnitudes: Vec<(usize, Magnitudes)> = spans
            .par_iter()
            .enumerate()
            .flat_map(|(sum, span)| {
                let chunks = span.scalars.par_chunks(CHUNK).enumerate();
                chunks.map(move |(number, scalars)| {
                    (sum, Magnitudes::new(scalars, (span.first + number * CHUNK) as u32))
                })
            })
            .collect();
        let mut lengths = vec![Lengths([0; MAGNITUDE_BITS + 1]); spans.len()];
        for (sum, magnitudes) in &magnitudes {
            for (total, &count) in lengths[*sum].0.iter_mut().zip(&magnitudes.lengths) {
                *total += usize::from(count);
            }
        }
        let cuts: Vec<Cut> = lengths.iter().enumerate().map(|(sum, lengths)| cut(sum, lengths)).collect();
        let chunks: Vec<(usize, Chunk)> = magnitudes
            .into_par_iter()
            .map(|(sum, magnitudes)| (sum, magnitudes.split(cuts[sum].window_bits, cuts[sum].windows)))
            .collect();
        let mut all: Vec<Self> = cuts.into_iter().map(|cut| Self { chunks: Vec::new(), cut }).collect();
        for (sum, chunk) in chunks {
            all[sum].chunks.push(chunk);
        }
        all
    }

    /// How the scalars were cut.
    pub(super) const fn cut(&self) -> Cut {
        self.cut
    }

    /// How many digits the windows of a group have, zeros included.
    pub(super) fn group_len(&self, group: usize) -> usize {
        let windows = (self.cut.windows - group).div_ceil(self.cut.groups);
        windows * self.chunks.iter().map(|chunk| chunk.entries.len()).sum::<usize>()
    }

    /// Pieces of a group, for [`visit`](Self::visit): chunks of scalars, once for each window.
    pub(super) fn segments(&self, group: usize) -> usize {
        (self.cut.windows - group).div_ceil(self.cut.groups) * self.chunks.len()
    }

    /// Calls `visit` with the position, with [`NEGATIVE`] if the digit is negative, and the size of each digit of a group's segments
    /// that is not zero, in order.
    #[inline(always)]
    pub(super) fn visit(&self, group: usize, segments: Range<usize>, mut visit: impl FnMut(u32, usize)) {
        for segment in segments {
            let (table, chunk) = (segment / self.chunks.len(), &self.chunks[segment % self.chunks.len()]);
            let len = chunk.entries.len();
            let base = (table * self.cut.table_len) as u32;
            let window = group + table * self.cut.groups;
            for (&entry, &digit) in chunk.entries.iter().zip(&chunk.digits[window * len..]) {
                if digit != 0 {
                    let sign = if digit < 0 { NEGATIVE } else { 0 };
                    visit((entry ^ sign) + base, usize::from(digit.unsigned_abs()));
                }
            }
        }
    }
}

impl Lengths {
    /// The cut for points of which there are no multiples, with the least additions, and their number.
    pub(super) fn cheapest(&self) -> (Cut, usize) {
        let cuts = (2..=MAX_WINDOW_BITS).map(|window_bits| {
            let windows = self.windows(window_bits);
            Cut { window_bits, windows, groups: windows, table_len: 0 }
        });
        cuts.map(|cut| (cut, self.cost(&cut))).min_by_key(|(_, cost)| *cost).expect("there are widths")
    }

    /// How many windows of this width have digits.
    pub(super) fn windows(&self, window_bits: usize) -> usize {
        self.0.iter().rposition(|&count| count > 0).map_or(0, |bits| windows(bits, window_bits))
    }

    /// About how many additions a cut takes.
    pub(super) fn cost(&self, cut: &Cut) -> usize {
        let counts = self.0.iter().enumerate();
        let additions: usize = counts.map(|(bits, count)| count * windows(bits, cut.window_bits)).sum();
        additions + buckets_cost(cut.groups, cut.window_bits)
    }
}

/// What the weighted sums of sets of buckets cost, in additions of a point to a bucket.
pub(super) const fn buckets_cost(groups: usize, window_bits: usize) -> usize {
    (groups * BUCKET_COST) << (window_bits - 1)
}

/// Windows of scalars of any length.
pub(super) const fn max_windows(window_bits: usize) -> usize {
    windows(MAGNITUDE_BITS, window_bits)
}

/// How many windows a magnitude of `bits` bits takes: the highest digit, which takes a carry, must not make another.
const fn windows(bits: usize, window_bits: usize) -> usize {
    (bits + 2).div_ceil(window_bits)
}

/// Scalars as signed integers in `(-p/2, p/2)`.
struct Magnitudes {
    entries: Vec<u32>,
    magnitudes: Vec<[u64; 4]>,
    /// How many have each bit length.
    lengths: [u16; MAGNITUDE_BITS + 1],
}

impl Magnitudes {
    fn new<P: FieldParams>(scalars: &[Fp<P>], first: u32) -> Self {
        let mut canonical = vec![Fp::ZERO; scalars.len()];
        dispatch(Canonical { scalars, out: &mut canonical });
        let (mut entries, mut magnitudes) = (Vec::new(), Vec::new());
        let mut lengths = [0; MAGNITUDE_BITS + 1];
        for (offset, scalar) in canonical.iter().enumerate() {
            let limbs = *scalar.montgomery_limbs();
            if scalar.is_zero() {
                continue;
            }
            let is_negative = is_above_half::<P>(&limbs);
            entries.push((first + offset as u32) | if is_negative { NEGATIVE } else { 0 });
            let magnitude = if is_negative { negate(&P::MODULUS, &limbs) } else { limbs };
            lengths[bit_length(&magnitude)] += 1;
            magnitudes.push(magnitude);
        }
        Self { entries, magnitudes, lengths }
    }

    /// Cuts magnitudes into digits.
    fn split(self, window_bits: usize, windows: usize) -> Chunk {
        let len = self.entries.len();
        let mut digits = vec![0; windows * len];
        let (mask, half) = ((1u64 << window_bits) - 1, 1u64 << (window_bits - 1));
        for (index, magnitude) in self.magnitudes.iter().enumerate() {
            let mut carry = 0;
            for window in 0..windows {
                let sum = (bits_at(magnitude, window * window_bits) & mask) + carry;
                carry = u64::from(sum >= half);
                // Of at most 16 bits, and `2^window_bits` is not subtracted from those below half of it.
                let digit = sum.wrapping_sub(carry << window_bits);
                digits[window * len + index] = digit.cast_signed() as i16;
            }
        }
        Chunk { entries: self.entries, digits }
    }
}

/// Scalars as canonical integers, in the place of Montgomery forms.
struct Canonical<'a, P: FieldParams> {
    scalars: &'a [Fp<P>],
    out: &'a mut [Fp<P>],
}

impl<P: FieldParams> Kernel<P> for Canonical<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<P>>(self) {
        // Its Montgomery form is 1: a form times it is the form divided by its factor.
        let unit = L::splat(Fp::from_montgomery_below_twice([1, 0, 0, 0]));
        for (scalars, out) in self.scalars.chunks(LANES).zip(self.out.chunks_mut(LANES)) {
            (L::load_some(scalars) * unit).store_some(out);
        }
    }
}

/// Bits of a magnitude from a position on, at least 16 where there are as many.
#[inline(always)]
fn bits_at(magnitude: &[u64; 4], position: usize) -> u64 {
    let (index, shift) = (position / 64, position % 64);
    let limb = |index: usize| magnitude.get(index).copied().unwrap_or(0);
    // Two shifts, because one by 64 is not allowed.
    limb(index) >> shift | limb(index + 1) << 1 << (63 - shift)
}

/// Whether twice a canonical integer is above the modulus.
fn is_above_half<P: FieldParams>(limbs: &[u64; 4]) -> bool {
    let modulus = P::MODULUS;
    let half = [
        modulus[0] >> 1 | modulus[1] << 63,
        modulus[1] >> 1 | modulus[2] << 63,
        modulus[2] >> 1 | modulus[3] << 63,
        modulus[3] >> 1,
    ];
    limbs.iter().rev().gt(half.iter().rev())
}

/// `modulus - limbs`.
fn negate(modulus: &[u64; 4], limbs: &[u64; 4]) -> [u64; 4] {
    let mut borrow = false;
    std::array::from_fn(|i| {
        let (difference, first) = modulus[i].overflowing_sub(limbs[i]);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        borrow = first | second;
        difference
    })
}

fn bit_length(magnitude: &[u64; 4]) -> usize {
    let highest = (0..4).rev().find(|&index| magnitude[index] != 0);
    highest.map_or(0, |index| 64 * index + 64 - magnitude[index].leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fq, Fr};
    use proptest::prelude::*;

    /// The scalar from its digits.
    fn recombine(scalar: Fr, window_bits: usize) -> Fr {
        let spans = [Span { first: 0, scalars: &[scalar] }];
        let digits = Digits::new(&spans, |_, lengths| {
            let windows = lengths.windows(window_bits);
            Cut { window_bits, windows, groups: windows, table_len: 0 }
        });
        let digits = &digits[0];
        let mut sum = Fr::ZERO;
        for window in (0..digits.cut().windows).rev() {
            for _ in 0..window_bits {
                sum = sum.double();
            }
            digits.visit(window, 0..digits.segments(window), |entry, size| {
                assert_eq!(entry & !NEGATIVE, 0);
                assert!(size <= 1 << (window_bits - 1));
                let size = Fr::from(size as u64);
                sum += if entry & NEGATIVE == 0 { size } else { -size };
            });
        }
        sum
    }

    #[test]
    fn edges_have_digits_of_every_width() {
        let half = (-Fr::ONE) * Fr::from(2u64).inverse().unwrap();
        for bits in 2..=MAX_WINDOW_BITS {
            for scalar in [Fr::ZERO, Fr::ONE, -Fr::ONE, half, half + Fr::ONE, half - Fr::ONE] {
                assert_eq!(recombine(scalar, bits), scalar);
            }
            for power in 0..254 {
                let scalar = (0..power).fold(Fr::ONE, |power, _| power.double());
                assert_eq!(recombine(scalar, bits), scalar);
                assert_eq!(recombine(scalar - Fr::ONE, bits), scalar - Fr::ONE);
            }
        }
    }

    #[test]
    fn magnitudes_are_at_most_half() {
        let scalars = [-Fq::from(5u64), Fq::ZERO, Fq::from(5u64)];
        let magnitudes = Magnitudes::new(&scalars, 7);
        assert_eq!(magnitudes.entries, [7 | NEGATIVE, 9]);
        assert_eq!(magnitudes.magnitudes, [[5, 0, 0, 0]; 2]);
        assert_eq!(magnitudes.lengths[3], 2);
    }

    proptest! {
        #[test]
        fn digits_make_the_scalar(bytes: [u8; 32], bits in 2..=MAX_WINDOW_BITS) {
            let scalar = Fr::from_be_bytes_reduced(&bytes);
            prop_assert_eq!(recombine(scalar, bits), scalar);
        }
    }
}
