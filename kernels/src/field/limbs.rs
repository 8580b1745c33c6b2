//! Carry arithmetic on four 64-bit limbs, least significant first, and the one Montgomery multiplication that every
//! field operation is made of. All of it is `const`.
//!
//! # Method
//! Operand scanning: for each limb of `b`, add the row `a * b[i]` to the accumulator, then add the multiple of the
//! modulus that clears the lowest limb, and drop that limb. A row is four products joined by one carry chain, and is
//! added by a second chain. This needs fewer carry instructions than the usual multiply-accumulate per limb; carries,
//! not products, limit x86-64. Carries are written as 128-bit sums: from `overflowing_add` the compiler makes, where it may
//! use AVX2 or AVX-512, vector code that is much slower.
//!
//! # Sources
//! - Koç, Acar, Kaliski, "Analyzing and comparing Montgomery multiplication algorithms" (1996).
//! - Botrel, El Housni, "EdMSM", eprint 2022/1400: the spare bits of the modulus make a sixth limb unnecessary.

/// A 256-bit integer, least significant limb first.
pub(super) type Limbs = [u64; 4];

/// `a + b + carry` and the carry out, 0 or 1.
#[inline(always)]
const fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = a as u128 + b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// `a - b - borrow` and the borrow out.
#[inline(always)]
const fn sub_borrow(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(borrow as u64);
    (difference, first | second)
}

/// `a + b` modulo `2^256`.
#[inline(always)]
pub(super) const fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let (r0, carry) = add_carry(a[0], b[0], 0);
    let (r1, carry) = add_carry(a[1], b[1], carry);
    let (r2, carry) = add_carry(a[2], b[2], carry);
    [r0, r1, r2, a[3].wrapping_add(b[3]).wrapping_add(carry)]
}

/// `a - b` and the borrow out.
#[inline(always)]
pub(super) const fn sub(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, borrow) = sub_borrow(a[0], b[0], false);
    let (r1, borrow) = sub_borrow(a[1], b[1], borrow);
    let (r2, borrow) = sub_borrow(a[2], b[2], borrow);
    let (r3, borrow) = sub_borrow(a[3], b[3], borrow);
    ([r0, r1, r2, r3], borrow)
}

/// `a - b` if that is not negative, else `a`.
///
/// Chosen by masks: of an `if` the compiler makes a branch, which for sums of field elements goes either way.
#[inline(always)]
pub(super) const fn sub_if_not_below(a: Limbs, b: &Limbs) -> Limbs {
    let (d, borrow) = sub(&a, b);
    let keep = (borrow as u64).wrapping_neg();
    [
        d[0] ^ ((d[0] ^ a[0]) & keep),
        d[1] ^ ((d[1] ^ a[1]) & keep),
        d[2] ^ ((d[2] ^ a[2]) & keep),
        d[3] ^ ((d[3] ^ a[3]) & keep),
    ]
}

/// `2 * a`, which must fit.
#[inline(always)]
pub(super) const fn double(a: &Limbs) -> Limbs {
    [a[0] << 1, a[1] << 1 | a[0] >> 63, a[2] << 1 | a[1] >> 63, a[3] << 1 | a[2] >> 63]
}

/// `a / 2`, rounded down.
#[inline(always)]
pub(super) const fn halve(a: &Limbs) -> Limbs {
    [a[0] >> 1 | a[1] << 63, a[1] >> 1 | a[2] << 63, a[2] >> 1 | a[3] << 63, a[3] >> 1]
}

/// `-modulus^-1 mod 2^64` by Newton's iteration, which doubles the number of correct bits each time.
pub(super) const fn negated_inverse(low_limb: u64) -> u64 {
    let mut inverse = 1u64;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(low_limb.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
}

/// `2^exponent mod modulus` by repeated doubling. The modulus is below `2^255`.
pub(super) const fn power_of_two(exponent: u32, modulus: &Limbs) -> Limbs {
    let mut value = [1, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        value = sub_if_not_below(double(&value), modulus);
        step += 1;
    }
    value
}

/// `a * b` in full.
#[inline(always)]
const fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    (product as u64, (product >> 64) as u64)
}

/// `a * b`, five limbs.
#[inline(always)]
const fn row(a: &Limbs, b: u64) -> [u64; 5] {
    let (low_0, high_0) = wide(a[0], b);
    let (low_1, high_1) = wide(a[1], b);
    let (low_2, high_2) = wide(a[2], b);
    let (low_3, high_3) = wide(a[3], b);
    let (r1, carry) = add_carry(low_1, high_0, 0);
    let (r2, carry) = add_carry(low_2, high_1, carry);
    let (r3, carry) = add_carry(low_3, high_2, carry);
    [low_0, r1, r2, r3, high_3 + carry]
}

/// `a + b`, which must fit.
#[inline(always)]
const fn add_rows(a: &[u64; 5], b: &[u64; 5]) -> [u64; 5] {
    let (r0, carry) = add_carry(a[0], b[0], 0);
    let (r1, carry) = add_carry(a[1], b[1], carry);
    let (r2, carry) = add_carry(a[2], b[2], carry);
    let (r3, carry) = add_carry(a[3], b[3], carry);
    [r0, r1, r2, r3, a[4].wrapping_add(b[4]).wrapping_add(carry)]
}

/// Adds the multiple of the modulus that clears the lowest limb, and drops that limb.
#[inline(always)]
const fn fold(sum: &[u64; 5], modulus: &Limbs, negated_inverse: u64) -> Limbs {
    let multiple = row(modulus, sum[0].wrapping_mul(negated_inverse));
    let [_, r0, r1, r2, r3] = add_rows(sum, &multiple);
    [r0, r1, r2, r3]
}

/// A representative of `a * b / 2^256 mod p`, below `a * b / 2^256 + p`.
///
/// `a + p` must be below `2^256`; `b` is any 256-bit integer. Then every sum fits: if the accumulator is at most `a + p`
/// before a pass, it is at most `a + p + a (2^64 - 1) + p (2^64 - 1) = (a + p) 2^64` before the lowest limb is
/// dropped, and so at most `a + p` after it. The bound on the result is `(a b + m p) / 2^256` with `m < 2^256`.
#[inline(always)]
pub(super) const fn montgomery_mul(a: &Limbs, b: &Limbs, modulus: &Limbs, negated_inverse: u64) -> Limbs {
    // Written out, because the compiler keeps the counter of a loop over `b` in memory.
    let [t0, t1, t2, t3] = fold(&row(a, b[0]), modulus, negated_inverse);
    let [t0, t1, t2, t3] = fold(&add_rows(&[t0, t1, t2, t3, 0], &row(a, b[1])), modulus, negated_inverse);
    let [t0, t1, t2, t3] = fold(&add_rows(&[t0, t1, t2, t3, 0], &row(a, b[2])), modulus, negated_inverse);
    fold(&add_rows(&[t0, t1, t2, t3, 0], &row(a, b[3])), modulus, negated_inverse)
}
