//! Scalars as signed windows.
//!
//! Booth's digit of window `w` of `c` bits is `bits(cw .. cw + c) + bit(cw - 1) - 2^c bit(cw + c - 1)`, which is in
//! `-2^(c-1) ..= 2^(c-1)` and looks at `c + 1` neighbouring bits only.

use rayon::prelude::*;

use crate::field::{FieldParams, Fp};

/// Scalars that one task converts.
const CHUNK: usize = 1 << 12;
/// Magnitudes are below half of a modulus that is below `2^254`.
const MAGNITUDE_BITS: usize = 253;
/// The sign is kept above the magnitude.
const SIGN_BIT: u32 = 63;
/// Widest window; the sorted buckets of one are to stay in a second-level cache.
const MAX_WINDOW_BITS: usize = 17;
/// Cost of one bucket's share of the weighted sum, in additions of a point to a bucket.
const BUCKET_COST: usize = 3;

/// The scalars that are not zero.
pub(super) struct Digits {
    chunks: Vec<Chunk>,
    /// How many magnitudes have each bit length.
    lengths: [usize; MAGNITUDE_BITS + 1],
}

struct Chunk {
    positions: Vec<u32>,
    magnitudes: Vec<[u64; 4]>,
}

impl Digits {
    /// Converts at most `2^31` scalars.
    pub(super) fn new<P: FieldParams>(scalars: &[Fp<P>]) -> Self {
        let chunks: Vec<_> = scalars
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(number, scalars)| convert(scalars, (number * CHUNK) as u32))
            .collect();
        let mut lengths = [0; MAGNITUDE_BITS + 1];
        for magnitude in chunks.iter().flat_map(|chunk| &chunk.magnitudes) {
            lengths[bit_length(magnitude)] += 1;
        }
        Self { chunks, lengths }
    }

    /// How many scalars are not zero.
    pub(super) fn len(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// How many windows of this width have digits.
    pub(super) fn windows(&self, window_bits: usize) -> usize {
        // One bit more than the magnitude has, for the last digit's borrow.
        self.lengths.iter().rposition(|&count| count > 0).map_or(0, |bits| (bits + 1).div_ceil(window_bits))
    }

    /// The width with the least additions.
    pub(super) fn cheapest_window(&self) -> usize {
        (2..=MAX_WINDOW_BITS).min_by_key(|&window_bits| self.cost(window_bits)).expect("there are widths")
    }

    fn cost(&self, window_bits: usize) -> usize {
        let additions: usize = self
            .lengths
            .iter()
            .enumerate()
            .map(|(bits, count)| count * (bits + 1).div_ceil(window_bits))
            .sum();
        additions + ((self.windows(window_bits) * BUCKET_COST) << (window_bits - 1))
    }

    /// Calls `visit` with the position, the sign and the size of each digit of a window that is not zero, in order.
    #[inline(always)]
    pub(super) fn visit(&self, window: usize, window_bits: usize, mut visit: impl FnMut(u32, bool, usize)) {
        for chunk in &self.chunks {
            for (&position, magnitude) in chunk.positions.iter().zip(&chunk.magnitudes) {
                let (size, is_negative) = digit(magnitude, window, window_bits);
                if size != 0 {
                    visit(position, is_negative ^ (magnitude[3] >> SIGN_BIT == 1), size);
                }
            }
        }
    }
}

fn convert<P: FieldParams>(scalars: &[Fp<P>], first: u32) -> Chunk {
    let (mut positions, mut magnitudes) = (Vec::new(), Vec::new());
    for (offset, scalar) in scalars.iter().enumerate() {
        if scalar.is_zero() {
            continue;
        }
        let limbs = scalar.to_canonical_limbs();
        let magnitude = if is_above_half::<P>(&limbs) {
            let mut magnitude = negate(&P::MODULUS, &limbs);
            magnitude[3] |= 1 << SIGN_BIT;
            magnitude
        } else {
            limbs
        };
        positions.push(first + offset as u32);
        magnitudes.push(magnitude);
    }
    Chunk { positions, magnitudes }
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
    let limb = |index: usize| magnitude[index] & if index == 3 { u64::MAX >> 1 } else { u64::MAX };
    (0..4)
        .rev()
        .find(|&index| limb(index) != 0)
        .map_or(0, |index| 64 * index + 64 - limb(index).leading_zeros() as usize)
}

/// The size of Booth's digit, and whether it is negative.
#[inline(always)]
fn digit(magnitude: &[u64; 4], window: usize, window_bits: usize) -> (usize, bool) {
    let mask = (2u64 << window_bits) - 1;
    let bits = if window == 0 {
        // The bit below the lowest is zero.
        magnitude[0] << 1
    } else {
        let position = window * window_bits - 1;
        let (index, shift) = (position / 64, position % 64);
        let low = magnitude[index] >> shift;
        // Two shifts, because one by 64 is not allowed.
        let high = magnitude.get(index + 1).map_or(0, |limb| limb << 1 << (63 - shift));
        let bits = low | high;
        // The sign lies above the magnitude's bits.
        if position + window_bits >= 255 { bits & !(1 << (255 - position)) } else { bits }
    };
    let bits = bits & mask;
    let is_negative = bits >> window_bits == 1;
    let size = (bits + 1) >> 1;
    let size = if is_negative { (1 << window_bits) - size } else { size };
    (size as usize, is_negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::FrParams;
    use crate::{Fq, Fr};
    use proptest::prelude::*;

    /// The scalar from its digits.
    fn recombine(scalar: Fr, window_bits: usize) -> Fr {
        let digits = Digits::new::<FrParams>(&[scalar]);
        let mut sum = Fr::ZERO;
        for window in (0..digits.windows(window_bits)).rev() {
            for _ in 0..window_bits {
                sum = sum.double();
            }
            digits.visit(window, window_bits, |position, is_negative, size| {
                assert_eq!(position, 0);
                assert!(size <= 1 << (window_bits - 1));
                let size = Fr::from(size as u64);
                sum += if is_negative { -size } else { size };
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
        let digits = Digits::new(&[-Fq::from(5u64), Fq::ZERO, Fq::from(5u64)]);
        assert_eq!(digits.lengths[3], 2);
        assert_eq!(digits.lengths.iter().sum::<usize>(), 2);
    }

    proptest! {
        #[test]
        fn digits_make_the_scalar(bytes: [u8; 32], bits in 2..=MAX_WINDOW_BITS) {
            let scalar = Fr::from_be_bytes_reduced(&bytes);
            prop_assert_eq!(recombine(scalar, bits), scalar);
        }
    }
}
