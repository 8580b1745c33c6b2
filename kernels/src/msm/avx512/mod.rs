//! Additions of eight pairs of points at a time, with AVX-512 IFMA.
//!
//! The instructions multiply eight pairs of 52-bit integers. An element is five such limbs in five registers, one lane for each
//! of eight elements, in Montgomery form with factor `2^260` ([`field`]). [`points`] adds points.
//!
//! Source: Gueron, Krasnov, "Accelerating big integer arithmetic using Intel IFMA extensions" (2016).

#![expect(
    unsafe_code,
    reason = "vector registers are loaded and stored, and code for a processor that was found is called"
)]

mod field;
mod points;

#[cfg(test)]
mod tests;

pub(super) use points::VectorAdder;

/// Whether this processor has the instructions.
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}
