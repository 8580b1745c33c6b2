//! Laws of the curves against arkworks, and of Pedersen against its definition.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is its purpose")]

use ark_ec::{AdditiveGroup as _, AffineRepr, CurveGroup as _, PrimeGroup as _};
use ark_ff::{BigInteger as _, PrimeField};
use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::{G1Affine, G1Params};
use chinampa_kernels::curve::grumpkin::{self, GrumpkinParams};
use chinampa_kernels::curve::{Affine, CurveParams, POINT_BYTES, PointError, Projective};
use chinampa_kernels::field::{FieldError, FieldParams, Fp};
use chinampa_kernels::hash::pedersen;
use proptest::prelude::*;

/// The same curve in arkworks.
trait Peer: CurveParams {
    type Ark: AffineRepr;
}

impl Peer for G1Params {
    type Ark = ark_bn254::G1Affine;
}

impl Peer for GrumpkinParams {
    type Ark = ark_grumpkin::Affine;
}

type ArkGroup<C> = <<C as Peer>::Ark as AffineRepr>::Group;

fn ark_field<A: PrimeField, P: FieldParams>(element: Fp<P>) -> A {
    A::from_be_bytes_mod_order(&element.to_be_bytes())
}

/// `integer * G` in arkworks.
fn ark_multiple<C: Peer>(integer: &[u64; 4]) -> ArkGroup<C> {
    ArkGroup::<C>::generator().mul_bigint(integer)
}

fn from_ark<C: Peer>(point: ArkGroup<C>) -> Affine<C>
where
    <C::Ark as AffineRepr>::BaseField: PrimeField,
{
    let decode = |coordinate: <C::Ark as AffineRepr>::BaseField| {
        Fp::from_be_slice(&coordinate.into_bigint().to_bytes_be()).unwrap()
    };
    let (x, y) = point.into_affine().xy().map_or((Fp::ZERO, Fp::ZERO), |(x, y)| (decode(x), decode(y)));
    Affine::new(x, y).unwrap()
}

/// Small integers, their negatives modulo the group's order, and uniform ones.
fn integer<C: CurveParams>() -> impl Strategy<Value = [u64; 4]> {
    prop_oneof![
        (0u64..5).prop_map(|small| [small, 0, 0, 0]),
        (0u64..5).prop_map(|small| (-Fp::<C::Scalar>::from(small)).to_canonical_limbs()),
        (0usize..256).prop_map(|bit| {
            let mut limbs = [0; 4];
            limbs[bit / 64] = 1 << (bit % 64);
            limbs
        }),
        any::<[u64; 4]>(),
        Just([u64::MAX; 4]),
    ]
}

/// The same point with another `Z`.
fn rescaled<C: CurveParams>(point: Affine<C>) -> Projective<C> {
    Projective::from(point) + Projective::GENERATOR - Projective::GENERATOR
}

