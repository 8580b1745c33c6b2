//! Lanes in vector registers, with AVX2 and FMA: doubles whose products are split in two exact parts.
//!
//! An element is five limbs of 51 bits, as doubles, in two times five registers, one lane for each of eight elements ([`Vector`]).
//! [`register`] has all of the instructions, [`constants`] what follows from a modulus, [`multiply`] the products, [`memory`] the way
//! from and to elements of four limbs.
//!
//! A register is made only by code that [`run`] or another function for such processors calls, after the
//! [backend](crate::backend) was found to be supported: that is why its operations are safe.
//!
//! Source: Emmart, Zheng, Weems, "Faster modular exponentiation using double precision floating point arithmetic on the GPU" (2018).

#![expect(
    unsafe_code,
    reason = "instructions of a processor that was found are used, and code for it is called"
)]

mod constants;
mod lanes;
mod memory;
mod multiply;
mod points;
mod products;
mod register;
mod vector;

#[cfg(test)]
mod tests;

pub(crate) use vector::Vector;

use super::dispatch::Kernel;
use crate::backend::Backend;
use crate::field::FieldParams;

/// Runs a kernel on vectors. The caller has made sure that the processor has the instructions.
#[inline]
pub(super) fn run<P: FieldParams, K: Kernel<P>>(kernel: K) -> K::Output {
    debug_assert!(Backend::Avx2.is_supported());
    // SAFETY: this is called for the backend in use only, which is supported.
    unsafe { run_here(kernel) }
}

#[target_feature(enable = "avx2,fma")]
fn run_here<P: FieldParams, K: Kernel<P>>(kernel: K) -> K::Output {
    kernel.run::<Vector<P>>()
}
