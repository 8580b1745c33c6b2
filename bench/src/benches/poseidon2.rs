//! Poseidon2 with Barretenberg's parameters: width 4, 8 full and 56 partial rounds.
//!
//! The peers publish only the permutation; the hash around it, the same for both, is written here.

use acir_field::{AcirField, GenericFieldElement};
use ark_ff::{BigInteger as _, PrimeField as _, Zero as _};
use bn254_blackbox_solver::poseidon2_permutation;
use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2;

use crate::bench::{Bench, Contender, Definition, Scale};
use crate::inputs;

type ArkFr = ark_bn254::Fr;
type NoirFr = GenericFieldElement<ArkFr>;

const RATE: usize = 3;
const OURS: &str = "chinampa-kernels";
const TACEO: &str = "taceo-poseidon2";
const NOIR: &str = "bn254_blackbox_solver";

pub(crate) fn definitions() -> Vec<Definition> {
    let bench = |name, operation, build| Definition { name, operation, build };
    vec![
        bench("poseidon2/permutation", "permutation, each of the last", permutation),
        bench("poseidon2/hash-2", "hash of 2 elements, as in a tree", |scale| hash(2, scale)),
        bench("poseidon2/hash-3", "hash of 3 elements", |scale| hash(3, scale)),
        bench("poseidon2/hash-64", "hash of 64 elements", |scale| hash(64, scale)),
    ]
}

fn permutation(scale: Scale) -> Bench {
    let count = scale.pick(64, 2);
    let input = inputs::elements(4, 1);
    let ours: [Fr; 4] = [0, 1, 2, 3].map(|lane| decode_ours(&input[lane]));
    let ark: [ArkFr; 4] = [0, 1, 2, 3].map(|lane| decode_ark(&input[lane]));
    let noir: Vec<NoirFr> = input.iter().map(|bytes| NoirFr::from_be_bytes_reduce(bytes)).collect();
    let contenders = vec![
        Contender::new(
            OURS,
            move || {
                let mut state = ours;
                (0..count).for_each(|_| poseidon2::permute(&mut state));
                state
            },
            |state| state.iter().flat_map(Fr::to_be_bytes).collect(),
        ),
        Contender::new(
            TACEO,
            move || {
                let mut state = ark;
                (0..count).for_each(|_| taceo_poseidon2::bn254::t4::permutation_in_place(&mut state));
                state
            },
            |state| state.iter().flat_map(encode_ark).collect(),
        ),
        Contender::new(
            NOIR,
            move || {
                (0..count).fold(noir.clone(), |state, _| poseidon2_permutation(&state).expect("four lanes"))
            },
            |state| state.into_iter().flat_map(AcirField::to_be_bytes).collect(),
        ),
    ];
    Bench { operations: count, contenders }
}

/// Many hashes of `len` elements each; the answer is their sum.
fn hash(len: usize, scale: Scale) -> Bench {
    let count = scale.pick(192 / len, 2);
    let input = inputs::elements(len * count, 2);
    let ours: Vec<Fr> = input.iter().map(decode_ours).collect();
    let ark: Vec<ArkFr> = input.iter().map(decode_ark).collect();
    let noir: Vec<NoirFr> = input.iter().map(|bytes| NoirFr::from_be_bytes_reduce(bytes)).collect();
    let contenders = vec![
        Contender::new(
            OURS,
            move || ours.chunks_exact(len).map(poseidon2::hash).sum::<Fr>(),
            |sum| sum.to_be_bytes().to_vec(),
        ),
        Contender::new(
            TACEO,
            move || ark.chunks_exact(len).map(hash_with_taceo).sum::<ArkFr>(),
            |sum| encode_ark(&sum),
        ),
        Contender::new(
            NOIR,
            move || noir.chunks_exact(len).map(hash_with_noir).sum::<ArkFr>(),
            |sum| encode_ark(&sum),
        ),
    ];
    Bench { operations: count, contenders }
}

fn hash_with_taceo(inputs: &[ArkFr]) -> ArkFr {
    hash_with(inputs, ArkFr::zero(), taceo_poseidon2::bn254::t4::permutation_in_place)
}

fn hash_with_noir(inputs: &[NoirFr]) -> ArkFr {
    let permute = |state: &mut [NoirFr; 4]| {
        *state = poseidon2_permutation(state).expect("four lanes").try_into().expect("four lanes");
    };
    hash_with(inputs, NoirFr::zero(), permute).into_repr()
}

/// Barretenberg's fixed-length hash around someone's permutation.
fn hash_with<F>(inputs: &[F], zero: F, permute: impl Fn(&mut [F; 4])) -> F
where
    F: Copy + std::ops::AddAssign + From<u128>,
{
    let mut state = [zero, zero, zero, F::from((inputs.len() as u128) << 64)];
    for chunk in inputs.chunks(RATE) {
        for (lane, input) in state.iter_mut().zip(chunk) {
            *lane += *input;
        }
        permute(&mut state);
    }
    state[0]
}

fn decode_ours(bytes: &[u8; 32]) -> Fr {
    Fr::from_be_bytes(bytes).expect("inputs are canonical")
}

fn decode_ark(bytes: &[u8; 32]) -> ArkFr {
    ArkFr::from_be_bytes_mod_order(bytes)
}

fn encode_ark(element: &ArkFr) -> Vec<u8> {
    element.into_bigint().to_bytes_be()
}