fn check_group<C: Peer>(a: [u64; 4], b: [u64; 4])
where
    <C::Ark as AffineRepr>::BaseField: PrimeField,
{
    let (ark_a, ark_b) = (ark_multiple::<C>(&a), ark_multiple::<C>(&b));
    let p = Projective::<C>::GENERATOR.mul_limbs(&a).to_affine();
    let q = Projective::<C>::GENERATOR.mul_limbs(&b).to_affine();
    assert_eq!(p, from_ark(ark_a));
    assert!(p.is_on_curve());
    assert_eq!(p.is_identity(), ark_a == ArkGroup::<C>::ZERO);

    let sum = from_ark::<C>(ark_a + ark_b);
    let (p_jacobian, q_jacobian) = (rescaled(p), rescaled(q));
    assert_eq!((p + q).to_affine(), sum);
    assert_eq!((p_jacobian + q).to_affine(), sum);
    assert_eq!((p_jacobian + q_jacobian).to_affine(), sum);
    assert_eq!((Projective::from(p) + q_jacobian).to_affine(), sum);
    let difference = from_ark::<C>(ark_a - ark_b);
    assert_eq!((p - q).to_affine(), difference);
    assert_eq!((p_jacobian - q).to_affine(), difference);
    assert_eq!((p_jacobian - q_jacobian).to_affine(), difference);
    assert_eq!(p_jacobian.double().to_affine(), from_ark(ark_a.double()));
    assert_eq!((-p_jacobian).to_affine(), -p);
    assert_eq!(-p, from_ark(-ark_a));

    assert_eq!(p == q, ark_a == ark_b);
    assert_eq!(p_jacobian == q_jacobian, ark_a == ark_b);
    assert_eq!(p_jacobian, Projective::from(p));
    let mut accumulator = p_jacobian;
    accumulator += q;
    accumulator += q_jacobian;
    accumulator -= q_jacobian;
    assert_eq!(accumulator.to_affine(), sum);
    assert_eq!([p, q].into_iter().sum::<Projective<C>>().to_affine(), sum);
    assert_eq!([p_jacobian, q_jacobian].into_iter().sum::<Projective<C>>().to_affine(), sum);

    assert_eq!(p_jacobian.mul_limbs(&b).to_affine(), from_ark(ark_a.mul_bigint(b)));
    let batch = Projective::batch_to_affine(&[p_jacobian, Projective::IDENTITY, q_jacobian]);
    assert_eq!(batch, [p, Affine::IDENTITY, q]);
}

