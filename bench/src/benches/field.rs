//! The BN254 scalar field: one element at a time, and slices, which ours computes in lanes.

use ark_ff::{BigInteger as _, PrimeField as _};
use chinampa_kernels::Fr;
use chinampa_kernels::field::{FrParams, batch_inverse};
use chinampa_kernels::lanes::{Kernel, LANES, Lanes, dispatch};
use halo2curves::bn256::Fr as Halo2Fr;
use halo2curves::ff::{BatchInvert as _, Field as _, PrimeField as _};

use crate::bench::{Bench, Contender, Definition, Scale};
use crate::inputs;

type ArkFr = ark_bn254::Fr;

pub(crate) fn definitions() -> Vec<Definition> {
    let bench = |name, operation, build| Definition { name, operation, build };
    vec![
        bench("fr/add-throughput", "sum of two elements, slice by slice", |scale| {
            let len = throughput(scale);
            let bench = contest(len, add_slices::<Fr>, add_slices::<ArkFr>, add_slices::<Halo2Fr>);
            Bench { operations: SHIFTS * len, ..bench }
        }),
        bench("fr/mul-latency", "product, each waiting for the last", |scale| {
            contest(
                scale.pick(4096, 8),
                product_chain::<Fr>,
                product_chain::<ArkFr>,
                product_chain::<Halo2Fr>,
            )
        }),
        bench("fr/mul-throughput", "product of two elements, slice by slice", |scale| {
            contest(throughput(scale), mul_slices::<Fr>, mul_slices::<ArkFr>, mul_slices::<Halo2Fr>)
        }),
        bench(
            "fr/mul-slices",
            "product of two elements of slices, by the best way to multiply slices",
            |scale| contest(throughput(scale), mul_all::<Fr>, mul_all::<ArkFr>, mul_all::<Halo2Fr>),
        ),
        bench("fr/fold", "line through two neighbours at a challenge", |scale| {
            let bench = contest(throughput(scale), fold::<Fr>, fold::<ArkFr>, fold::<Halo2Fr>);
            Bench { operations: bench.operations / 2, ..bench }
        }),
        bench("fr/square-latency", "square, each of the last", |scale| {
            contest(scale.pick(4096, 8), square_chain::<Fr>, square_chain::<ArkFr>, square_chain::<Halo2Fr>)
        }),
        bench("fr/inverse", "inverse of one element", |scale| {
            contest(scale.pick(256, 4), inverses::<Fr>, inverses::<ArkFr>, inverses::<Halo2Fr>)
        }),
        bench("fr/batch-inverse", "inverse of one element among many", |scale| {
            contest(
                throughput(scale),
                batch_inverses::<Fr>,
                batch_inverses::<ArkFr>,
                batch_inverses::<Halo2Fr>,
            )
        }),
        bench("fr/sqrt", "square root of a square", |scale| {
            contest(scale.pick(32, 4), roots::<Fr>, roots::<ArkFr>, roots::<Halo2Fr>)
        }),
    ]
}

/// Elements of a slice. Three slices are 768 KiB, within a second-level cache.
fn throughput(scale: Scale) -> usize {
    scale.pick(8192, 8)
}

/// What the bodies below need of a field, in each implementation's own words.
pub(super) trait BenchField: Copy + 'static {
    const PACKAGE: &'static str;
    fn decode(bytes: &[u8; 32]) -> Self;
    fn encode(self) -> Vec<u8>;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// Products of the elements of two slices.
    fn mul_all(result: &mut [Self], left: &[Self], right: &[Self]) {
        for ((result, left), right) in result.iter_mut().zip(left).zip(right) {
            *result = left.mul(*right);
        }
    }
    /// `elements[2i] + challenge (elements[2i + 1] - elements[2i])`.
    fn fold(result: &mut [Self], elements: &[Self], challenge: Self) {
        for (result, pair) in result.iter_mut().zip(elements.as_chunks::<2>().0) {
            *result = pair[0].add(pair[1].sub(pair[0]).mul(challenge));
        }
    }
    fn square(self) -> Self;
    fn inverse(self) -> Self;
    fn batch_inverse(elements: &mut [Self]);
    fn sqrt(self) -> Self;
}

impl BenchField for Fr {
    const PACKAGE: &'static str = "chinampa-kernels";
    fn decode(bytes: &[u8; 32]) -> Self {
        Self::from_be_bytes(bytes).expect("inputs are canonical")
    }
    fn encode(self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }
    fn mul_all(result: &mut [Self], left: &[Self], right: &[Self]) {
        dispatch(Products { result, left, right });
    }
    fn fold(result: &mut [Self], elements: &[Self], challenge: Self) {
        dispatch(Fold { result, elements, challenge });
    }
    #[inline(always)]
    fn square(self) -> Self {
        Self::square(&self)
    }
    fn inverse(self) -> Self {
        Self::inverse(&self).expect("inputs are not zero")
    }
    fn batch_inverse(elements: &mut [Self]) {
        batch_inverse(elements);
    }
    fn sqrt(self) -> Self {
        Self::sqrt(&self).expect("inputs are squares")
    }
}

/// Our way to multiply slices.
struct Products<'a> {
    result: &'a mut [Fr],
    left: &'a [Fr],
    right: &'a [Fr],
}

impl Kernel<FrParams> for Products<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let operands = self.left.chunks(LANES).zip(self.right.chunks(LANES));
        for (result, (left, right)) in self.result.chunks_mut(LANES).zip(operands) {
            (L::load_some(left) * L::load_some(right)).store_some(result);
        }
    }
}

