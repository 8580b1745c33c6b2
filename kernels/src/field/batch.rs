//! Many inversions for the price of one.

use super::montgomery::{FieldParams, Fp};
use crate::lanes::{Kernel, LANES, Lanes, dispatch};

/// Elements below which one chain of products is cheaper than one in each lane.
const FEW: usize = 4 * LANES;

/// Replaces every element by its inverse; zeros stay zero.
///
/// # Cost
/// One inversion and three multiplications per element; one temporary buffer of the same length.
///
/// # Source
/// Montgomery, "Speeding the Pollard and elliptic curve methods of factorization" (1987), section 10.3.1.
pub fn batch_inverse<P: FieldParams>(elements: &mut [Fp<P>]) {
    if elements.len() < FEW {
        one_chain(elements);
    } else {
        dispatch(Chains(elements));
    }
}

/// One chain of products in each lane.
struct Chains<'a, P: FieldParams>(&'a mut [Fp<P>]);

impl<P: FieldParams> Kernel<P> for Chains<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<P>>(self) {
        // The product of the elements in front, without those that are zero.
        let mut prefixes: Vec<L> = Vec::with_capacity(self.0.len().div_ceil(LANES));
        let mut product = L::one();
        for group in self.0.chunks(LANES) {
            prefixes.push(product);
            let elements = L::load_some(group);
            product *= elements.replace(elements.zeros(), L::one());
        }
        let mut inverses = product.to_array();
        one_chain(&mut inverses);
        let mut suffix = L::load(&inverses);
        for (group, &prefix) in self.0.chunks_mut(LANES).zip(&prefixes).rev() {
            let elements = L::load_some(group);
            let zeros = elements.zeros();
            (suffix * prefix).replace(zeros, L::zero()).store_some(group);
            suffix *= elements.replace(zeros, L::one());
        }
    }
}

fn one_chain<P: FieldParams>(elements: &mut [Fp<P>]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{FqParams, FrParams};

    fn check<P: FieldParams>() {
        for len in (0..3 * FEW).chain([1000, 1003]) {
            let elements: Vec<Fp<P>> =
                (0..len as u64).map(|i| Fp::from(i % 7) * Fp::from(i + 1).pow(&[5, 0, 0, 0])).collect();
            let expected: Vec<_> =
                elements.iter().map(|element| element.inverse().unwrap_or_default()).collect();
            let mut inverses = elements;
            batch_inverse(&mut inverses);
            assert_eq!(inverses, expected);
        }
    }

    #[test]
    fn batches_of_every_length_are_inverted() {
        check::<FrParams>();
        check::<FqParams>();
    }
}
