//! Sums against one multiplication at a time, and against arkworks.

use ark_ec::{AffineRepr, CurveGroup as _, VariableBaseMSM};
use ark_ff::{BigInteger as _, PrimeField};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::add::PortableAdder;
use super::digits::Digits;
use super::engine::sums_with;
use super::{Span, Tables, msm_many};
use crate::curve::bn254::G1Params;
use crate::curve::grumpkin::GrumpkinParams;
use crate::curve::{Affine, CurveParams, Projective};
use crate::field::{FieldParams, Fp, FrParams};

fn naive<C: CurveParams>(points: &[Affine<C>], scalars: &[Fp<C::Scalar>]) -> Affine<C> {
    let terms = points.iter().zip(scalars).map(|(&point, &scalar)| Projective::from(point) * scalar);
    terms.sum::<Projective<C>>().to_affine()
}

/// The sum by what this processor is best at, which must be that of portable code.
fn msm<C: CurveParams>(points: &[Affine<C>], scalars: &[Fp<C::Scalar>]) -> Affine<C> {
    let sum = super::msm(points, scalars);
    let terms = points.len().min(scalars.len());
    let spans = [Span { first: 0, scalars: &scalars[..terms] }];
    let digits = Digits::new(&spans, |_, lengths| lengths.cheapest().0);
    let portable = sums_with::<C, PortableAdder<C>>(&points[..terms], &digits);
    assert_eq!(sum, portable[0].to_affine());
    sum
}

/// `1 G, 2 G, ...`, without any but the last being related in a way that sums of few of them would hide.
fn multiples<C: CurveParams>(count: usize) -> Vec<Affine<C>> {
    let mut sum = Projective::<C>::IDENTITY;
    let all: Vec<_> = (0..count)
        .map(|_| {
            sum += Affine::GENERATOR;
            sum
        })
        .collect();
    Projective::batch_to_affine(&all)
}

/// Scalars as provers have them: none, bits, limbs, negatives of small ones, full ones.
fn scalar<P: FieldParams>() -> impl Strategy<Value = Fp<P>> {
    prop_oneof![
        3 => Just(Fp::ZERO),
        2 => Just(Fp::ONE),
        1 => Just(-Fp::ONE),
        2 => (0u64..1 << 14).prop_map(Fp::from),
        1 => any::<u64>().prop_map(|small| -Fp::from(small)),
        2 => any::<u128>().prop_map(Fp::from),
        3 => any::<[u8; 32]>().prop_map(|bytes| Fp::from_be_bytes_reduced(&bytes)),
    ]
}

/// Few different points, their opposites and the identity: sums meet every case of an addition.
fn point<C: CurveParams>(multiples: Vec<Affine<C>>) -> impl Strategy<Value = Affine<C>> {
    (0..2 * multiples.len() + 1).prop_map(move |choice| match choice.checked_sub(1) {
        None => Affine::IDENTITY,
        Some(index) if index % 2 == 0 => multiples[index / 2],
        Some(index) => -multiples[index / 2],
    })
}

fn check_small<C: CurveParams>() {
    let term = (point(multiples::<C>(4)), scalar::<C::Scalar>());
    let strategy = prop::collection::vec(term, 0..800);
    TestRunner::new(Config::with_cases(24))
        .run(&strategy, |terms| {
            let (points, scalars): (Vec<_>, Vec<_>) = terms.into_iter().unzip();
            prop_assert_eq!(msm(&points, &scalars), naive(&points, &scalars));
            Ok(())
        })
        .unwrap();
}

#[test]
fn sums_of_related_points_are_those_of_single_multiplications() {
    check_small::<G1Params>();
    check_small::<GrumpkinParams>();
}

fn check_equal_points<C: CurveParams>() {
    let count = 5_000u64;
    let points = vec![Affine::<C>::GENERATOR; count as usize];
    let ones = vec![Fp::ONE; count as usize];
    let expected = (Projective::<C>::GENERATOR * Fp::from(count)).to_affine();
    assert_eq!(msm(&points, &ones), expected);
    // Pairs that cancel out.
    let alternating: Vec<_> = (0..count).map(|i| if i % 2 == 0 { Fp::ONE } else { -Fp::ONE }).collect();
    assert!(msm(&points, &alternating).is_identity());
    assert!(msm(&vec![Affine::<C>::IDENTITY; 5_000], &ones).is_identity());
}

#[test]
fn buckets_of_equal_and_opposite_points_are_summed() {
    check_equal_points::<G1Params>();
    check_equal_points::<GrumpkinParams>();
}

