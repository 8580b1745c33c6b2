//! Products of eight elements, and their reduction.
//!
//! These functions are called, not inlined: an inlined product would be six hundred instructions in every place, and registers
//! hold hardly anything from one to the next.

#[cfg(not(miri))]
use std::arch::asm;

use super::super::interface::LANES;
use super::constants::{Columns, Constants, HALF_LIMB, LIMB_BITS, LIMB_MASK, LIMBS, ONES, POSITIVE};
use super::register::{Doubles, Integers, WIDTH};
use super::vector::{Half, Vector, each};
use crate::field::FieldParams;

/// Columns of a product of four pairs: sums of the bits of parts.
pub(super) type Double = [Integers; 10];

/// Adds the upper and the lower part of a product `a b` up to `2^102` to two columns: `a b / 2^51`, rounded, and what is left, at most
/// `2^50`. What is added are bits of doubles, those of [`LIMBS`] and [`ONES`] too many.
///
/// `b` is limb `number` of the five that a pointer is to. A macro, because only functions for the instructions may have it. In assembly,
/// because the compiler would rather multiply all limbs first, put the parts in memory, and add them up when all are there.
#[cfg(not(miri))]
macro_rules! add_parts {
    ($t:ident, $column:expr, $a:expr, $b:expr, $number:expr) => {
        // SAFETY: the pointer is to five limbs, and whoever makes registers has found the instructions.
        unsafe {
            asm!(
                "vmovapd {upper}, {limbs}",
                "vfmadd231pd {upper}, {a}, [{b} + {offset}]",
                // The distance of two doubles that are this near is exact, and so is the lower part.
                "vsubpd {lower}, {both}, {upper}",
                "vfmadd231pd {lower}, {a}, [{b} + {offset}]",
                "vpaddq {t1}, {t1}, {upper}",
                "vpaddq {t0}, {t0}, {lower}",
                t0 = inout(ymm_reg) $t[$column].0,
                t1 = inout(ymm_reg) $t[$column + 1].0,
                a = in(ymm_reg) $a.0,
                b = in(reg) $b,
                offset = const 32 * $number,
                limbs = in(ymm_reg) Doubles::splat(LIMBS).0,
                both = in(ymm_reg) Doubles::splat(LIMBS + ONES).0,
                upper = out(ymm_reg) _,
                lower = out(ymm_reg) _,
                // Not `preserves_flags`: rounding is noted in the control register.
                options(nostack, readonly),
            );
        }
    };
}

/// The same without assembly, for Miri, which has none.
#[cfg(miri)]
macro_rules! add_parts {
    ($t:ident, $column:expr, $a:expr, $b:expr, $number:expr) => {{
        // SAFETY: the pointer is to five limbs.
        let b = unsafe { *$b.cast::<Doubles>().add($number) };
        let upper = $a.multiply_add(b, Doubles::splat(LIMBS));
        let lower = $a.multiply_add(b, Doubles::splat(LIMBS + ONES) - upper);
        $t[$column + 1] = $t[$column + 1] + upper.bits();
        $t[$column] = $t[$column] + lower.bits();
    }};
}

/// Adds `a` times five limbs that a pointer is to, to the columns from `first` on.
macro_rules! add_row {
    ($t:ident, $first:expr, $a:expr, $b:expr) => {{
        let a = $a;
        each!(J => add_parts!($t, $first + J, a, $b, J));
    }};
}

/// A column's lowest 51 bits, as an integer between `-2^50` and `2^50`, and what is above. The column has `2^50` and a multiple of `2^51`
/// too much, which is a constant in what is above.
#[inline(always)]
fn digit(column: Integers) -> (Doubles, Integers) {
    let low = (column & Integers::splat(LIMB_MASK)) | Integers::splat(POSITIVE.to_bits());
    let digit = low.as_doubles() - Doubles::splat(POSITIVE + HALF_LIMB as f64);
    (digit, column.right::<{ LIMB_BITS as i32 }>())
}

/// The multiple of p that makes a digit zero.
///
/// The lower part of its product with the lowest limb of p is minus the digit: they are congruent, and neither is above `2^50` in size. Where
/// both are `2^50` in size, ties are rounded to even, and it is minus the digit again because the product of p and its negated inverse
/// is -1 modulo 4.
#[inline(always)]
fn multiple<P: FieldParams>(digit: Doubles) -> Doubles {
    let limbs = Doubles::splat(LIMBS);
    let inverse = Doubles::splat(Constants::<P>::NEGATED_INVERSE as f64);
    let rounded = digit.multiply_add(inverse, limbs);
    digit.multiply_add(inverse, limbs - rounded)
}

