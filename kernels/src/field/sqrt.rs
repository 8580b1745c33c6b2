//! Square roots by Tonelli and Shanks.
//!
//! With `p - 1 = 2^s t`, `t` odd, `x^((t+1)/2)` is a root of `x` up to an element of order `2^s`, and the loop removes that
//! element bit by bit. For [`Fq`](super::Fq), `s` is 1 and the loop body never runs: the root is one power. For
//! [`Fr`](super::Fr), `s` is 28.
//!
//! # Source
//! Cohen, "A Course in Computational Algebraic Number Theory", algorithm 1.5.1.

use super::limbs::{self, Limbs};
use super::montgomery::{FieldParams, Fp};

impl<P: FieldParams> Fp<P> {
    /// The `s` of `p - 1 = 2^s t` with odd `t`.
    pub const TWO_ADICITY: u32 = {
        let even = P::MODULUS[0] - 1;
        assert!(even != 0, "the loop below looks at one limb");
        even.trailing_zeros()
    };

    /// An element of order exactly `2^TWO_ADICITY`: [`FieldParams::NON_RESIDUE`] to the power `t`.
    pub const ROOT_OF_UNITY: Self = match Self::from_canonical_limbs([P::NON_RESIDUE, 0, 0, 0]) {
        Some(non_residue) => non_residue.pow(&shift_right(P::MODULUS, Self::TWO_ADICITY)),
        None => panic!("the non-residue is not below the modulus"),
    };

    /// One of the two square roots, unspecified which; `None` if there is none. Zero for zero. Variable time.
    pub fn sqrt(&self) -> Option<Self> {
        if self.is_zero() {
            return Some(*self);
        }
        // self^((t-1)/2), since p = 2^s t + 1 shifted right by s + 1 is (t-1)/2.
        let power = self.pow(&shift_right(P::MODULUS, Self::TWO_ADICITY + 1));
        let mut root = power * *self;
        // Invariant: root^2 = self * error, and unity has order 2^log_order, which error's order divides.
        let mut error = root * power;
        let mut unity = Self::ROOT_OF_UNITY;
        let mut log_order = Self::TWO_ADICITY;
        while error != Self::ONE {
            let error_log_order = log_order_of(error, log_order)?;
            let correction = (error_log_order + 1..log_order).fold(unity, |power, _| power.square());
            unity = correction.square();
            root *= correction;
            error *= unity;
            log_order = error_log_order;
        }
        Some(root)
    }
}

/// The `k` below `limit` with `element` of order `2^k`; `None` if there is none.
fn log_order_of<P: FieldParams>(element: Fp<P>, limit: u32) -> Option<u32> {
    let mut power = element;
    (0..limit).find(|_| {
        let is_one = power == Fp::ONE;
        power = power.square();
        is_one
    })
}

const fn shift_right(mut value: Limbs, count: u32) -> Limbs {
    let mut step = 0;
    while step < count {
        value = limbs::halve(&value);
        step += 1;
    }
    value
}
