//! Vector arithmetic against that of single elements, on edge values and all tail lengths.

use proptest::prelude::*;

use super::super::add::{Addition, Arithmetic, PortableAdder};
use super::VectorAdder;
use crate::backend::Backend;
use crate::curve::bn254::G1Params;
use crate::curve::grumpkin::GrumpkinParams;
use crate::curve::{Affine, CurveParams, Projective};

/// Longest lists of additions: five groups of eight, or two where Miri runs them.
const MAX_LEN: i8 = if cfg!(miri) { 11 } else { 40 };
/// Tries of a law.
const CASES: u32 = if cfg!(miri) { 1 } else { 48 };

/// Few multiples of the generator and their negatives: sums meet equal and opposite points, and the identity.
fn points<C: CurveParams>(multiples: &[i8]) -> Vec<Affine<C>> {
    let point = |&multiple: &i8| {
        let point =
            Projective::<C>::GENERATOR.mul_limbs(&[u64::from(multiple.unsigned_abs()), 0, 0, 0]).to_affine();
        if multiple < 0 { -point } else { point }
    };
    multiples.iter().map(point).collect()
}

fn check<C: CurveParams>(left: &[i8], right: &[i8]) {
    if !Backend::Avx512Ifma.is_supported() {
        return;
    }
    let (left, right) = (points::<C>(left), points::<C>(right));
    let count = left.len().min(right.len());
    let additions: Vec<Addition> =
        (0..count as u32).map(|i| Addition { left: i, right: (count as u32 - 1) - i, out: i }).collect();
    let mut expected = vec![Affine::IDENTITY; count];
    PortableAdder::<C>::new().add(&left, &right, &additions, &mut expected);

    let mut adder = VectorAdder::<C>::new();
    let gather = |adder: &mut VectorAdder<C>, points: &[Affine<C>]| {
        let mut out = Vec::new();
        let entries: Vec<u32> = (0..points.len() as u32).collect();
        adder.gather(points, &entries, &mut out);
        out
    };
    let (left, right) = (gather(&mut adder, &left), gather(&mut adder, &right));
    let mut sums = vec![VectorAdder::<C>::IDENTITY; count];
    adder.add(&left, &right, &additions, &mut sums);
    let sums: Vec<_> = sums.iter().map(VectorAdder::<C>::to_affine).collect();
    assert_eq!(sums, expected);
}

#[test]
fn points_survive_the_change_of_form() {
    let multiples: Vec<i8> = (1..MAX_LEN).collect();
    for point in points::<G1Params>(&multiples) {
        let packed = VectorAdder::<G1Params>::from_affine(&point);
        assert_eq!(VectorAdder::<G1Params>::to_affine(&packed), point);
    }
    let identity = VectorAdder::<G1Params>::from_affine(&Affine::IDENTITY);
    assert!(VectorAdder::<G1Params>::is_identity(&identity));
}

#[test]
fn every_tail_length_is_added() {
    for count in 0..MAX_LEN {
        let left: Vec<i8> = (1..=count).collect();
        let right: Vec<i8> = (1..=count).map(|i| i - 64).collect();
        check::<G1Params>(&left, &right);
        check::<GrumpkinParams>(&left, &right);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn any_points_are_added(
        left in prop::collection::vec(any::<i8>(), 0..MAX_LEN as usize),
        right in prop::collection::vec(any::<i8>(), 0..MAX_LEN as usize),
        few in any::<bool>(),
    ) {
        let shrink = |multiples: Vec<i8>| multiples.into_iter().map(|i| if few { i % 5 } else { i }).collect::<Vec<_>>();
        let (left, right) = (shrink(left), shrink(right));
        check::<G1Params>(&left, &right);
        check::<GrumpkinParams>(&left, &right);
    }
}
