//! The pairing against arkworks.

use ark_bn254::{Bn254, Fq2 as ArkFq2, G1Affine as ArkG1, G2Affine as ArkG2};
use ark_ec::pairing::Pairing as _;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{AdditiveGroup as _, BigInteger as _, Field as _, PrimeField};
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::pairing::{Fq2, Fq6, Fq12, G2_BYTES, G2Affine, G2Error, G2Prepared, pairing_product};
use chinampa_kernels::{Fq, Fr};
use chinampa_testkit::vectors;
use proptest::prelude::*;

fn fq(value: &ark_bn254::Fq) -> Fq {
    Fq::from_be_slice(&value.into_bigint().to_bytes_be()).expect("a canonical integer")
}

fn fq2(value: &ArkFq2) -> Fq2 {
    Fq2::new(fq(&value.c0), fq(&value.c1))
}

fn fq12(value: &ark_bn254::Fq12) -> Fq12 {
    let half = |value: &ark_bn254::Fq6| Fq6::new(fq2(&value.c0), fq2(&value.c1), fq2(&value.c2));
    Fq12::new(half(&value.c0), half(&value.c1))
}

fn g1(point: &ArkG1) -> G1Affine {
    point.xy().map_or(G1Affine::IDENTITY, |(x, y)| G1Affine::new(fq(&x), fq(&y)).expect("a point"))
}

fn g2(point: &ArkG2) -> G2Affine {
    let (x, y) = point.xy().expect("not the identity");
    G2Affine::new(fq2(&x), fq2(&y)).expect("a point")
}

fn ark_scalar(bytes: &[u8; 32]) -> ark_bn254::Fr {
    ark_bn254::Fr::from_be_bytes_mod_order(bytes)
}

#[test]
fn the_generator_is_that_of_arkworks() {
    assert_eq!(g2(&ArkG2::generator()), G2Affine::GENERATOR);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn values_are_those_of_arkworks(a: [u8; 32], b: [u8; 32], c: [u8; 32], d: [u8; 32]) {
        let [a, b, c, d] = [a, b, c, d].map(|bytes| ark_scalar(&bytes));
        let (p, r) = ((ArkG1::generator() * a).into_affine(), (ArkG1::generator() * c).into_affine());
        let (q, s) = ((ArkG2::generator() * b).into_affine(), (ArkG2::generator() * d).into_affine());
        prop_assume!(!q.is_zero() && !s.is_zero());
        let (prepared_q, prepared_s) = (G2Prepared::new(&g2(&q)), G2Prepared::new(&g2(&s)));
        let single = pairing_product([(g1(&p), &prepared_q)]);
        prop_assert_eq!(single, fq12(&Bn254::pairing(p, q).0));
        let double = pairing_product([(g1(&p), &prepared_q), (g1(&r), &prepared_s)]);
        prop_assert_eq!(double, fq12(&Bn254::multi_pairing([p, r], [q, s]).0));
    }

    #[test]
    fn multiples_are_those_of_arkworks(a: [u8; 32]) {
        let expected = (ArkG2::generator() * ark_scalar(&a)).into_affine();
        let point = G2Affine::GENERATOR.multiply(&Fr::from_be_bytes_reduced(&a));
        prop_assert_eq!(point, (!expected.is_zero()).then(|| g2(&expected)));
    }

    #[test]
    fn a_product_is_one_exactly_if_the_exponents_cancel(a in 1u64.., b in 1u64.., off in 0u64..2) {
        // e(a G, b H) e(-(a b + off) G, H)
        let product = Fr::from(a) * Fr::from(b) + Fr::from(off);
        let left = (G1Affine::GENERATOR * Fr::from(a)).to_affine();
        let right = -(G1Affine::GENERATOR * product).to_affine();
        let multiple = G2Prepared::new(&G2Affine::GENERATOR.multiply(&Fr::from(b)).unwrap());
        let generator = G2Prepared::new(&G2Affine::GENERATOR);
        let value = pairing_product([(left, &multiple), (right, &generator)]);
        prop_assert_eq!(value.is_one(), off == 0);
    }
}

#[test]
fn the_identity_pairs_to_one() {
    let generator = G2Prepared::new(&G2Affine::GENERATOR);
    assert!(pairing_product([(G1Affine::IDENTITY, &generator)]).is_one());
    assert!(pairing_product([]).is_one());
    assert!(!pairing_product([(G1Affine::GENERATOR, &generator)]).is_one());
}

fn development_g2() -> [u8; G2_BYTES] {
    vectors::bytes("srs/dev-bn254_g2.dat").try_into().expect("128 bytes")
}

#[test]
fn a_file_of_the_reference_string_is_read() {
    let tau: Fr = vectors::text("srs/dev-tau.txt").trim().parse().unwrap();
    let point = G2Affine::from_be_bytes(&development_g2()).unwrap();
    assert_eq!(Some(point), G2Affine::GENERATOR.multiply(&tau));
    assert_eq!(point.to_be_bytes(), development_g2());
}

#[test]
fn bytes_that_are_no_point_of_the_subgroup_are_told_apart() {
    for word in 0..4 {
        let mut bytes = development_g2();
        bytes[32 * word..][..32].fill(0xff);
        let error = G2Affine::from_be_bytes(&bytes).unwrap_err();
        assert!(matches!(error, G2Error::Coordinate { word: found, .. } if found == word), "{error:?}");
    }
    let mut bytes = development_g2();
    bytes[127] ^= 1;
    assert_eq!(G2Affine::from_be_bytes(&bytes), Err(G2Error::NotOnCurve));
    assert_eq!(G2Affine::from_be_bytes(&[0; G2_BYTES]), Err(G2Error::NotOnCurve));
    // A point found by its x is in the subgroup with a probability of about 2^-254.
    let candidates = (0u64..).map(|i| ArkFq2::new(i.into(), 1u64.into()));
    let outside = candidates.filter_map(|x| ArkG2::get_point_from_x_unchecked(x, false)).next().unwrap();
    assert!(!outside.is_in_correct_subgroup_assuming_on_curve());
    assert_eq!(G2Affine::new(fq2(&outside.x), fq2(&outside.y)), Err(G2Error::NotInSubgroup));
    assert_eq!(G2Affine::new(fq2(&ArkFq2::ZERO), fq2(&ArkFq2::ONE)), Err(G2Error::NotOnCurve));
}
