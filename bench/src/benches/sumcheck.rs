//! One round of sumcheck over the rows of an arithmetic circuit, on one thread: ours, and the textbook's with the fields of others.
//!
//! The textbook goes through pairs of rows, evaluates each relation on the line through them at as many points as its degree needs,
//! and adds up. It is given only the two subrelations that are not zero here, which ours must find out.

use std::sync::Arc;

use chinampa_honk::prove::SumcheckRound;
use chinampa_honk::relations::RelationParameters;
use chinampa_honk::{Entity, Row};
use chinampa_kernels::Fr;
use rayon::ThreadPoolBuilder;

use super::field::BenchField;
use crate::bench::{Bench, Contender, Definition, Scale};
use crate::inputs;

/// What the relations of an arithmetic circuit read, in the order of the textbook's rows; `q_arith` is one.
const TABLES: [Entity; 20] = [
    Entity::QM,
    Entity::QL,
    Entity::QR,
    Entity::QO,
    Entity::Q4,
    Entity::QC,
    Entity::WL,
    Entity::WR,
    Entity::WO,
    Entity::W4,
    Entity::Id1,
    Entity::Id2,
    Entity::Id3,
    Entity::Id4,
    Entity::Sigma1,
    Entity::Sigma2,
    Entity::Sigma3,
    Entity::Sigma4,
    Entity::ZPerm,
    Entity::ZPermShift,
];
/// Where some of them are in [`TABLES`].
const WIRES: usize = 6;
const IDS: usize = 10;
const SIGMAS: usize = 14;
const Z_PERM: usize = 18;
/// Points that determine either subrelation's sum.
const POINTS: usize = 6;
/// Evaluations that a round of the flavor sends.
const SENT: usize = 8;
/// Which powers of alpha set the two subrelations apart: those of arithmetic and of copies.
const ALPHAS: [u32; 2] = [0, 2];

pub(crate) fn definitions() -> Vec<Definition> {
    let operation = "two rows of an arithmetic circuit, of one round";
    vec![Definition { name: "sumcheck/round", operation, build: contest }]
}

fn contest(scale: Scale) -> Bench {
    let log_size: u32 = if scale == Scale::Full { 14 } else { 4 };
    let contenders = vec![
        ours(log_size),
        textbook::<ark_bn254::Fr>(log_size),
        textbook::<halo2curves::bn256::Fr>(log_size),
    ];
    Bench { operations: 1 << (log_size - 1), contenders }
}

/// Each table's values.
fn tables<F: BenchField>(log_size: u32) -> Vec<Vec<F>> {
    let table = |number: usize| {
        let bytes = inputs::elements(1 << log_size, 100 + number as u64);
        bytes.iter().map(F::decode).collect()
    };
    (0..TABLES.len()).map(table).collect()
}

/// beta and gamma of the grand product, alpha, and the gate challenge.
fn challenges<F: BenchField>() -> [F; 4] {
    let bytes = inputs::elements(4, 99);
    std::array::from_fn(|i| F::decode(&bytes[i]))
}

fn ours(log_size: u32) -> Contender {
    let mut row = Row::from_fn(|_| Vec::new());
    for (entity, table) in TABLES.into_iter().zip(tables::<Fr>(log_size)) {
        row[entity] = table;
    }
    row[Entity::QArith] = vec![Fr::ONE; 1 << log_size];
    let [beta, gamma, alpha, gate_challenge] = challenges();
    let parameters = RelationParameters::new(Fr::ONE, beta, gamma, Fr::ONE);
    let round = SumcheckRound::new(log_size, row, parameters, alpha, gate_challenge);
    let pool = Arc::new(ThreadPoolBuilder::new().num_threads(1).build().expect("one thread"));
    let encode = |univariate: Vec<Fr>| univariate.into_iter().flat_map(BenchField::encode).collect();
    Contender::new("chinampa-honk", move || pool.install(|| round.univariate()), encode)
}

