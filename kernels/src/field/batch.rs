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
    let mut product = Fp::ONE;
    // Before element i: the product of all non-zero elements in front of it.
    let prefixes: Vec<Fp<P>> = elements
        .iter()
        .map(|element| {
            let prefix = product;
            if !element.is_zero() {
                product *= *element;
            }
            prefix
        })
        .collect();
    let mut suffix_inverse = product.inverse().expect("a product of non-zero elements is not zero");
    for (element, prefix) in elements.iter_mut().zip(prefixes).rev() {
        if !element.is_zero() {
            let inverse = suffix_inverse * prefix;
            suffix_inverse *= *element;
            *element = inverse;
        }
    }
}
