//! Many inversions for the price of one.

use super::montgomery::{FieldParams, Fp};

/// Replaces every element by its inverse; zeros stay zero.
///
/// # Cost
/// One inversion and three multiplications per non-zero element; one temporary buffer of the same length.
///
/// # Source
/// Montgomery, "Speeding the Pollard and elliptic curve methods of factorization" (1987), section 10.3.1.
pub fn batch_inverse<P: FieldParams>(elements: &mut [Fp<P>]) {
    // prefixes[i] becomes the product of all non-zero elements in front of element i.
    let mut prefixes = vec![Fp::ZERO; elements.len()];
    let mut product = Fp::ONE;
    for (element, prefix) in elements.iter().zip(&mut prefixes) {
        *prefix = product;
        if !element.is_zero() {
            product *= *element;
        }
    }
    let mut suffix_inverse = product.inverse().expect("a product of non-zero elements is not zero");
    for (element, prefix) in elements.iter_mut().zip(&prefixes).rev() {
        if !element.is_zero() {
            let next = suffix_inverse * *element;
            *element = suffix_inverse * *prefix;
            suffix_inverse = next;
        }
    }
}
