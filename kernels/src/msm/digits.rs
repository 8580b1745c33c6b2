//! Scalars as signed windows.
//!
//! A window's digit is in `-2^(c-1) .. 2^(c-1)`: of `c` bits and a carry that make more, `2^c` is left to the next window.

use rayon::prelude::*;

use super::add::NEGATIVE;
use crate::field::{FieldParams, Fp};
use crate::lanes::{Kernel, LANES, Lanes, dispatch};

/// Scalars that one task converts.
const CHUNK: usize = 1 << 12;
/// Magnitudes are below half of a modulus that is below `2^254`.
const MAGNITUDE_BITS: usize = 253;
/// Widest window: digits fit 16 bits, and the sorted buckets of one window a second-level cache.
const MAX_WINDOW_BITS: usize = 16;
/// Cost of one bucket's share of the weighted sum, in additions of a point to a bucket.
const BUCKET_COST: usize = 3;

/// The digits of the scalars that are not zero.
pub(super) struct Digits {
    chunks: Vec<Chunk>,
    /// Scalars.
    len: usize,
    window_bits: usize,
    windows: usize,
}

struct Chunk {
    /// Positions of scalars; with [`NEGATIVE`] if all digits count with the other sign.
    entries: Vec<u32>,
    /// Window by window, a digit for each entry.
    digits: Vec<i16>,
}

/// How many magnitudes have each bit length.
struct Lengths([usize; MAGNITUDE_BITS + 1]);

impl Digits {
    /// Converts at most `2^31` scalars, to windows of the width that is cheapest for them.
    pub(super) fn new<P: FieldParams>(scalars: &[Fp<P>]) -> Self {
        Self::with_width(scalars, Lengths::cheapest_window)
    }

    fn with_width<P: FieldParams>(scalars: &[Fp<P>], width: impl Fn(&Lengths) -> usize) -> Self {
        let chunks: Vec<_> = scalars
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(number, scalars)| Magnitudes::new(scalars, (number * CHUNK) as u32))
            .collect();
        let mut lengths = Lengths([0; MAGNITUDE_BITS + 1]);
        for magnitude in chunks.iter().flat_map(|chunk| &chunk.magnitudes) {
            lengths.0[bit_length(magnitude)] += 1;
        }
        let window_bits = width(&lengths);
        let windows = lengths.windows(window_bits);
        let chunks = chunks.into_par_iter().map(|chunk| chunk.split(window_bits, windows)).collect();
        Self { chunks, len: lengths.0.iter().sum(), window_bits, windows }
    }

    /// How many scalars are not zero.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Width of the windows.
    pub(super) const fn window_bits(&self) -> usize {
        self.window_bits
    }

    /// How many windows have digits.
    pub(super) const fn windows(&self) -> usize {
        self.windows
    }

    /// Calls `visit` with the position, with [`NEGATIVE`] if the digit is negative, and the size of each digit of a window that is not
    /// zero, in order.
    #[inline(always)]
    pub(super) fn visit(&self, window: usize, mut visit: impl FnMut(u32, usize)) {
        for chunk in &self.chunks {
            let len = chunk.entries.len();
            for (&entry, &digit) in chunk.entries.iter().zip(&chunk.digits[window * len..]) {
                if digit != 0 {
                    let sign = if digit < 0 { NEGATIVE } else { 0 };
                    visit(entry ^ sign, usize::from(digit.unsigned_abs()));
                }
            }
        }
    }
}

impl Lengths {
    /// How many windows of this width have digits.
    fn windows(&self, window_bits: usize) -> usize {
        self.0.iter().rposition(|&count| count > 0).map_or(0, |bits| windows(bits, window_bits))
    }

    /// The width with the least additions.
    fn cheapest_window(&self) -> usize {
        (2..=MAX_WINDOW_BITS).min_by_key(|&window_bits| self.cost(window_bits)).expect("there are widths")
    }

    fn cost(&self, window_bits: usize) -> usize {
        let counts = self.0.iter().enumerate();
        let additions: usize = counts.map(|(bits, count)| count * windows(bits, window_bits)).sum();
        additions + ((self.windows(window_bits) * BUCKET_COST) << (window_bits - 1))
    }
}

/// How many windows a magnitude of `bits` bits takes: the highest digit, which takes a carry, must not make another.
const fn windows(bits: usize, window_bits: usize) -> usize {
    (bits + 2).div_ceil(window_bits)
}

/// Scalars as signed integers in `(-p/2, p/2)`.
struct Magnitudes {
    entries: Vec<u32>,
    magnitudes: Vec<[u64; 4]>,
}

impl Magnitudes {
    fn new<P: FieldParams>(scalars: &[Fp<P>], first: u32) -> Self {
        let mut canonical = vec![Fp::ZERO; scalars.len()];
        dispatch(Canonical { scalars, out: &mut canonical });
        let (mut entries, mut magnitudes) = (Vec::new(), Vec::new());
        for (offset, scalar) in canonical.iter().enumerate() {
            let limbs = *scalar.montgomery_limbs();
            if scalar.is_zero() {
                continue;
            }
            let is_negative = is_above_half::<P>(&limbs);
            entries.push((first + offset as u32) | if is_negative { NEGATIVE } else { 0 });
            magnitudes.push(if is_negative { negate(&P::MODULUS, &limbs) } else { limbs });
        }
        Self { entries, magnitudes }
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
        let digits = Digits::with_width(&[scalar], |_| window_bits);
        let mut sum = Fr::ZERO;
        for window in (0..digits.windows()).rev() {
            for _ in 0..window_bits {
                sum = sum.double();
            }
            digits.visit(window, |entry, size| {
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
        assert_eq!(Digits::new(&scalars).len(), 2);
    }

    proptest! {
        #[test]
        fn digits_make_the_scalar(bytes: [u8; 32], bits in 2..=MAX_WINDOW_BITS) {
            let scalar = Fr::from_be_bytes_reduced(&bytes);
            prop_assert_eq!(recombine(scalar, bits), scalar);
        }
    }
}
