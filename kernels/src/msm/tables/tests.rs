//! Multiples against doublings one at a time, and sums with them against sums without.

use proptest::prelude::*;

use super::*;
use crate::curve::Projective;
use crate::curve::bn254::G1Params;
use crate::curve::grumpkin::GrumpkinParams;
use crate::msm::{msm, msm_many};

/// Powers of three times the generator, and two identities.
fn points<C: CurveParams>(count: usize) -> Vec<Affine<C>> {
    let powers =
        std::iter::successors(Some(Projective::<C>::GENERATOR), |point| Some(point.double() + *point));
    let mut points = Projective::batch_to_affine(&powers.take(count).collect::<Vec<_>>());
    for identity in [0, count / 2] {
        points[identity] = Affine::IDENTITY;
    }
    points
}

fn check_doubles<C: CurveParams>() {
    for count in 1..20 {
        let points = points::<C>(count);
        let expected: Vec<_> = points
            .iter()
            .map(|&point| Projective::from(point).double().double().double().to_affine())
            .collect();
        assert_eq!(double(&points, 3), expected);
        assert_eq!(double(&points, 0), points);
    }
}

#[test]
fn every_tail_length_is_doubled() {
    check_doubles::<G1Params>();
    check_doubles::<GrumpkinParams>();
}

#[test]
fn tables_take_what_they_announce() {
    let points = points::<G1Params>(300);
    let one = 300 * 64;
    // Two multiples of each point are the fewest.
    assert!(Tables::new(&points, 2 * one - 1).is_none());
    assert_eq!(Tables::<G1Params>::bytes_for(300, 2 * one - 1), None);
    for multiples in 2..60 {
        let tables = Tables::new(&points, multiples * one).unwrap();
        assert!(tables.bytes() <= multiples * one);
        assert_eq!(tables.bytes(), tables.points.len() * 64);
        assert_eq!(Some(tables.bytes()), Tables::<G1Params>::bytes_for(300, multiples * one));
        assert_eq!(tables.points(), points);
    }
    assert!(Tables::<G1Params>::new(&[], usize::MAX).is_none());
}

fn check_sums<C: CurveParams>(bytes: &[([u8; 32], u8)], firsts: [usize; 3], multiples: usize) {
    let points = points::<C>(64);
    // Of some scalars, only the lowest bytes.
    let scalars: Vec<Fp<C::Scalar>> = bytes
        .iter()
        .map(|(bytes, len)| {
            let mut low = [0; 32];
            let start = usize::from(*len % 33);
            low[start..].copy_from_slice(&bytes[start..]);
            Fp::from_be_bytes_reduced(&low)
        })
        .collect();
    let spans = firsts.map(|first| Span { first, scalars: &scalars });
    let expected = msm_many(&points, &spans);
    for (span, &sum) in spans.iter().zip(&expected) {
        assert_eq!(msm(points.get(span.first..).unwrap_or_default(), span.scalars), sum);
    }
    let tables = Tables::new(&points, multiples * 64 * 64).unwrap();
    assert_eq!(tables.msm_many(&spans), expected);
    let shape = tables.shape;
    let forced = engine::sums(
        &tables.points,
        &[Span { first: 0, scalars: &scalars[..scalars.len().min(64)] }],
        |_, lengths| {
            let windows = lengths.windows(shape.window_bits);
            Cut { window_bits: shape.window_bits, windows, groups: windows.min(shape.groups), table_len: 64 }
        },
    );
    assert_eq!(forced, [msm(&points, &scalars)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sums_with_multiples_are_those_without(
        scalars in prop::collection::vec((any::<[u8; 32]>(), any::<u8>()), 0..100),
        firsts in any::<[u8; 3]>(),
        multiples in 2usize..40,
    ) {
        let firsts = firsts.map(|first| usize::from(first) % 70);
        check_sums::<G1Params>(&scalars, firsts, multiples);
        check_sums::<GrumpkinParams>(&scalars, firsts, multiples);
    }
}
