//! Eight field elements at a time.
//!
//! Work on many elements is written once, as a [`Kernel`] over any [`Lanes`], and [`dispatch`] runs it with the instructions of the
//! [backend](crate::backend) in use. All backends give the same elements.
//!
//! ```
//! use chinampa_kernels::field::FrParams;
//! use chinampa_kernels::lanes::{Kernel, LANES, Lanes, dispatch};
//! use chinampa_kernels::Fr;
//!
//! /// Multiplies elements by `factor`.
//! struct Scale<'a>(&'a mut [Fr], Fr);
//!
//! impl Kernel<FrParams> for Scale<'_> {
//!     type Output = ();
//!     #[inline(always)]
//!     fn run<L: Lanes<FrParams>>(self) {
//!         let factor = L::splat(self.1);
//!         for group in self.0.chunks_mut(LANES) {
//!             (L::load_some(group) * factor).store_some(group);
//!         }
//!     }
//! }
//!
//! let mut elements: Vec<Fr> = (0..20u64).map(Fr::from).collect();
//! dispatch(Scale(&mut elements, Fr::from(3u64)));
//! assert_eq!(elements[19], Fr::from(57u64));
//! ```

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
mod dispatch;
mod interface;
#[cfg(target_arch = "x86_64")]
mod operators;
#[cfg(target_arch = "x86_64")]
pub(crate) mod points;
mod portable;
#[cfg(test)]
mod tests;

pub use dispatch::{Kernel, dispatch};
pub use interface::{LANES, Lanes, MAX_PRODUCTS, Products};