/// The columns of a start.
#[inline(always)]
fn start(columns: &Columns) -> Double {
    let [t0, t1, t2, t3, t4] = each!(I => Integers::splat(columns[I]));
    let [t5, t6, t7, t8, t9] = each!(I => Integers::splat(columns[5 + I]));
    [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9]
}

/// Makes a column zero, modulo p: a step of Montgomery's division. The last one takes p itself, which keeps the integer small; for the
/// others, nothing waits for a product by the inverse.
macro_rules! clear {
    ($t:ident, $step:expr) => {{
        let (digit, above) = digit($t[$step]);
        $t[$step + 1] = $t[$step + 1] + above;
        if $step < 4 {
            add_row!($t, ($step + 1) % 5, digit, Constants::<P>::rows(0));
        } else {
            add_row!($t, 4, multiple::<P>(digit), Constants::<P>::rows(1));
        }
    }};
}

/// Carries columns, and makes limbs of them.
#[inline(always)]
fn finish([t0, t1, t2, t3, t4]: [Integers; 5]) -> Half {
    let (d0, above) = digit(t0);
    let (d1, above) = digit(t1 + above);
    let (d2, above) = digit(t2 + above);
    let (d3, above) = digit(t3 + above);
    [d0, d1, d2, d3, (t4 + above).as_doubles() - Doubles::splat(ONES)]
}

#[inline(always)]
fn upper_half(t: Double) -> Half {
    finish([t[5], t[6], t[7], t[8], t[9]])
}

