//! Sums of many multiples over BN254, with scalars as provers have them. One thread each.
//!
//! Several sums over the same points (`many`), and sums with multiples of the points at hand (`tables`), are beside the same sums
//! one after the other, and beside those of libraries that have nothing of the kind.

use std::sync::Arc;

use ark_ec::{AffineRepr, CurveGroup as _, VariableBaseMSM as _};
use ark_ff::{BigInteger as _, PrimeField as _};
use chinampa_kernels::curve::bn254::{G1Affine, G1Projective};
use chinampa_kernels::msm::{Span, Tables, msm_many};
use chinampa_kernels::{Fr, msm};
use halo2curves::CurveAffine as _;
use halo2curves::bn256;
use halo2curves::ff::{FromUniformBytes as _, PrimeField as _};
use halo2curves::group::Curve as _;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::bench::{Bench, Contender, Definition};
use crate::inputs;

pub(crate) fn definitions() -> Vec<Definition> {
    let bench = |name, build| Definition { name, operation: "point times a scalar, of one sum", build };
    vec![
        bench("msm/2^12-random", |scale| contest(scale.pick(1 << 12, 8), |bytes, _| bytes)),
        bench("msm/2^14-random", |scale| contest(scale.pick(1 << 14, 8), |bytes, _| bytes)),
        bench("msm/2^16-random", |scale| contest(scale.pick(1 << 16, 8), |bytes, _| bytes)),
        bench("msm/2^18-random", |scale| contest(scale.pick(1 << 18, 8), |bytes, _| bytes)),
        bench("msm/2^20-random", |scale| contest(scale.pick(1 << 20, 8), |bytes, _| bytes)),
        bench("msm/2^12-small", |scale| contest(scale.pick(1 << 12, 8), |bytes, _| low_bytes(bytes, 4))),
        bench("msm/2^16-small", |scale| contest(scale.pick(1 << 16, 8), |bytes, _| low_bytes(bytes, 4))),
        bench("msm/2^20-small", |scale| contest(scale.pick(1 << 20, 8), |bytes, _| low_bytes(bytes, 4))),
        bench("msm/2^12-sparse", |scale| contest(scale.pick(1 << 12, 8), sparse)),
        bench("msm/2^16-sparse", |scale| contest(scale.pick(1 << 16, 8), sparse)),
        bench("msm/2^20-sparse", |scale| contest(scale.pick(1 << 20, 8), sparse)),
        bench("msm/many-3x2^12-random", |scale| many(3, scale.pick(1 << 12, 8), |bytes, _| bytes)),
        bench("msm/many-3x2^16-random", |scale| many(3, scale.pick(1 << 16, 8), |bytes, _| bytes)),
        bench("msm/many-28x2^12-small", |scale| {
            many(28, scale.pick(1 << 12, 8), |bytes, _| low_bytes(bytes, 2))
        }),
        bench("msm/tables-2^12-random", |scale| tables(scale.pick(1 << 12, 8))),
        bench("msm/tables-2^14-random", |scale| tables(scale.pick(1 << 14, 8))),
        bench("msm/tables-2^16-random", |scale| tables(scale.pick(1 << 16, 8))),
    ]
}

/// Below `2^(8 count)`.
fn low_bytes(bytes: [u8; 32], count: usize) -> [u8; 32] {
    let mut low = [0; 32];
    low[32 - count..].copy_from_slice(&bytes[32 - count..]);
    low
}

/// Of eight, one random, two ones, and zeros.
fn sparse(bytes: [u8; 32], index: usize) -> [u8; 32] {
    match index % 8 {
        0 => bytes,
        1 | 2 => {
            let mut one = [0; 32];
            one[31] = 1;
            one
        }
        _ => [0; 32],
    }
}

fn contest(count: usize, change: impl Fn([u8; 32], usize) -> [u8; 32]) -> Bench {
    let scalars: Vec<[u8; 32]> = inputs::elements(count, 11)
        .into_iter()
        .enumerate()
        .map(|(index, bytes)| change(bytes, index))
        .collect();
    let points = points(count);
    let pool = one_thread();
    let contenders = vec![
        ours(&points, &scalars, Arc::clone(&pool)),
        arkworks(&points, &scalars, Arc::clone(&pool)),
        halo2(&points, &scalars, pool),
    ];
    Bench { operations: count, contenders }
}

/// Several sums over the same points.
fn many(columns: usize, count: usize, change: impl Fn([u8; 32], usize) -> [u8; 32]) -> Bench {
    let scalars: Vec<[u8; 32]> = inputs::elements(columns * count, 13)
        .into_iter()
        .enumerate()
        .map(|(index, bytes)| change(bytes, index))
        .collect();
    let points = points(count);
    let pool = one_thread();
    let ours = {
        let (points, scalars, pool) = (points.clone(), fields(&scalars), Arc::clone(&pool));
        let run = move || {
            let spans: Vec<_> = scalars.chunks(count).map(|scalars| Span { first: 0, scalars }).collect();
            pool.install(|| msm_many(&points, &spans))
        };
        Contender::new("chinampa-kernels", run, |sums| encode_all(&sums))
    };
    let one_by_one = {
        let (points, scalars, pool) = (points.clone(), fields(&scalars), Arc::clone(&pool));
        let run = move || -> Vec<G1Affine> {
            pool.install(|| scalars.chunks(count).map(|scalars| msm(&points, scalars)).collect())
        };
        Contender::new("chinampa-kernels", run, |sums| encode_all(&sums))
    };
    let mut contenders = vec![ours, one_by_one];
    for peer in [arkworks, halo2] {
        let mut sums: Vec<_> =
            scalars.chunks(count).map(|scalars| peer(&points, scalars, Arc::clone(&pool))).collect();
        let package = sums[0].package;
        let run = move || sums.iter_mut().flat_map(Contender::answer).collect::<Vec<u8>>();
        contenders.push(Contender::new(package, run, |bytes| bytes));
    }
    Bench { operations: columns * count, contenders }
}

