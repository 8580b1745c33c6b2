//! The BN254 scalar field.

use ark_ff::{BigInteger as _, PrimeField as _};
use chinampa_kernels::Fr;
use chinampa_kernels::field::batch_inverse;
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
trait BenchField: Copy + 'static {
    const PACKAGE: &'static str;
    fn decode(bytes: &[u8; 32]) -> Self;
    fn encode(self) -> Vec<u8>;
    fn add(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
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
    fn mul(self, other: Self) -> Self {
        self * other
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
