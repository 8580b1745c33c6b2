//! Elements and points of four and eight limbs of 64 bits, from and to memory.

use super::super::interface::LANES;
use super::constants::{Constants, LIMB_MASK, ONES, POSITIVE};
use super::register::{Doubles, Integers, WIDTH, transpose};
use super::vector::{Half, Vector, each, settle};
use crate::field::{FieldParams, Fp};

/// Four limbs of 64 bits of four elements, limb by limb.
type Words = [Integers; 4];

/// The limbs of four elements, one after the other.
#[inline(always)]
fn words<P: FieldParams>(elements: &[Fp<P>; WIDTH]) -> &[[u64; 4]; WIDTH] {
    // SAFETY: an element is its four limbs and nothing else.
    unsafe { &*std::ptr::from_ref(elements).cast() }
}

#[inline(always)]
fn words_mut<P: FieldParams>(elements: &mut [Fp<P>; WIDTH]) -> &mut [[u64; 4]; WIDTH] {
    // SAFETY: as above. What is written are reduced elements again.
    unsafe { &mut *std::ptr::from_mut(elements).cast() }
}

/// The limbs of two elements.
#[inline(always)]
fn pair_words<P: FieldParams>(pair: &[Fp<P>; 2]) -> &[[u64; 4]; 2] {
    // SAFETY: as above, of two elements.
    unsafe { &*std::ptr::from_ref(pair).cast() }
}

#[inline(always)]
fn pair_words_mut<P: FieldParams>(pair: &mut [Fp<P>; 2]) -> &mut [[u64; 4]; 2] {
    // SAFETY: as above, of two elements.
    unsafe { &mut *std::ptr::from_mut(pair).cast() }
}

/// Reads four rows of four limbs.
#[inline(always)]
fn read(rows: [&[u64; 4]; WIDTH]) -> Words {
    transpose([
        Integers::load(rows[0]),
        Integers::load(rows[1]),
        Integers::load(rows[2]),
        Integers::load(rows[3]),
    ])
}

/// `2^52` more than integers below `2^52`.
#[inline(always)]
fn positive(integers: Integers) -> Doubles {
    (integers | Integers::splat(POSITIVE.to_bits())).as_doubles()
}

/// Half of elements with factor `2^256`, modulo p.
#[inline(always)]
fn unpack_halved<P: FieldParams>(a: Words) -> Half {
    let mask = Integers::splat(LIMB_MASK);
    let limbs = [
        a[0].right::<1>() & mask,
        (a[0].right::<52>() | a[1].left::<12>()) & mask,
        (a[1].right::<39>() | a[2].left::<25>()) & mask,
        (a[2].right::<26>() | a[3].left::<38>()) & mask,
        a[3].right::<13>(),
    ];
    let odd = a[0].left::<63>().as_doubles();
    let even = Doubles::splat(POSITIVE);
    each!(I => positive(limbs[I]) - even.replace(odd, Doubles::splat(POSITIVE - Constants::<P>::HALF[I])))
}

/// Integers below `2^255`.
#[inline(always)]
fn unpack(a: Words) -> Half {
    let mask = Integers::splat(LIMB_MASK);
    let limbs = [
        a[0] & mask,
        (a[0].right::<51>() | a[1].left::<13>()) & mask,
        (a[1].right::<38>() | a[2].left::<26>()) & mask,
        (a[2].right::<25>() | a[3].left::<39>()) & mask,
        a[3].right::<12>(),
    ];
    each!(I => positive(limbs[I]) - Doubles::splat(POSITIVE))
}

/// Added to the bits of limbs near [`ONES`] so that all but the last are positive when they are carried.
const WRITTEN: [u64; 5] = {
    const BIAS: u64 = 1 << 62;
    let first = BIAS.wrapping_sub(ONES.to_bits());
    let middle = first.wrapping_sub(BIAS >> 51);
    [first, middle, middle, middle, middle.wrapping_sub(BIAS)]
};

/// Limbs between `-2^51` and `2^51` of an integer that is not negative after `terms` are added, carried and written as four limbs of 64 bits.
#[inline(always)]
fn pack(limbs: Half, terms: [Integers; 5]) -> Words {
    let mask = Integers::splat(LIMB_MASK);
    let [l0, l1, l2, l3, l4] = each!(I => (limbs[I] + Doubles::splat(ONES)).bits() + terms[I]);
    let l0 = l0 + Integers::splat(WRITTEN[0]);
    let l1 = l1 + Integers::splat(WRITTEN[1]) + l0.right::<51>();
    let l2 = l2 + Integers::splat(WRITTEN[2]) + l1.right::<51>();
    let l3 = l3 + Integers::splat(WRITTEN[3]) + l2.right::<51>();
    let l4 = l4 + Integers::splat(WRITTEN[4]) + l3.right::<51>();
    let (l0, l1, l2, l3) = (l0 & mask, l1 & mask, l2 & mask, l3 & mask);
    [
        l0 | l1.left::<51>(),
        l1.right::<13>() | l2.left::<38>(),
        l2.right::<26>() | l3.left::<25>(),
        l3.right::<39>() | l4.left::<12>(),
    ]
}