/// `a b / 2^255`.
#[inline(always)]
pub(super) fn mul<P: FieldParams>(a: &Vector<P>, b: &Vector<P>) -> Vector<P> {
    // SAFETY: whoever makes vectors has found the instructions.
    unsafe { mul_here(a, b) }
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn mul_here<P: FieldParams>(a: &Vector<P>, b: &Vector<P>) -> Vector<P> {
    let [a, c] = &a.halves;
    let (b, d) = (b.halves[0].as_ptr(), b.halves[1].as_ptr());
    let mut t = start(&Constants::<P>::MUL_START);
    let mut u = t;
    // A column is complete after its row: the halves and the rows fill each other's waits.
    each!(I => {
        add_row!(t, I, a[I], b);
        clear!(t, I);
        add_row!(u, I, c[I], d);
        clear!(u, I);
    });
    Vector::new([upper_half(t), upper_half(u)])
}

/// `a^2 / 2^255`, of fifteen products of limbs.
#[inline(always)]
pub(super) fn square<P: FieldParams>(a: &Vector<P>) -> Vector<P> {
    // SAFETY: whoever makes vectors has found the instructions.
    unsafe { square_here(a) }
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn square_here<P: FieldParams>(a: &Vector<P>) -> Vector<P> {
    let (mut t, mut u) = (square_half::<P>(&a.halves[0]), square_half::<P>(&a.halves[1]));
    each!(I => {
        clear!(t, I);
        clear!(u, I);
    });
    Vector::new([upper_half(t), upper_half(u)])
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn square_half<P: FieldParams>(a: &Half) -> Double {
    let b = a.as_ptr();
    let mut t = [Integers::splat(0); 10];
    add_parts!(t, 1, a[0], b, 1);
    add_parts!(t, 2, a[0], b, 2);
    add_parts!(t, 3, a[0], b, 3);
    add_parts!(t, 4, a[0], b, 4);
    add_parts!(t, 3, a[1], b, 2);
    add_parts!(t, 4, a[1], b, 3);
    add_parts!(t, 5, a[1], b, 4);
    add_parts!(t, 5, a[2], b, 3);
    add_parts!(t, 6, a[2], b, 4);
    add_parts!(t, 7, a[3], b, 4);
    let start = &Constants::<P>::MUL_START;
    each!(I => {
        t[2 * I] = t[2 * I] + t[2 * I] + Integers::splat(start[2 * I]);
        t[2 * I + 1] = t[2 * I + 1] + t[2 * I + 1] + Integers::splat(start[2 * I + 1]);
        add_parts!(t, 2 * I, a[I], b, I);
    });
    t
}

/// Adds the product of a and b to columns.
#[inline(always)]
pub(super) fn add_product<P: FieldParams>(sums: &mut [Double; 2], a: &Vector<P>, b: &Vector<P>) {
    // SAFETY: whoever makes vectors has found the instructions.
    unsafe { add_product_here(sums, a, b) }
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn add_product_here<P: FieldParams>(sums: &mut [Double; 2], a: &Vector<P>, b: &Vector<P>) {
    let [first, second] = sums;
    let [a, c] = &a.halves;
    let (b, d) = (b.halves[0].as_ptr(), b.halves[1].as_ptr());
    let mut t = *first;
    each!(I => add_row!(t, I, a[I], b));
    *first = t;
    let mut t = *second;
    each!(I => add_row!(t, I, c[I], d));
    *second = t;
}

/// `sum / 2^255`, of columns to which `count` products were added, at most [`MAX_PRODUCTS`](super::super::interface::MAX_PRODUCTS).
#[inline(always)]
pub(super) fn reduce<P: FieldParams>(sums: &[Double; 2], count: u32) -> Vector<P> {
    // SAFETY: whoever has added products has found the instructions.
    unsafe { reduce_here(sums, count) }
}

#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn reduce_here<P: FieldParams>(sums: &[Double; 2], count: u32) -> Vector<P> {
    let mut expected = Constants::<P>::PRODUCT;
    for column in &mut expected {
        *column = column.wrapping_mul(u64::from(count));
    }
    let expected = start(&expected);
    let (mut t, mut u) = (take_multiples::<P>(&sums[0], &expected), take_multiples::<P>(&sums[1], &expected));
    each!(I => {
        clear!(t, I);
        clear!(u, I);
    });
    Vector::new([upper_half(t), upper_half(u)])
}

/// Takes away the multiple of `2^255 p` that is nearest, and makes columns that are reduced.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn take_multiples<P: FieldParams>(sum: &Double, expected: &Double) -> Double {
    let mut t = [Integers::splat(0); 11];
    let start = start(&Constants::<P>::REDUCTION_OF_MANY);
    for (i, t) in t[..10].iter_mut().enumerate() {
        *t = sum[i] + expected[i];
    }
    // The highest column is below 2^57, and what is carried into it below 2^11. Of 2^62 more than it, the lower 13 bits do not count.
    let highest = (t[9] + Integers::splat(1 << 62)).right::<13>() | Integers::splat(POSITIVE.to_bits());
    let highest = highest.as_doubles() - Doubles::splat(POSITIVE + (1u64 << 49) as f64);
    let (ones, reciprocal) = (Doubles::splat(ONES), Doubles::splat(-8192.0 * Constants::<P>::RECIPROCAL));
    let multiple = highest.multiply_add(reciprocal, ones) - ones;
    add_row!(t, 5, multiple, Constants::<P>::rows(1));
    t[9] = t[9] + t[10].left::<{ LIMB_BITS as i32 }>();
    for (t, start) in t.iter_mut().zip(start) {
        *t = *t + start;
    }
    let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, _] = t;
    [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9]
}

/// Integers times a factor, divided by `2^51`.
#[inline(always)]
pub(super) fn scale<P: FieldParams>(integers: &[i32; LANES], factor: &Half) -> Vector<P> {
    let (halves, _) = integers.as_chunks::<WIDTH>();
    // SAFETY: whoever makes the factor has found the instructions.
    unsafe { Vector::new([scale_half::<P>(&halves[0], factor), scale_half::<P>(&halves[1], factor)]) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn scale_half<P: FieldParams>(integers: &[i32; WIDTH], factor: &Half) -> Half {
    let factor = factor.as_ptr();
    let mut t = [Integers::splat(0); 6];
    for (t, column) in t.iter_mut().zip(Constants::<P>::SCALED) {
        *t = Integers::splat(column);
    }
    add_row!(t, 0, Doubles::from_small(integers), factor);
    let (digit, above) = digit(t[0]);
    t[1] = t[1] + above;
    add_row!(t, 0, multiple::<P>(digit), Constants::<P>::rows(1));
    finish([t[1], t[2], t[3], t[4], t[5]])
}
