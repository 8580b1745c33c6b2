//! Inversion by division steps.
//!
//! # Method
//! Start with `f = p` (odd) and `g = x`. A division step halves `g`, after first adding or subtracting `f` if `g` is odd,
//! and swaps the two when a counter says that `g` has become the larger; `f` stays odd and the pair shrinks to
//! `(+-1, 0)`. 62 steps depend only on the lowest 62 bits, so they are done on single words and recorded as a
//! two-by-two matrix, which is then applied to the long `f` and `g`, and modulo `p` to `d` and `e`, for which
//! `d x = f` and `e x = g` up to a constant factor. Runs of zero bits, and up to six non-zero bits at once, are taken in
//! one go. Variable time. About ten matrices are needed, against 380 multiplications for `x^(p-2)`.
//!
//! # Sources
//! - Bernstein, Yang, "Fast constant-time gcd computation and modular inversion", eprint 2019/266.
//! - bitcoin-core/secp256k1 `doc/safegcd_implementation.md`, for the variable-time form and the bounds: with 62-bit limbs
//!   and a modulus below `2^256` the sums of products below fit 128 bits, and `d` and `e` stay within `(-2p, p)`.

use super::limbs::Limbs;
use super::montgomery::{FieldParams, Fp};

/// Division steps per matrix, and bits per limb of [`Signed`].
const STEPS: u32 = 62;
const LIMB_MASK: i64 = (1 << STEPS) - 1;

/// A signed integer of five limbs: the lower four are in `0..2^62`, the top one carries the sign.
type Signed = [i64; 5];

/// The matrix that maps `(f, g)` to `2^62` times their values after 62 steps: `[[u, v], [q, r]]`.
struct Steps {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

impl<P: FieldParams> Fp<P> {
    const SIGNED_MODULUS: Signed = to_signed(&P::MODULUS);

    /// `1 / self`, or `None` for zero. Variable time.
    pub fn inverse(&self) -> Option<Self> {
        if self.is_zero() {
            return None;
        }
        let mut f = Self::SIGNED_MODULUS;
        let mut g = to_signed(self.montgomery_limbs());
        let mut d = Signed::default();
        // The Montgomery form of x is x R, so the form of its inverse is R^2 / (x R).
        let mut e = to_signed(&Self::R_SQUARED);
        let mut eta = -1;
        while g != Signed::default() {
            let steps;
            (eta, steps) = divide(eta, f[0] as u64, g[0] as u64);
            apply(&steps, &mut f, &mut g);
            Self::apply_modulo(&steps, &mut d, &mut e);
        }
        // Now f is 1 or -1, because p is prime, and d is f times the answer.
        Some(Self::from_montgomery_limbs(Self::normalize(d, f[4] < 0)))
    }

    /// Applies `steps` to `(d, e)` modulo p: subtracts the multiple of p that makes each result
    /// divisible by `2^62`.
    fn apply_modulo(steps: &Steps, d: &mut Signed, e: &mut Signed) {
        let p = &Self::SIGNED_MODULUS;
        // Adding p to a negative operand first keeps the results within (-2p, p).
        let (d_sign, e_sign) = (d[4] >> 63, e[4] >> 63);
        let d_multiple = (steps.u & d_sign) + (steps.v & e_sign);
        let e_multiple = (steps.q & d_sign) + (steps.r & e_sign);
        let (d_sum, e_sum) = products(steps, d[0], e[0]);
        let clearing = |multiple: i64, sum: i128| {
            // NEGATED_INVERSE is -1/p modulo 2^64, hence also modulo 2^62.
            let needed = (sum as i64).wrapping_mul(Self::NEGATED_INVERSE as i64);
            multiple - (multiple.wrapping_sub(needed) & LIMB_MASK)
        };
        let (d_multiple, e_multiple) = (clearing(d_multiple, d_sum), clearing(e_multiple, e_sum));

        let mut d_sum = (d_sum + wide(p[0], d_multiple)) >> STEPS;
        let mut e_sum = (e_sum + wide(p[0], e_multiple)) >> STEPS;
        for i in 1..5 {
            let (d_next, e_next) = products(steps, d[i], e[i]);
            d_sum += d_next + wide(p[i], d_multiple);
            e_sum += e_next + wide(p[i], e_multiple);
            d[i - 1] = d_sum as i64 & LIMB_MASK;
            e[i - 1] = e_sum as i64 & LIMB_MASK;
            d_sum >>= STEPS;
            e_sum >>= STEPS;
        }
        d[4] = d_sum as i64;
        e[4] = e_sum as i64;
    }