/// Twice elements, below p.
#[inline(always)]
fn pack_doubled<P: FieldParams>(a: Half) -> Words {
    // Up to five halves of p, with limbs up to 2^52: not more than settling allows.
    let limbs = settle::<P>(each!(I => a[I] + a[I]));
    // Of the sum of the limbs from below, each sum is smaller than one of the next limb: the sign of the rounded sum is that of the integer.
    const LIMB: f64 = (1u64 << 51) as f64;
    let sum = limbs[1].multiply_add(Doubles::splat(LIMB), limbs[0]);
    let sum = limbs[2].multiply_add(Doubles::splat(LIMB * LIMB), sum);
    let sum = limbs[3].multiply_add(Doubles::splat(LIMB * LIMB * LIMB), sum);
    let sum = limbs[4].multiply_add(Doubles::splat(LIMB * LIMB * LIMB * LIMB), sum);
    let negative = sum.negatives().bits();
    let p = Constants::<P>::POSITIVE_MODULUS;
    pack(limbs, each!(I => negative & Integers::splat(p[I].cast_unsigned())))
}

#[inline(always)]
fn load_half<P: FieldParams>(rows: [&[u64; 4]; WIDTH]) -> Half {
    unpack_halved::<P>(read(rows))
}

/// One element of each of four pairs.
#[inline(always)]
fn column<'a>(rows: &[&'a [[u64; 4]; 2]; WIDTH], number: usize) -> [&'a [u64; 4]; WIDTH] {
    [&rows[0][number], &rows[1][number], &rows[2][number], &rows[3][number]]
}

#[inline(always)]
fn write(words: Words) -> [[u64; 4]; WIDTH] {
    let mut rows = [[0; 4]; WIDTH];
    for (row, register) in rows.iter_mut().zip(transpose(words)) {
        register.store(row);
    }
    rows
}

impl<P: FieldParams> Vector<P> {
    #[inline(always)]
    pub(super) fn load(elements: &[Fp<P>; LANES]) -> Self {
        let (halves, _) = elements.as_chunks();
        Self::new([
            load_half::<P>(words(&halves[0]).each_ref()),
            load_half::<P>(words(&halves[1]).each_ref()),
        ])
    }

    #[inline(always)]
    pub(super) fn store(self, elements: &mut [Fp<P>; LANES]) {
        let (halves, _) = elements.as_chunks_mut();
        *words_mut(&mut halves[0]) = write(pack_doubled::<P>(self.halves[0]));
        *words_mut(&mut halves[1]) = write(pack_doubled::<P>(self.halves[1]));
    }

    #[inline(always)]
    pub(super) fn load_pairs(pairs: [&[Fp<P>; 2]; LANES]) -> (Self, Self) {
        let rows = pairs.map(pair_words);
        let (halves, _) = rows.as_chunks();
        let (lower, upper) = (&halves[0], &halves[1]);
        (
            Self::new([load_half::<P>(column(lower, 0)), load_half::<P>(column(upper, 0))]),
            Self::new([load_half::<P>(column(lower, 1)), load_half::<P>(column(upper, 1))]),
        )
    }

    #[inline(always)]
    pub(super) fn store_pairs(first: Self, second: Self, pairs: [&mut [Fp<P>; 2]; LANES]) {
        let ([a, b], [c, d]) = (first.halves, second.halves);
        let first = [write(pack_doubled::<P>(a)), write(pack_doubled::<P>(b))];
        let second = [write(pack_doubled::<P>(c)), write(pack_doubled::<P>(d))];
        for (i, pair) in pairs.into_iter().enumerate() {
            *pair_words_mut(pair) = [first[i / WIDTH][i % WIDTH], second[i / WIDTH][i % WIDTH]];
        }
    }
}

/// Pairs of integers below `2^255` that eight rows are, the second with its sign changed where the bit `sign` is above it.
#[inline(always)]
pub(super) fn load_rows<P: FieldParams>(rows: [&[u64; 8]; LANES], sign: u64) -> (Vector<P>, Vector<P>) {
    let (halves, _) = rows.as_chunks();
    let ((a, b), (c, d)) = (load_row_half(&halves[0], sign), load_row_half(&halves[1], sign));
    (Vector::new([a, c]), Vector::new([b, d]))
}

#[inline(always)]
fn load_row_half(rows: &[&[u64; 8]; WIDTH], sign: u64) -> (Half, Half) {
    let [(a, e), (b, f), (c, g), (d, h)] = [split(rows[0]), split(rows[1]), split(rows[2]), split(rows[3])];
    let [y0, y1, y2, y3] = read([e, f, g, h]);
    let signs = (y3 & Integers::splat(sign)).as_doubles();
    let y = unpack([y0, y1, y2, y3 & Integers::splat(!sign)]);
    (unpack(read([a, b, c, d])), each!(I => y[I].with_signs_changed(signs)))
}

/// The two halves of a row.
#[inline(always)]
fn split(row: &[u64; 8]) -> (&[u64; 4], &[u64; 4]) {
    let (halves, _) = row.as_chunks();
    (&halves[0], &halves[1])
}

/// The rows of eight pairs of integers that are not negative and below `2^255`, with limbs up to `2^51`.
#[inline(always)]
pub(super) fn write_rows<P: FieldParams>(x: Vector<P>, y: Vector<P>) -> [[u64; 8]; LANES] {
    let ([a, b], [c, d]) = (x.halves, y.halves);
    let none = [Integers::splat(0); 5];
    let mut rows = [[0; 8]; LANES];
    let (halves, _) = rows.as_chunks_mut();
    write_row_half(&mut halves[0], pack(a, none), pack(c, none));
    write_row_half(&mut halves[1], pack(b, none), pack(d, none));
    rows
}

#[inline(always)]
fn write_row_half(rows: &mut [[u64; 8]; WIDTH], x: Words, y: Words) {
    for (row, (x, y)) in rows.iter_mut().zip(transpose(x).into_iter().zip(transpose(y))) {
        let (halves, _) = row.as_chunks_mut();
        x.store(&mut halves[0]);
        y.store(&mut halves[1]);
    }
}
