//! Sums of products that are reduced once.

use super::super::interface::{MAX_PRODUCTS, Products};
use super::register::Register;
use super::vector::{Double, Vector};
use crate::field::FieldParams;

/// The products' sum, limb by limb, not carried.
#[derive(Clone, Copy)]
pub(crate) struct VectorProducts {
    sum: Double,
    count: u32,
}

impl<P: FieldParams> Products<Vector<P>> for VectorProducts {
    #[inline(always)]
    fn new() -> Self {
        Self { sum: [Register::zero(); 10], count: 0 }
    }

    #[inline(always)]
    fn add(&mut self, a: Vector<P>, b: Vector<P>) {
        Vector::add_product(&mut self.sum, &a, &b);
        self.count += 1;
    }

    #[inline(always)]
    fn sum(self) -> Vector<P> {
        // Of so many products, limbs are below 2^62. Their sum is below 64 (21 * 2^250)^2 < 2^515, which divided by 2^260, and p more,
        // is below 2^256.
        assert!(self.count <= MAX_PRODUCTS, "at most {MAX_PRODUCTS} products, not {}", self.count);
        Vector::reduce(self.sum).sixteen_times()
    }
}
