//! Laws of the fields and of Poseidon2, against arkworks and against plain definitions.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is its purpose")]

use ark_ff::{BigInteger as _, Field as _, PrimeField};
use chinampa_kernels::field::{FieldError, FieldParams, Fp, FqParams, FrParams, batch_inverse};
use chinampa_kernels::hash::poseidon2::{self, Sponge, constants};
use chinampa_kernels::{Fq, Fr};
use proptest::prelude::*;

type ArkFr = ark_bn254::Fr;
type ArkFq = ark_bn254::Fq;

/// 0, 1, `p - 1`, `2^k` and its neighbours.
fn edges<P: FieldParams>() -> Vec<Fp<P>> {
    let powers = std::iter::successors(Some(Fp::ONE), |power: &Fp<P>| Some(power.double())).take(257);
    let mut edges: Vec<Fp<P>> = powers.flat_map(|power| [power - Fp::ONE, power, power + Fp::ONE]).collect();
    edges.extend([Fp::ZERO, -Fp::<P>::ONE, -Fp::<P>::ONE.double()]);
    edges
}

/// Half edges, half uniform.
fn element<P: FieldParams>() -> impl Strategy<Value = Fp<P>> {
    prop_oneof![
        prop::sample::select(edges::<P>()),
        any::<[u8; 32]>().prop_map(|bytes| Fp::from_be_bytes_reduced(&bytes)),
    ]
}

fn ark<A: PrimeField, P: FieldParams>(element: Fp<P>) -> A {
    A::from_be_bytes_mod_order(&element.to_be_bytes())
}

fn ours<P: FieldParams>(element: impl PrimeField) -> Fp<P> {
    Fp::from_be_slice(&element.into_bigint().to_bytes_be()).unwrap()
}

fn check_binary<P: FieldParams, A: PrimeField>(a: Fp<P>, b: Fp<P>) {
    let (x, y): (A, A) = (ark(a), ark(b));
    assert_eq!(a + b, ours(x + y), "{a} + {b}");
    assert_eq!(a - b, ours(x - y), "{a} - {b}");
    assert_eq!(a * b, ours(x * y), "{a} * {b}");
    assert_eq!(a.cmp(&b), x.cmp(&y), "{a} <=> {b}");
    let (mut sum, mut difference, mut product) = (a, a, a);
    sum += b;
    difference -= b;
    product *= b;
    assert_eq!((sum, difference, product), (a + b, a - b, a * b));
}

fn check_unary<P: FieldParams, A: PrimeField>(a: Fp<P>) {
    let x: A = ark(a);
    assert_eq!(ours::<P>(x), a);
    assert_eq!(-a, ours(-x), "-{a}");
    assert_eq!(a.double(), ours(x.double()), "2 * {a}");
    assert_eq!(a.square(), ours(x.square()), "{a}^2");
    assert_eq!(a.inverse(), x.inverse().map(ours), "1 / {a}");
    assert_eq!(a.is_odd(), x.into_bigint().is_odd(), "{a} odd");
    assert_eq!(a.is_zero(), x.is_zero());
    let root = a.sqrt();
    assert_eq!(root.is_some(), x.sqrt().is_some(), "sqrt {a}");
    if let Some(root) = root {
        assert_eq!(root.square(), a, "sqrt {a}");
    }
}

fn check_encodings<P: FieldParams>(a: Fp<P>) {
    assert_eq!(Fp::from_be_bytes(&a.to_be_bytes()), Ok(a));
    assert_eq!(Fp::from_canonical_limbs(a.to_canonical_limbs()), Some(a));
    assert_eq!(a.to_string().parse(), Ok(a));
    let json = serde_json::to_string(&a).unwrap();
    assert_eq!(json, format!("\"{a}\""));
    assert_eq!(serde_json::from_str::<Fp<P>>(&json).unwrap(), a);
}

#[test]
fn edges_of_fr() {
    for a in edges::<FrParams>() {
        check_unary::<FrParams, ArkFr>(a);
        check_encodings(a);
    }
}

#[test]
fn edges_of_fq() {
    for a in edges::<FqParams>() {
        check_unary::<FqParams, ArkFq>(a);
        check_encodings(a);
    }
}