/// Our way to fold, of a multiple of sixteen elements or of a few.
struct Fold<'a> {
    result: &'a mut [Fr],
    elements: &'a [Fr],
    challenge: Fr,
}

impl Kernel<FrParams> for Fold<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) {
        let challenge = L::splat(self.challenge);
        let groups = self.elements.as_chunks::<2>().0.chunks(LANES);
        for (result, pairs) in self.result.chunks_mut(LANES).zip(groups) {
            let pair = |lane: usize| pairs.get(lane).unwrap_or(&[Fr::ZERO; 2]);
            let (low, high) = L::load_pairs(std::array::from_fn(pair));
            (low + (high - low) * challenge).store_some(&mut result[..pairs.len()]);
        }
    }
}

impl BenchField for ArkFr {
    const PACKAGE: &'static str = "ark-bn254";
    fn decode(bytes: &[u8; 32]) -> Self {
        Self::from_be_bytes_mod_order(bytes)
    }
    fn encode(self) -> Vec<u8> {
        self.into_bigint().to_bytes_be()
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }
    #[inline(always)]
    fn square(self) -> Self {
        ark_ff::Field::square(&self)
    }
    fn inverse(self) -> Self {
        ark_ff::Field::inverse(&self).expect("inputs are not zero")
    }
    fn batch_inverse(elements: &mut [Self]) {
        ark_ff::batch_inversion(elements);
    }
    fn sqrt(self) -> Self {
        ark_ff::Field::sqrt(&self).expect("inputs are squares")
    }
}

impl BenchField for Halo2Fr {
    const PACKAGE: &'static str = "halo2curves";
    fn decode(bytes: &[u8; 32]) -> Self {
        let mut repr = *bytes;
        repr.reverse();
        Self::from_repr(repr.into()).expect("inputs are canonical")
    }
    fn encode(self) -> Vec<u8> {
        self.to_repr().as_ref().iter().rev().copied().collect()
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }
    #[inline(always)]
    fn square(self) -> Self {
        halo2curves::ff::Field::square(&self)
    }
    fn inverse(self) -> Self {
        self.invert().expect("inputs are not zero")
    }
    fn batch_inverse(elements: &mut [Self]) {
        elements.iter_mut().batch_invert();
    }
    fn sqrt(self) -> Self {
        halo2curves::ff::Field::sqrt(&self).expect("inputs are squares")
    }
}

/// Two slices of inputs and one of results. The left slice holds squares.
struct Slices<F> {
    left: Vec<F>,
    right: Vec<F>,
    result: Vec<F>,
}

impl<F: BenchField> Slices<F> {
    fn new(len: usize) -> Self {
        let decode = |seed| inputs::elements(len, seed).iter().map(F::decode).collect::<Vec<F>>();
        let left: Vec<F> = decode(1).into_iter().map(F::square).collect();
        Self { result: left.clone(), left, right: decode(2) }
    }
}

type Work<F> = fn(&mut Slices<F>);

/// The three fields at the same work. The answer is the slice of results.
fn contest(len: usize, ours: Work<Fr>, arkworks: Work<ArkFr>, halo2: Work<Halo2Fr>) -> Bench {
    Bench {
        operations: len,
        contenders: vec![contender(len, ours), contender(len, arkworks), contender(len, halo2)],
    }
}

fn contender<F: BenchField>(len: usize, work: Work<F>) -> Contender {
    let encode = |slices: &Slices<F>, ()| slices.result.iter().copied().flat_map(F::encode).collect();
    Contender::with_state(F::PACKAGE, Slices::new(len), work, encode)
}

/// The left slice meets the right one rotated by 0, 1, ...: so many sums that a branch predictor cannot learn by heart over
/// the rounds which of them are above the modulus, as it does with one pass. New data would not be known to it either.
const SHIFTS: usize = 8;

fn add_slices<F: BenchField>(slices: &mut Slices<F>) {
    for _ in 0..SHIFTS {
        for ((result, left), right) in slices.result.iter_mut().zip(&slices.left).zip(&slices.right) {
            *result = left.add(*right);
        }
        slices.right.rotate_left(1);
    }
    slices.right.rotate_right(SHIFTS);
}

fn mul_slices<F: BenchField>(slices: &mut Slices<F>) {
    for ((result, left), right) in slices.result.iter_mut().zip(&slices.left).zip(&slices.right) {
        *result = left.mul(*right);
    }
}

fn mul_all<F: BenchField>(slices: &mut Slices<F>) {
    F::mul_all(&mut slices.result, &slices.left, &slices.right);
}

/// The right slice, at the first element of the left one.
fn fold<F: BenchField>(slices: &mut Slices<F>) {
    F::fold(&mut slices.result, &slices.right, slices.left[0]);
}

fn product_chain<F: BenchField>(slices: &mut Slices<F>) {
    slices.result[0] = slices.right.iter().fold(slices.left[0], |product, factor| product.mul(*factor));
}

fn square_chain<F: BenchField>(slices: &mut Slices<F>) {
    slices.result[0] = slices.right.iter().fold(slices.left[0], |power, _| power.square());
}

fn inverses<F: BenchField>(slices: &mut Slices<F>) {
    for (result, element) in slices.result.iter_mut().zip(&slices.left) {
        *result = element.inverse();
    }
}

fn batch_inverses<F: BenchField>(slices: &mut Slices<F>) {
    slices.result.copy_from_slice(&slices.left);
    F::batch_inverse(&mut slices.result);
}

/// Roots are squared again, because either root is right.
fn roots<F: BenchField>(slices: &mut Slices<F>) {
    for (result, square) in slices.result.iter_mut().zip(&slices.left) {
        *result = square.sqrt().square();
    }
}