fn textbook<F: BenchField>(log_size: u32) -> Contender {
    let tables = tables::<F>(log_size);
    let encode = |univariate: Vec<F>| univariate.into_iter().flat_map(BenchField::encode).collect();
    Contender::new(F::PACKAGE, move || univariate(&tables, challenges()), encode)
}

fn univariate<F: BenchField>(tables: &[Vec<F>], [beta, gamma, alpha, gate_challenge]: [F; 4]) -> Vec<F> {
    let one = small::<F>(1);
    let weights = weights(tables[0].len() / 2, gate_challenge.square());
    let mut sums = [[small::<F>(0); POINTS]; 2];
    for (edge, weight) in weights.into_iter().enumerate() {
        let mut row: [F; TABLES.len()] = std::array::from_fn(|i| tables[i][2 * edge]);
        let steps: [F; TABLES.len()] = std::array::from_fn(|i| tables[i][2 * edge + 1].sub(row[i]));
        for point in 0..POINTS {
            for (sums, value) in sums.iter_mut().zip([arithmetic(&row), permutation(&row, beta, gamma)]) {
                sums[point] = sums[point].add(weight.mul(value));
            }
            for (value, step) in row.iter_mut().zip(steps) {
                *value = value.add(step);
            }
        }
    }
    let powers: [F; 2] = ALPHAS.map(|count| (0..count).fold(one, |power, _| power.mul(alpha)));
    let extended = sums.map(extend);
    let mut pow = one;
    let step = gate_challenge.sub(one);
    (0..SENT)
        .map(|point| {
            let sum = extended[0][point].mul(powers[0]).add(extended[1][point].mul(powers[1]));
            let value = sum.mul(pow);
            pow = pow.add(step);
            value
        })
        .collect()
}

fn small<F: BenchField>(value: u8) -> F {
    let mut bytes = [0; 32];
    bytes[31] = value;
    F::decode(&bytes)
}

/// For each pair of rows the product of the challenges that its number's bits choose, each the square of the one before.
fn weights<F: BenchField>(edges: usize, first: F) -> Vec<F> {
    let (mut weights, mut challenge) = (vec![small::<F>(1)], first);
    while weights.len() < edges {
        let upper: Vec<F> = weights.iter().map(|weight| weight.mul(challenge)).collect();
        weights.extend(upper);
        challenge = challenge.square();
    }
    weights
}

fn arithmetic<F: BenchField>(row: &[F; TABLES.len()]) -> F {
    let [q_m, q_l, q_r, q_o, q_4, q_c, w_l, w_r, w_o, w_4, ..] = *row;
    let sum = q_m.mul(w_l).mul(w_r).add(q_l.mul(w_l)).add(q_r.mul(w_r));
    sum.add(q_o.mul(w_o)).add(q_4.mul(w_4)).add(q_c)
}

fn permutation<F: BenchField>(row: &[F; TABLES.len()], beta: F, gamma: F) -> F {
    let product = |names: usize| {
        let factor = |i: usize| row[WIRES + i].add(row[names + i].mul(beta)).add(gamma);
        factor(0).mul(factor(1)).mul(factor(2).mul(factor(3)))
    };
    row[Z_PERM].mul(product(IDS)).sub(row[Z_PERM + 1].mul(product(SIGMAS)))
}

/// Continues the values of a polynomial of degree below their number.
fn extend<F: BenchField>(values: [F; POINTS]) -> Vec<F> {
    let mut all = values.to_vec();
    while all.len() < SENT {
        // Differences of order POINTS vanish: the next value is the alternating sum of the last ones with binomials.
        let last = &all[all.len() - POINTS..];
        let binomials: [u8; POINTS] = [1, 6, 15, 20, 15, 6];
        let terms = last.iter().zip(binomials).enumerate();
        let next = terms.fold(small::<F>(0), |sum, (i, (value, binomial))| {
            let term = value.mul(small(binomial));
            if i % 2 == 0 { sum.sub(term) } else { sum.add(term) }
        });
        all.push(next);
    }
    all
}