proptest! {
    #[test]
    fn fr_equals_arkworks(a in element::<FrParams>(), b in element::<FrParams>()) {
        check_binary::<FrParams, ArkFr>(a, b);
        check_unary::<FrParams, ArkFr>(a);
        check_encodings(a);
    }

    #[test]
    fn fq_equals_arkworks(a in element::<FqParams>(), b in element::<FqParams>()) {
        check_binary::<FqParams, ArkFq>(a, b);
        check_unary::<FqParams, ArkFq>(a);
        check_encodings(a);
    }

    #[test]
    fn powers_equal_arkworks(a in element::<FrParams>(), b in element::<FqParams>(), exponent in any::<[u64; 4]>()) {
        prop_assert_eq!(a.pow(&exponent), ours(ark::<ArkFr, _>(a).pow(exponent)));
        prop_assert_eq!(b.pow(&exponent), ours(ark::<ArkFq, _>(b).pow(exponent)));
    }

    #[test]
    fn reduction_equals_arkworks(bytes in prop::array::uniform32(prop_oneof![Just(0), Just(0xff), any::<u8>()])) {
        prop_assert_eq!(Fr::from_be_bytes_reduced(&bytes), ours(ArkFr::from_be_bytes_mod_order(&bytes)));
        prop_assert_eq!(Fq::from_be_bytes_reduced(&bytes), ours(ArkFq::from_be_bytes_mod_order(&bytes)));
        let mut wide = [0; 64];
        wide[..32].copy_from_slice(&bytes);
        wide[32..].copy_from_slice(&bytes.map(|byte| !byte));
        prop_assert_eq!(Fr::from_be_bytes_wide(&wide), ours(ArkFr::from_be_bytes_mod_order(&wide)));
        prop_assert_eq!(Fq::from_be_bytes_wide(&wide), ours(ArkFq::from_be_bytes_mod_order(&wide)));
    }

    #[test]
    fn integers_are_their_values(value in any::<u128>()) {
        prop_assert_eq!(Fr::from(value), ours(ArkFr::from(value)));
        prop_assert_eq!(Fr::from(value as u64), ours(ArkFr::from(value as u64)));
        prop_assert_eq!(Fr::from(value as u32), ours(ArkFr::from(value as u32)));
    }

    #[test]
    fn batch_inversion_is_inversion(elements in prop::collection::vec(element::<FrParams>(), 0..20)) {
        let mut batch = elements.clone();
        batch_inverse(&mut batch);
        for (element, inverse) in elements.iter().zip(batch) {
            prop_assert_eq!(element.inverse().unwrap_or(Fr::ZERO), inverse);
        }
    }

    #[test]
    fn sums_and_products(elements in prop::collection::vec(element::<FrParams>(), 0..20)) {
        let sum = elements.iter().fold(Fr::ZERO, |sum, element| sum + *element);
        let product = elements.iter().fold(Fr::ONE, |product, element| product * *element);
        prop_assert_eq!(elements.iter().sum::<Fr>(), sum);
        prop_assert_eq!(elements.iter().copied().sum::<Fr>(), sum);
        prop_assert_eq!(elements.iter().product::<Fr>(), product);
        prop_assert_eq!(elements.iter().copied().product::<Fr>(), product);
    }

    #[test]
    fn permutation_equals_its_definition(state in prop::array::uniform4(element::<FrParams>())) {
        let mut fast = state;
        poseidon2::permute(&mut fast);
        prop_assert_eq!(fast, naive_permutation(state));
    }

    #[test]
    fn hash_variants_agree(inputs in prop::collection::vec(element::<FrParams>(), 0..20), separator in any::<u32>()) {
        let hash = poseidon2::hash(&inputs);
        prop_assert_eq!(poseidon2::hash_iter(inputs.iter().copied()), hash);

        let mut sponge = Sponge::new(Fr::from((inputs.len() as u128) << 64));
        for input in &inputs {
            sponge.absorb([*input]).unwrap();
        }
        prop_assert_eq!(sponge.squeeze(), Ok(hash));

        let mut separated = vec![Fr::from(separator)];
        separated.extend(&inputs);
        prop_assert_eq!(poseidon2::hash_with_separator(separator, &inputs), poseidon2::hash(&separated));
    }

    #[test]
    fn hash_pair_is_hash(left in element::<FrParams>(), right in element::<FrParams>()) {
        prop_assert_eq!(poseidon2::hash_pair(left, right), poseidon2::hash(&[left, right]));
    }
}