#[test]
fn what_has_no_counterpart_does_not_count() {
    let points = multiples::<G1Params>(3);
    let scalars = [Fp::ONE; 2];
    assert_eq!(msm(&points, &scalars), points[2]);
    assert_eq!(msm(&points[..2], &[Fp::ONE; 9]), points[2]);
    assert!(msm(&points, &[]).is_identity());
    assert!(msm::<G1Params>(&[], &scalars).is_identity());
}

fn ark_field<A: PrimeField, P: FieldParams>(element: Fp<P>) -> A {
    A::from_be_bytes_mod_order(&element.to_be_bytes())
}

/// Powers of seven: full-size scalars, all different.
fn powers<P: FieldParams>(count: usize) -> Vec<Fp<P>> {
    let seven = Fp::from(7u64);
    std::iter::successors(Some(Fp::from(3u64).pow(&[1 << 40, 0, 0, 0])), |power| Some(*power * seven))
        .take(count)
        .collect()
}

#[test]
fn large_sums_are_those_of_arkworks() {
    let points = multiples::<G1Params>(20_000);
    let mut scalars = powers(points.len());
    // Crowded buckets, and holes.
    for (i, scalar) in scalars.iter_mut().enumerate() {
        match i % 8 {
            0 => *scalar = Fp::ONE,
            1 => *scalar = Fp::ZERO,
            2 => *scalar = Fp::from(i as u64),
            _ => {}
        }
    }
    let bases: Vec<_> = points
        .iter()
        .map(|point| ark_bn254::G1Affine::new(ark_field(point.x()), ark_field(point.y())))
        .collect();
    let ark_scalars: Vec<_> = scalars.iter().map(|&scalar| ark_field(scalar)).collect();
    let expected =
        <ark_bn254::G1Projective as VariableBaseMSM>::msm(&bases, &ark_scalars).unwrap().into_affine();
    let (x, y) = expected.xy().unwrap();
    let sum = msm(&points, &scalars);
    assert_eq!(sum.x().to_be_bytes().to_vec(), x.into_bigint().to_bytes_be());
    assert_eq!(sum.y().to_be_bytes().to_vec(), y.into_bigint().to_bytes_be());
}

fn check_threads<C: CurveParams>() {
    let points = multiples::<C>(9_000);
    let scalars = powers(points.len());
    let bits: Vec<_> = (0..4_000u64).map(|i| Fp::from(i * i % 3)).collect();
    let spans = [
        Span { first: 0, scalars: &scalars },
        Span { first: 700, scalars: &bits },
        Span { first: 0, scalars: &[] },
        Span { first: 8_990, scalars: &scalars },
        Span { first: 9_001, scalars: &scalars },
    ];
    let tables = Tables::new(&points, 16 << 20).unwrap();
    let expected = spans.map(|span| msm(points.get(span.first..).unwrap_or_default(), span.scalars));
    for threads in [1, 2, 16, 64] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| msm_many(&points, &spans)), &expected[..]);
        assert_eq!(pool.install(|| tables.msm_many(&spans)), &expected[..]);
    }
}

#[test]
fn every_number_of_threads_gives_the_same_points() {
    check_threads::<G1Params>();
    check_threads::<GrumpkinParams>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn sums_of_any_spans_are_those_of_single_multiplications(
        lens in prop::collection::vec((0usize..300, 0usize..300), 0..6),
        values in prop::collection::vec(scalar::<FrParams>(), 300),
        points in prop::collection::vec(point(multiples::<G1Params>(5)), 280),
    ) {
        let spans: Vec<_> = lens.iter().map(|&(first, len)| Span { first, scalars: &values[300 - len..] }).collect();
        let naive = |span: &Span<'_, _>| naive(points.get(span.first..).unwrap_or_default(), span.scalars);
        let expected: Vec<_> = spans.iter().map(naive).collect();
        prop_assert_eq!(msm_many(&points, &spans), &expected[..]);
        let digits = Digits::new(&cut_to(&points, &spans), |_, lengths| lengths.cheapest().0);
        let portable = sums_with::<_, PortableAdder<_>>(&points, &digits);
        prop_assert_eq!(Projective::batch_to_affine(&portable), &expected[..]);
    }
}

/// Spans without the scalars that have no point.
fn cut_to<'a, C: CurveParams>(
    points: &[Affine<C>],
    spans: &[Span<'a, C::Scalar>],
) -> Vec<Span<'a, C::Scalar>> {
    let cut = |span: &Span<'a, C::Scalar>| {
        let len = points.len().saturating_sub(span.first).min(span.scalars.len());
        Span { first: span.first, scalars: &span.scalars[..len] }
    };
    spans.iter().map(cut).collect()
}
