//! Sums of products that are reduced once.

use super::super::interface::{MAX_PRODUCTS, Products};
use super::multiply::{self, Double};
use super::register::Integers;
use super::vector::Vector;
use crate::field::FieldParams;

/// The products' sum, column by column, not carried: after [`MAX_PRODUCTS`], columns are below `2^60`.
#[derive(Clone, Copy)]
pub(crate) struct VectorProducts {
    sums: [Double; 2],
    count: u32,
}

impl<P: FieldParams> Products<Vector<P>> for VectorProducts {
    #[inline(always)]
    fn new() -> Self {
        Self { sums: [[Integers::splat(0); 10]; 2], count: 0 }
    }

    #[inline(always)]
    fn add(&mut self, a: Vector<P>, b: Vector<P>) {
        multiply::add_product(&mut self.sums, &a, &b);
        self.count += 1;
    }

    #[inline(always)]
    fn sum(self) -> Vector<P> {
        assert!(self.count <= MAX_PRODUCTS, "at most {MAX_PRODUCTS} products, not {}", self.count);
        multiply::reduce(&self.sums, self.count)
    }
}