/// The permutation as eprint 2023/323 states it: matrices in full, one reduction per operation.
fn naive_permutation(mut state: [Fr; 4]) -> [Fr; 4] {
    let external = [[5, 7, 1, 3], [4, 6, 1, 1], [1, 3, 5, 7], [1, 1, 4, 6]]
        .map(|row| row.map(|entry: u64| Fr::from(entry)));
    let mut internal = [[Fr::ONE; 4]; 4];
    for (i, diagonal) in constants::INTERNAL_DIAGONAL.iter().enumerate() {
        internal[i][i] += *diagonal;
    }
    let multiply = |matrix: &[[Fr; 4]; 4], state: [Fr; 4]| {
        matrix.map(|row| row.iter().zip(state).map(|(entry, lane)| *entry * lane).sum())
    };
    let full = |state: [Fr; 4], constants: &[Fr; 4]| {
        let lanes = [0, 1, 2, 3].map(|i| (state[i] + constants[i]).pow(&[5, 0, 0, 0]));
        multiply(&external, lanes)
    };
    state = multiply(&external, state);
    state = constants::FIRST_FULL.iter().fold(state, full);
    for constant in constants::PARTIAL {
        state[0] = (state[0] + constant).pow(&[5, 0, 0, 0]);
        state = multiply(&internal, state);
    }
    constants::LAST_FULL.iter().fold(state, full)
}

#[test]
fn a_root_of_unity_has_its_order() {
    fn check<P: FieldParams>(expected_two_adicity: u32) {
        assert_eq!(Fp::<P>::TWO_ADICITY, expected_two_adicity);
        let minus_one = (1..Fp::<P>::TWO_ADICITY).fold(Fp::<P>::ROOT_OF_UNITY, |power, _| power.square());
        assert_eq!(minus_one, -Fp::ONE);
    }
    check::<FrParams>(28);
    check::<FqParams>(1);
}

/// `p + offset` as big-endian bytes.
fn modulus_plus(modulus: [u64; 4], offset: i64) -> [u8; 32] {
    let mut limbs = modulus;
    limbs[0] = limbs[0].checked_add_signed(offset).expect("neither modulus ends in all ones or zeros");
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

fn check_canonical_boundary<P: FieldParams>() {
    let largest = modulus_plus(P::MODULUS, -1);
    assert_eq!(Fp::<P>::from_be_bytes(&largest), Ok(-Fp::ONE));
    let largest_text = format!("0x{}", hex::encode(largest));
    assert_eq!(largest_text.parse(), Ok(-Fp::<P>::ONE));
    assert_eq!(serde_json::from_str::<Fp<P>>(&format!("\"{largest_text}\"")).unwrap(), -Fp::ONE);

    for bytes in [modulus_plus(P::MODULUS, 0), modulus_plus(P::MODULUS, 1), [0xff; 32]] {
        let text = format!("0x{}", hex::encode(bytes));
        let error = FieldError::NotCanonical { field: P::NAME, value: text.clone() };
        assert_eq!(Fp::<P>::from_be_bytes(&bytes), Err(error.clone()));
        assert_eq!(Fp::<P>::from_be_slice(&bytes), Err(error.clone()));
        assert_eq!(text.parse::<Fp<P>>(), Err(error));
        assert!(serde_json::from_str::<Fp<P>>(&format!("\"{text}\"")).is_err());
    }
}

#[test]
fn non_canonical_encodings_are_rejected() {
    check_canonical_boundary::<FrParams>();
    check_canonical_boundary::<FqParams>();
}

#[test]
fn wrong_lengths_are_rejected() {
    assert_eq!(Fr::from_be_slice(&[0; 32]), Ok(Fr::ZERO));
    for actual in [0, 31, 33, 64] {
        let error = FieldError::Length { field: "Fr", expected: 32, actual };
        assert_eq!(Fr::from_be_slice(&vec![0; actual]), Err(error));
    }

    let digits = |count| format!("0x{}", "0".repeat(count));
    assert_eq!(digits(1).parse(), Ok(Fr::ZERO));
    assert_eq!(digits(64).parse(), Ok(Fr::ZERO));
    assert_eq!("0xaBc".parse(), Ok(Fr::from(0xabcu64)));
    for text in [digits(0), digits(65), String::new(), "1".into(), "0X1".into(), "0x+1".into(), "0xg".into()]
    {
        assert_eq!(text.parse::<Fr>(), Err(FieldError::Text { field: "Fr", length: text.len() }), "{text}");
    }
    assert!(serde_json::from_str::<Fr>("1").is_err());
}
