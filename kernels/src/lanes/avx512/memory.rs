//! Elements and points of four and eight limbs of 64 bits, from and to memory.

use super::super::interface::LANES;
use super::super::points::SIGN;
use super::register::Register;
use super::vector::Vector;
use crate::field::{FieldParams, Fp};

const LOW_PAIRS: [u64; LANES] = [0, 4, 8, 12, 1, 5, 9, 13];
const HIGH_PAIRS: [u64; LANES] = [2, 6, 10, 14, 3, 7, 11, 15];
const LOW_HALVES: [u64; LANES] = [0, 1, 2, 3, 8, 9, 10, 11];
const HIGH_HALVES: [u64; LANES] = [4, 5, 6, 7, 12, 13, 14, 15];

/// The limbs of eight elements, eight after each other.
#[inline(always)]
fn limbs<P: FieldParams>(elements: &[Fp<P>; LANES]) -> &[[u64; LANES]; 4] {
    // SAFETY: an element is its four limbs and nothing else, so eight of them are thirty-two limbs.
    unsafe { &*std::ptr::from_ref(elements).cast() }
}

#[inline(always)]
fn limbs_mut<P: FieldParams>(elements: &mut [Fp<P>; LANES]) -> &mut [[u64; LANES]; 4] {
    // SAFETY: as above. What is written are reduced elements again.
    unsafe { &mut *std::ptr::from_mut(elements).cast() }
}

/// The limbs of two elements, one after the other.
#[inline(always)]
fn pair_limbs<P: FieldParams>(pair: &[Fp<P>; 2]) -> &[u64; LANES] {
    // SAFETY: as above, of two elements.
    unsafe { &*std::ptr::from_ref(pair).cast() }
}

#[inline(always)]
fn pair_limbs_mut<P: FieldParams>(pair: &mut [Fp<P>; 2]) -> &mut [u64; LANES] {
    // SAFETY: as above, of two elements.
    unsafe { &mut *std::ptr::from_mut(pair).cast() }
}

impl<P: FieldParams> Vector<P> {
    #[inline(always)]
    pub(super) fn load(elements: &[Fp<P>; LANES]) -> Self {
        let rows = limbs(elements);
        let pairs = |first: usize, choice| {
            Register::load(&rows[first]).shuffle(Register::load(&rows[first + 1]), choice)
        };
        let (low, high) = (pairs(0, LOW_PAIRS), pairs(0, HIGH_PAIRS));
        let (low_after, high_after) = (pairs(2, LOW_PAIRS), pairs(2, HIGH_PAIRS));
        Self::unpack(&[
            low.shuffle(low_after, LOW_HALVES),
            low.shuffle(low_after, HIGH_HALVES),
            high.shuffle(high_after, LOW_HALVES),
            high.shuffle(high_after, HIGH_HALVES),
        ])
    }

    #[inline(always)]
    pub(super) fn store(self, elements: &mut [Fp<P>; LANES]) {
        let [a0, a1, a2, a3] = self.reduced().pack();
        let (low, low_after) = (a0.shuffle(a1, LOW_HALVES), a0.shuffle(a1, HIGH_HALVES));
        let (high, high_after) = (a2.shuffle(a3, LOW_HALVES), a2.shuffle(a3, HIGH_HALVES));
        let [row_0, row_1, row_2, row_3] = limbs_mut(elements);
        low.shuffle(high, LOW_PAIRS).store(row_0);
        low.shuffle(high, HIGH_PAIRS).store(row_1);
        low_after.shuffle(high_after, LOW_PAIRS).store(row_2);
        low_after.shuffle(high_after, HIGH_PAIRS).store(row_3);
    }
}

impl<P: FieldParams> Vector<P> {
    #[inline(always)]
    pub(super) fn load_pairs(pairs: [&[Fp<P>; 2]; LANES]) -> (Self, Self) {
        let [x0, x1, x2, x3, y0, y1, y2, y3] = load_transposed(pairs.map(pair_limbs));
        (Self::unpack(&[x0, x1, x2, x3]), Self::unpack(&[y0, y1, y2, y3]))
    }

