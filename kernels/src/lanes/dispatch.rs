//! From the backend in use to code for it.

use super::interface::Lanes;
use super::portable::Portable;
#[cfg(target_arch = "x86_64")]
use crate::backend::Backend;
use crate::field::FieldParams;

/// Work on lanes.
pub trait Kernel<P: FieldParams> {
    /// What it computes.
    type Output;

    /// Does the work.
    ///
    /// Mark it and every generic function that it calls with lanes `#[inline(always)]`, and write loops, not closures: only code
    /// that is inlined into [`dispatch`] may use the backend's instructions. What is not is slow, but right.
    fn run<L: Lanes<P>>(self) -> Self::Output;
}

/// Does the work with the instructions of the backend in use.
///
/// Choosing costs a few nanoseconds: a kernel is to be some hundred multiplications or more.
#[inline]
pub fn dispatch<P: FieldParams, K: Kernel<P>>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    match Backend::current() {
        Backend::Avx512Ifma => return super::avx512::run(kernel),
        Backend::Avx2 => return super::avx2::run(kernel),
        Backend::Portable => {}
    }
    kernel.run::<Portable<P>>()
}