    /// Brings `value`, within `(-2p, p)`, or its negative into `0..p`.
    fn normalize(mut value: Signed, negate: bool) -> Limbs {
        let add_modulus = |value: &mut Signed| {
            for (limb, modulus) in value.iter_mut().zip(&Self::SIGNED_MODULUS) {
                *limb += modulus;
            }
            carry(value);
        };
        if value[4] < 0 {
            add_modulus(&mut value);
        }
        if negate {
            value = value.map(|limb| -limb);
            carry(&mut value);
        }
        if value[4] < 0 {
            add_modulus(&mut value);
        }
        from_signed(&value)
    }
}

/// Runs 62 division steps on the lowest bits of `f` and `g`. `eta` is the counter: below zero, the next step with an
/// odd `g` swaps.
fn divide(mut eta: i64, mut f: u64, mut g: u64) -> (i64, Steps) {
    // Entries are signed and below 2^62 in size; arithmetic modulo 2^64 is the same for both.
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = STEPS;
    loop {
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // The next eta + 1 steps only add f to an odd g and halve. Adding `multiple * f` now, with
        // multiple = -g / f modulo 2^bits, does `bits` of them but the halving. f (2 - f^2) is 1 / f modulo 64,
        // because f is its own inverse modulo 8.
        let bits = (eta + 1).min(i64::from(left)).min(6);
        let mask = (1u64 << bits) - 1;
        let multiple = f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & mask;
        g = g.wrapping_add(f.wrapping_mul(multiple));
        q = q.wrapping_add(u.wrapping_mul(multiple));
        r = r.wrapping_add(v.wrapping_mul(multiple));
    }
    (eta, Steps { u: u as i64, v: v as i64, q: q as i64, r: r as i64 })
}

/// Applies `steps` to `(f, g)`; the division by `2^62` is exact.
fn apply(steps: &Steps, f: &mut Signed, g: &mut Signed) {
    let (f_sum, g_sum) = products(steps, f[0], g[0]);
    let (mut f_sum, mut g_sum) = (f_sum >> STEPS, g_sum >> STEPS);
    for i in 1..5 {
        let (f_next, g_next) = products(steps, f[i], g[i]);
        f_sum += f_next;
        g_sum += g_next;
        f[i - 1] = f_sum as i64 & LIMB_MASK;
        g[i - 1] = g_sum as i64 & LIMB_MASK;
        f_sum >>= STEPS;
        g_sum >>= STEPS;
    }
    f[4] = f_sum as i64;
    g[4] = g_sum as i64;
}

#[inline(always)]
fn products(steps: &Steps, first: i64, second: i64) -> (i128, i128) {
    (wide(steps.u, first) + wide(steps.v, second), wide(steps.q, first) + wide(steps.r, second))
}

#[inline(always)]
fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// Restores the range of the lower four limbs.
fn carry(value: &mut Signed) {
    for i in 0..4 {
        value[i + 1] += value[i] >> STEPS;
        value[i] &= LIMB_MASK;
    }
}

const fn to_signed(a: &Limbs) -> Signed {
    let mask = LIMB_MASK as u64;
    [
        (a[0] & mask) as i64,
        ((a[0] >> 62 | a[1] << 2) & mask) as i64,
        ((a[1] >> 60 | a[2] << 4) & mask) as i64,
        ((a[2] >> 58 | a[3] << 6) & mask) as i64,
        (a[3] >> 56) as i64,
    ]
}

/// Of a value in `0..2^256`.
fn from_signed(a: &Signed) -> Limbs {
    let [a0, a1, a2, a3, a4] = a.map(|limb| limb as u64);
    [a0 | a1 << 62, a1 >> 2 | a2 << 60, a2 >> 4 | a3 << 58, a3 >> 6 | a4 << 56]
}