/// A sum with multiples of its points at hand, which are not timed, as many as help.
fn tables(count: usize) -> Bench {
    let scalars = inputs::elements(count, 11);
    let points = points(count);
    let pool = one_thread();
    let with_tables = {
        let tables = Tables::new(&points, usize::MAX).expect("any table fits");
        let (scalars, pool) = (fields(&scalars), Arc::clone(&pool));
        let run = move || pool.install(|| tables.msm_many(&[Span { first: 0, scalars: &scalars }]));
        Contender::new("chinampa-kernels", run, |sums| encode_all(&sums))
    };
    let contenders = vec![
        with_tables,
        ours(&points, &scalars, Arc::clone(&pool)),
        arkworks(&points, &scalars, Arc::clone(&pool)),
        halo2(&points, &scalars, pool),
    ];
    Bench { operations: count, contenders }
}

fn one_thread() -> Arc<ThreadPool> {
    Arc::new(ThreadPoolBuilder::new().num_threads(1).build().expect("one thread"))
}

fn fields(scalars: &[[u8; 32]]) -> Vec<Fr> {
    scalars.iter().map(|bytes| Fr::from_be_bytes(bytes).expect("inputs are canonical")).collect()
}

fn encode_all(sums: &[G1Affine]) -> Vec<u8> {
    sums.iter().flat_map(G1Affine::to_be_bytes).collect()
}

/// Multiples of the generator that are not near each other: the sums of some of them are not those of others, which would be
/// slower than sums ever are over a reference string.
fn points(count: usize) -> Vec<G1Affine> {
    let step = G1Projective::GENERATOR * Fr::from(0x9e37_79b9_7f4a_7c15_u64);
    let multiples: Vec<_> =
        std::iter::successors(Some(step), |sum| Some(sum.double() + step)).take(count).collect();
    G1Projective::batch_to_affine(&multiples)
}

fn ours(points: &[G1Affine], scalars: &[[u8; 32]], pool: Arc<ThreadPool>) -> Contender {
    let points = points.to_vec();
    let scalars = fields(scalars);
    let run = move || pool.install(|| msm(&points, &scalars));
    Contender::new("chinampa-kernels", run, |sum| sum.to_be_bytes().to_vec())
}

fn arkworks(points: &[G1Affine], scalars: &[[u8; 32]], pool: Arc<ThreadPool>) -> Contender {
    let coordinate = |bytes: [u8; 32]| ark_bn254::Fq::from_be_bytes_mod_order(&bytes);
    let points: Vec<_> = points
        .iter()
        .map(|point| {
            ark_bn254::G1Affine::new(coordinate(point.x().to_be_bytes()), coordinate(point.y().to_be_bytes()))
        })
        .collect();
    let scalars: Vec<_> = scalars.iter().map(|bytes| ark_bn254::Fr::from_be_bytes_mod_order(bytes)).collect();
    let run = move || {
        pool.install(|| ark_bn254::G1Projective::msm(&points, &scalars).expect("as many points as scalars"))
    };
    Contender::new("ark-bn254", run, |sum| {
        let (x, y) = sum.into_affine().xy().expect("the answer is not the identity");
        [x.into_bigint().to_bytes_be(), y.into_bigint().to_bytes_be()].concat()
    })
}

fn halo2(points: &[G1Affine], scalars: &[[u8; 32]], pool: Arc<ThreadPool>) -> Contender {
    let coordinate = |mut bytes: [u8; 32]| {
        bytes.reverse();
        bn256::Fq::from_repr(bytes.into()).expect("coordinates are canonical")
    };
    let points: Vec<_> = points
        .iter()
        .map(|point| {
            let (x, y) = (coordinate(point.x().to_be_bytes()), coordinate(point.y().to_be_bytes()));
            bn256::G1Affine::from_xy(x, y).expect("a point of the curve")
        })
        .collect();
    let scalars: Vec<_> = scalars
        .iter()
        .map(|bytes| {
            let mut wide = [0; 64];
            for (to, from) in wide.iter_mut().zip(bytes.iter().rev()) {
                *to = *from;
            }
            bn256::Fr::from_uniform_bytes(&wide)
        })
        .collect();
    let run = move || pool.install(|| halo2curves::msm::msm_best(&scalars, &points).to_affine());
    Contender::new("halo2curves", run, |sum| {
        let coordinates = sum.coordinates().expect("the answer is not the identity");
        let encode =
            |element: &bn256::Fq| element.to_repr().as_ref().iter().rev().copied().collect::<Vec<u8>>();
        [encode(coordinates.x()), encode(coordinates.y())].concat()
    })
}
