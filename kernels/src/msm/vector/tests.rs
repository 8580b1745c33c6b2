//! Vector arithmetic against that of single elements, on edge values and all tail lengths.

use proptest::prelude::*;

use super::super::add::{Addition, Arithmetic, PortableAdder};
use super::{Avx2Adder, Avx512Adder};
use crate::backend::Backend;
use crate::curve::bn254::G1Params;
use crate::curve::grumpkin::GrumpkinParams;
use crate::curve::{Affine, CurveParams, Projective};
use crate::field::Fp;
use crate::msm::msm;

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
    if Backend::Avx2.is_supported() {
        check_with::<C, Avx2Adder<C>>(left, right);
    }
    if Backend::Avx512Ifma.is_supported() {
        check_with::<C, Avx512Adder<C>>(left, right);
    }
}

fn check_with<C: CurveParams, A: Arithmetic<C>>(left: &[i8], right: &[i8]) {
    let (left, right) = (points::<C>(left), points::<C>(right));
    let count = left.len().min(right.len());
    let additions: Vec<Addition> =
        (0..count as u32).map(|i| Addition { left: i, right: (count as u32 - 1) - i, out: i }).collect();
    let mut expected = vec![Affine::IDENTITY; count];
    PortableAdder::<C>::new().add(&left, &right, &additions, &mut expected);

    let mut adder = A::new();
    let gather = |adder: &mut A, points: &[Affine<C>]| {
        let mut out = Vec::new();
        let entries: Vec<u32> = (0..points.len() as u32).collect();
        adder.gather(points, &entries, &mut out);
        out
    };
    let (left, right) = (gather(&mut adder, &left), gather(&mut adder, &right));
    let mut sums = vec![A::IDENTITY; count];
    adder.add(&left, &right, &additions, &mut sums);
    let sums: Vec<_> = sums.iter().map(A::to_affine).collect();
    assert_eq!(sums, expected);
}

#[test]
fn points_survive_the_change_of_form() {
    let multiples: Vec<i8> = (1..MAX_LEN).collect();
    for point in points::<G1Params>(&multiples) {
        let packed = Avx2Adder::<G1Params>::from_affine(&point);
        assert_eq!(Avx2Adder::<G1Params>::to_affine(&packed), point);
    }
    let identity = Avx2Adder::<G1Params>::from_affine(&Affine::IDENTITY);
    assert!(Avx2Adder::<G1Params>::is_identity(&identity));
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

fn check_sums<C: CurveParams>() {
    // More than are summed one by one.
    let multiples: Vec<i8> = (0..600).map(|i: i16| (i % 251 - 125) as i8).collect();
    let points = points::<C>(&multiples);
    let seven = Fp::<C::Scalar>::from(7u64).pow(&[90, 0, 0, 0]);
    let scalars: Vec<_> =
        std::iter::successors(Some(seven), |scalar| Some(*scalar * seven)).take(points.len()).collect();
    let sums: Vec<_> = Backend::ALL
        .into_iter()
        .filter(|backend| backend.force().is_ok())
        .map(|_| msm(&points, &scalars))
        .collect();
    assert!(sums.iter().all(|sum| *sum == sums[0]));
}

#[test]
fn every_backend_gives_the_same_sum() {
    check_sums::<G1Params>();
    check_sums::<GrumpkinParams>();
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
