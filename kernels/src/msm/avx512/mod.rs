//! Additions of eight pairs of points at a time, with AVX-512 IFMA ([`lanes`](crate::lanes)).

#![expect(
    unsafe_code,
    reason = "code for a processor that was found is called, and memory is asked for ahead"
)]

mod add;

#[cfg(test)]
mod tests;

pub(super) use add::VectorAdder;
