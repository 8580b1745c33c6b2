//! Values recorded from Aztec 4.1.2 (`tests/vectors/hash.json`, `tests/vectors/poseidon2_params.json`).

use chinampa_kernels::Fr;
use chinampa_kernels::hash::pedersen;
use chinampa_kernels::hash::poseidon2::{self, Sponge, SpongeError, constants};
use chinampa_testkit::vectors;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashVectors {
    poseidon2_permutation: Vec<Case<[Fr; 4], [Fr; 4]>>,
    poseidon2_hash: Vec<Case<Vec<Fr>, Fr>>,
    poseidon2_hash_with_separator: Vec<SeparatorCase>,
    poseidon2_hash_bytes: Vec<Case<String, Fr>>,
    sponge_blob: Vec<SpongeCase>,
    sponge_blob_iv: Fr,
    pedersen: Vec<PedersenCase>,
}

#[derive(Deserialize)]
struct Case<I, O> {
    r#in: I,
    out: O,
}

#[derive(Deserialize)]
struct SeparatorCase {
    separator: u32,
    r#in: Vec<Fr>,
    out: Fr,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpongeCase {
    r#in: String,
    state_fields_before_squeeze: [Fr; 10],
    out: Fr,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PedersenCase {
    r#in: Vec<Fr>,
    hash_index: u32,
    hash: Fr,
    commit: [Fr; 2],
}

fn hash_vectors() -> HashVectors {
    vectors::json("hash.json")
}

#[test]
fn poseidon2_permutation() {
    let cases = hash_vectors().poseidon2_permutation;
    assert!(!cases.is_empty());
    for case in cases {
        let mut state = case.r#in;
        poseidon2::permute(&mut state);
        assert_eq!(state, case.out, "{:?}", case.r#in);
    }
}

#[test]
fn poseidon2_hash() {
    let cases = hash_vectors().poseidon2_hash;
    assert!(!cases.is_empty());
    for case in cases {
        assert_eq!(poseidon2::hash(&case.r#in), case.out, "{:?}", case.r#in);
        if let [left, right] = case.r#in[..] {
            assert_eq!(poseidon2::hash_pair(left, right), case.out);
        }
    }
}

#[test]
fn poseidon2_hash_with_separator() {
    let cases = hash_vectors().poseidon2_hash_with_separator;
    assert!(!cases.is_empty());
    for case in cases {
        assert_eq!(poseidon2::hash_with_separator(case.separator, &case.r#in), case.out);
    }
}

#[test]
fn poseidon2_hash_bytes() {
    let cases = hash_vectors().poseidon2_hash_bytes;
    assert!(!cases.is_empty());
    for case in cases {
        let bytes = hex::decode(case.r#in.strip_prefix("0x").unwrap()).unwrap();
        assert_eq!(poseidon2::hash_bytes(&bytes), case.out, "{}", case.r#in);
    }
}

/// The recorded parts are cache, state, cache size, squeeze mode and the number absorbed, which is not ours.
#[test]
fn sponge_blob() {
    let vectors = hash_vectors();
    assert!(!vectors.sponge_blob.is_empty());
    for case in vectors.sponge_blob {
        let count: u64 = case.r#in.strip_prefix("1..").unwrap().parse().unwrap();
        let mut sponge = Sponge::new(vectors.sponge_blob_iv);
        sponge.absorb((1..=count).map(Fr::from)).unwrap();
        let mut parts = sponge.cache().to_vec();
        parts.extend(sponge.state());
        parts.extend([Fr::from(sponge.cache_size()), Fr::from(sponge.squeeze_mode())]);
        assert_eq!(parts, case.state_fields_before_squeeze[..9], "{}", case.r#in);
        let rebuilt =
            Sponge::from_parts(*sponge.cache(), *sponge.state(), sponge.cache_size(), false).unwrap();
        assert_eq!(rebuilt, sponge);

        assert_eq!(sponge.squeeze(), Ok(case.out), "{}", case.r#in);
        assert_eq!(sponge.squeeze(), Err(SpongeError::AlreadySqueezed));
        assert_eq!(sponge.absorb([Fr::ONE]), Err(SpongeError::AlreadySqueezed));
    }
}

#[test]
fn sponge_rejects_a_cache_above_the_rate() {
    let build = |cache_size| Sponge::from_parts([Fr::ONE; 3], [Fr::ZERO; 4], cache_size, false);
    assert_eq!(build(4), Err(SpongeError::CacheSize { actual: 4, maximum: 3 }));
    let mut full = build(3).unwrap();
    let mut absorbed = Sponge::new(Fr::ZERO);
    absorbed.absorb([Fr::ONE; 3]).unwrap();
    assert_eq!(full.squeeze(), absorbed.squeeze());
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Poseidon2Params {
    internal_diag_minus_one: [Fr; 4],
    round_constants: Vec<[Fr; 4]>,
}

#[test]
fn poseidon2_constants() {
    let params: Poseidon2Params = vectors::json("poseidon2_params.json");
    assert_eq!(params.internal_diag_minus_one, constants::INTERNAL_DIAGONAL);
    let ours: Vec<[Fr; 4]> = constants::FIRST_FULL
        .into_iter()
        .chain(constants::PARTIAL.map(|constant| [constant, Fr::ZERO, Fr::ZERO, Fr::ZERO]))
        .chain(constants::LAST_FULL)
        .collect();
    assert_eq!(params.round_constants, ours);
}

/// The recorded commitments always use offset 0; only the hashes use the index.
#[test]
fn pedersen_hash_and_commitment() {
    let cases = hash_vectors().pedersen;
    assert!(!cases.is_empty());
    for case in cases {
        assert_eq!(pedersen::hash(&case.r#in, case.hash_index), case.hash, "{:?}", case.r#in);
        let commitment = pedersen::commit(&case.r#in, 0);
        assert_eq!([commitment.x(), commitment.y()], case.commit, "{:?}", case.r#in);
    }
}