    #[inline(always)]
    pub(super) fn store_pairs(first: Self, second: Self, pairs: [&mut [Fp<P>; 2]; LANES]) {
        let rows = store_rows(first.reduced(), second.reduced());
        for (pair, row) in pairs.into_iter().zip(rows) {
            *pair_limbs_mut(pair) = row;
        }
    }
}

/// The pairs of elements, each below the bound of [`Vector`], that eight rows are. Limbs of the second are not carried if its
/// opposite is meant: it is only to be added and subtracted.
#[inline(always)]
pub(super) fn load_rows<P: FieldParams>(rows: [&[u64; LANES]; LANES]) -> (Vector<P>, Vector<P>) {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = load_transposed(rows);
    let signs = y3.negatives();
    let y3 = y3 & Register::splat(!SIGN);
    (Vector::unpack(&[x0, x1, x2, x3]), Vector::unpack(&[y0, y1, y2, y3]).negated_where(signs))
}

/// Limb by limb what eight rows have element by element.
#[inline(always)]
fn load_transposed(rows: [&[u64; LANES]; LANES]) -> [Register; LANES] {
    transpose([
        Register::load(rows[0]),
        Register::load(rows[1]),
        Register::load(rows[2]),
        Register::load(rows[3]),
        Register::load(rows[4]),
        Register::load(rows[5]),
        Register::load(rows[6]),
        Register::load(rows[7]),
    ])
}

/// The rows of eight pairs of elements, as integers below the bound of [`Vector`].
#[inline(always)]
pub(super) fn store_rows<P: FieldParams>(x: Vector<P>, y: Vector<P>) -> [[u64; LANES]; LANES] {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (x.pack(), y.pack());
    let registers = transpose([x0, x1, x2, x3, y0, y1, y2, y3]);
    let mut rows = [[0; LANES]; LANES];
    for (row, register) in rows.iter_mut().zip(registers) {
        register.store(row);
    }
    rows
}

/// Limb `j` of row `i` to limb `i` of row `j`.
#[inline(always)]
fn transpose([r0, r1, r2, r3, r4, r5, r6, r7]: [Register; LANES]) -> [Register; LANES] {
    // Pairs of rows, then of pairs, then of fours.
    const EVEN: [u64; LANES] = [0, 8, 2, 10, 4, 12, 6, 14];
    const ODD: [u64; LANES] = [1, 9, 3, 11, 5, 13, 7, 15];
    const NEAR: [u64; LANES] = [0, 1, 8, 9, 4, 5, 12, 13];
    const FAR: [u64; LANES] = [2, 3, 10, 11, 6, 7, 14, 15];
    let (a0, a1) = (r0.shuffle(r1, EVEN), r0.shuffle(r1, ODD));
    let (a2, a3) = (r2.shuffle(r3, EVEN), r2.shuffle(r3, ODD));
    let (a4, a5) = (r4.shuffle(r5, EVEN), r4.shuffle(r5, ODD));
    let (a6, a7) = (r6.shuffle(r7, EVEN), r6.shuffle(r7, ODD));
    // Limbs 0 and 4, 1 and 5, 2 and 6, 3 and 7 of rows 0 to 3, then of rows 4 to 7.
    let (b0, b1, b2, b3) =
        (a0.shuffle(a2, NEAR), a1.shuffle(a3, NEAR), a0.shuffle(a2, FAR), a1.shuffle(a3, FAR));
    let (b4, b5, b6, b7) =
        (a4.shuffle(a6, NEAR), a5.shuffle(a7, NEAR), a4.shuffle(a6, FAR), a5.shuffle(a7, FAR));
    [
        b0.shuffle(b4, LOW_HALVES),
        b1.shuffle(b5, LOW_HALVES),
        b2.shuffle(b6, LOW_HALVES),
        b3.shuffle(b7, LOW_HALVES),
        b0.shuffle(b4, HIGH_HALVES),
        b1.shuffle(b5, HIGH_HALVES),
        b2.shuffle(b6, HIGH_HALVES),
        b3.shuffle(b7, HIGH_HALVES),
    ]
}