fn check_encoding<C: Peer>(a: [u64; 4]) {
    let point = Projective::<C>::GENERATOR.mul_limbs(&a).to_affine();
    assert_eq!(Affine::from_be_bytes(&point.to_be_bytes()), Ok(point));
    if !point.is_identity() {
        assert_eq!(Affine::from_x(point.x(), point.y().is_odd()), Some(point));
        assert_eq!(Affine::from_x(point.x(), !point.y().is_odd()), Some(-point));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn bn254_equals_arkworks(a in integer::<G1Params>(), b in integer::<G1Params>()) {
        check_group::<G1Params>(a, b);
        check_encoding::<G1Params>(a);
    }

    #[test]
    fn grumpkin_equals_arkworks(a in integer::<GrumpkinParams>(), b in integer::<GrumpkinParams>()) {
        check_group::<GrumpkinParams>(a, b);
        check_encoding::<GrumpkinParams>(a);
    }

    #[test]
    fn scalars_multiply_as_integers(integer in integer::<G1Params>()) {
        let scalar = Fp::from_be_bytes_reduced(&ark_ff::BigInt(integer).to_bytes_be().try_into().unwrap());
        let point = G1Affine::GENERATOR * scalar;
        prop_assert_eq!(point, Projective::GENERATOR.mul_limbs(&integer));
        prop_assert_eq!(point, Projective::GENERATOR * scalar);
    }

    #[test]
    fn x_lifts_exactly_when_arkworks_lifts(bytes in any::<[u8; 32]>(), y_is_odd in any::<bool>()) {
        let x = Fp::from_be_bytes_reduced(&bytes);
        let lifted = G1Affine::from_x(x, y_is_odd);
        let peer = ark_bn254::G1Affine::get_point_from_x_unchecked(ark_field(x), false);
        prop_assert_eq!(lifted.is_some(), peer.is_some());
        if let Some(point) = lifted {
            prop_assert!(point.is_on_curve());
            prop_assert_eq!((point.x(), point.y().is_odd()), (x, y_is_odd));
        }
    }
}

/// All pairs of a few points, so that identity, equal and opposite operands surely meet.
#[test]
fn edge_pairs() {
    let small = |n: u64| [n, 0, 0, 0];
    let negative = |n: u64| (-Fr::from(n)).to_canonical_limbs();
    for a in [small(0), small(1), small(2), negative(1), negative(2)] {
        for b in [small(0), small(1), small(2), negative(1), negative(2)] {
            check_group::<G1Params>(a, b);
        }
    }
    let order = grumpkin::Projective::GENERATOR.mul_limbs(&chinampa_kernels::Fq::MODULUS);
    assert!(order.is_identity());
    assert_eq!(grumpkin::Projective::IDENTITY.double(), grumpkin::Projective::IDENTITY);
    assert_eq!(grumpkin::Projective::default().to_affine(), grumpkin::Affine::default());
}

fn check_rejections<C: CurveParams>() {
    let generator = Affine::<C>::GENERATOR;
    let bytes = generator.to_be_bytes();
    assert_eq!(Affine::<C>::from_be_bytes(&bytes), Ok(generator));
    assert_eq!(Affine::<C>::from_be_bytes(&[0; POINT_BYTES]), Ok(Affine::IDENTITY));

    let off_curve = Affine::<C>::new(generator.x(), generator.y() + Fp::ONE);
    assert!(matches!(off_curve, Err(PointError::NotOnCurve { curve, .. }) if curve == C::NAME));
    let no_y = Affine::<C>::new(generator.x(), Fp::ZERO);
    assert!(matches!(no_y, Err(PointError::NotOnCurve { .. })));

    // The same coordinates plus the modulus still fit 32 bytes, but are another encoding.
    for (coordinate, start) in [('x', 0), ('y', 32)] {
        for replacement in [modulus_bytes::<C>(), [0xff; 32]] {
            let mut bytes = bytes;
            bytes[start..start + 32].copy_from_slice(&replacement);
            let error = Affine::<C>::from_be_bytes(&bytes).unwrap_err();
            let expected = matches!(
                &error,
                PointError::Coordinate { coordinate: found, source: FieldError::NotCanonical { .. }, .. }
                    if *found == coordinate
            );
            assert!(expected, "{error:?}");
        }
    }
}

fn modulus_bytes<C: CurveParams>() -> [u8; 32] {
    ark_ff::BigInt(<C::Base as FieldParams>::MODULUS).to_bytes_be().try_into().unwrap()
}

#[test]
fn bad_points_are_rejected() {
    check_rejections::<G1Params>();
    check_rejections::<GrumpkinParams>();
}

/// The first two default generators, from a published description of Noir's circuits. (The commitments recorded in
/// `hash.json` bind them without it.)
#[test]
fn pedersen_generators() {
    let parse = |x: &str, y: &str| grumpkin::Affine::new(x.parse().unwrap(), y.parse().unwrap()).unwrap();
    let expected = [
        parse(
            "0x083e7911d835097629f0067531fc15cafd79a89beecb39903f69572c636f4a5a",
            "0x1a7f5efaad7f315c25a918f30cc8d7333fccab7ad7c90f14de81bcc528f9935d",
        ),
        parse(
            "0x054aa86a73cb8a34525e5bbed6e43ba1198e860f5f3950268f71df4591bde402",
            "0x209dcfbf2cfb57f9f6046f44d71ac6faf87254afc7407c04eb621a6287cac126",
        ),
    ];
    let derived: Vec<_> = pedersen::derive_generators(pedersen::DEFAULT_DOMAIN_SEPARATOR, 0, 2).collect();
    assert_eq!(derived, expected);
}

/// Offsets on both sides of the table of precomputed generators, which has 32.
#[test]
fn pedersen_is_the_sum_it_says() {
    for offset in [0u32, 1, 29, 30, 31, 32, 100] {
        for count in 0..4 {
            let inputs: Vec<Fr> = (0..count).map(|i| -Fr::from(i + 7u64)).collect();
            let generators =
                pedersen::derive_generators(pedersen::DEFAULT_DOMAIN_SEPARATOR, offset, inputs.len());
            let sum: grumpkin::Projective = generators
                .zip(&inputs)
                .map(|(generator, input)| {
                    grumpkin::Projective::from(generator).mul_limbs(&input.to_canonical_limbs())
                })
                .sum();
            assert_eq!(pedersen::commit(&inputs, offset), sum.to_affine());

            let length = pedersen::derive_generators(pedersen::LENGTH_DOMAIN_SEPARATOR, 0, 1).next().unwrap();
            let hash = sum + grumpkin::Projective::from(length).mul_limbs(&[count, 0, 0, 0]);
            assert_eq!(pedersen::hash(&inputs, offset), hash.to_affine().x());
        }
    }
    assert_eq!(pedersen::hash(&[], 0), Fr::ZERO);
}
