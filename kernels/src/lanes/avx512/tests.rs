//! Vectors of the largest and oddest integers that their bound allows.

use super::super::interface::{LANES, Products};
use super::products::VectorProducts;
use super::register::Register;
use super::vector::Vector;
use crate::backend::Backend;
use crate::field::{FieldParams, Fp, FqParams, FrParams};

type Limbs = [u64; 4];

fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let mut carry = false;
    std::array::from_fn(|i| {
        let (sum, first) = a[i].overflowing_add(b[i]);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        carry = first | second;
        sum
    })
}

fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    let mut borrow = false;
    std::array::from_fn(|i| {
        let (difference, first) = a[i].overflowing_sub(b[i]);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        borrow = first | second;
        difference
    })
}

fn is_below(a: &Limbs, b: &Limbs) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `p + 2^253 + 2^210`.
fn bound<P: FieldParams>() -> Limbs {
    add(&P::MODULUS, &[0, 0, 0, (1 << 61) + (1 << 18)])
}

/// Integers below the bound: its largest, and those around each multiple of p and each interval's start.
fn integers<P: FieldParams>() -> Vec<Limbs> {
    let mut integers = vec![[0; 4], [1, 0, 0, 0], sub(&bound::<P>(), &[1, 0, 0, 0])];
    integers.push([u64::MAX, u64::MAX, u64::MAX, (1 << 61) - 1]);
    for centre in [P::MODULUS, [0, 0, 0, 1 << 61], [0, 0, 0, 1 << 62]] {
        integers.extend([sub(&centre, &[1, 0, 0, 0]), centre, add(&centre, &[1, 0, 0, 0])]);
    }
    integers.extend([[u64::MAX, 0, 0, 1 << 60], [0, 0, u64::MAX, 0], [1 << 52, 1 << 40, 1 << 28, 1 << 16]]);
    integers
}

fn vector<P: FieldParams>(lanes: &[Limbs; LANES]) -> Vector<P> {
    let column = |limb: usize| Register::load(&std::array::from_fn(|lane| lanes[lane][limb]));
    Vector::unpack(&[column(0), column(1), column(2), column(3)])
}

fn lanes<P: FieldParams>(vector: Vector<P>) -> [Limbs; LANES] {
    let mut columns = [[0; LANES]; 4];
    for (column, register) in columns.iter_mut().zip(vector.pack()) {
        register.store(column);
    }
    std::array::from_fn(|lane| std::array::from_fn(|limb| columns[limb][lane]))
}

fn check<P: FieldParams>() {
    let integers = integers::<P>();
    let element = |limbs: &Limbs| Fp::<P>::from_montgomery_below_twice(*limbs);
    for shift in 0..integers.len() {
        for start in (0..integers.len()).step_by(LANES) {
            let a: [Limbs; LANES] = std::array::from_fn(|lane| integers[(start + lane) % integers.len()]);
            let b: [Limbs; LANES] =
                std::array::from_fn(|lane| integers[(start + lane + shift) % integers.len()]);
            let (x, y) = (vector::<P>(&a), vector::<P>(&b));
            let mut products = <VectorProducts as Products<Vector<P>>>::new();
            for _ in 0..64 {
                products.add(x, y);
            }
            let factor = Fp::from(64u64);
            type Operation<P> = fn(Fp<P>, Fp<P>) -> Fp<P>;
            let results: [(Vector<P>, Operation<P>); 6] = [
                (x.add(y), |a, b| a + b),
                (x.sub(y), |a, b| a - b),
                (x.mul(y), |a, b| a * b),
                (x.square(), |a, _| a.square()),
                (x.reduced(), |a, _| a),
                (products.sum(), |a, b| a * b),
            ];
            for (number, (result, expected)) in results.into_iter().enumerate() {
                for (lane, limbs) in lanes(result).iter().enumerate() {
                    let mut expected = expected(element(&a[lane]), element(&b[lane]));
                    if number == 5 {
                        expected *= factor;
                    }
                    assert!(is_below(limbs, &bound::<P>()), "{number} of {:x?} and {:x?}", a[lane], b[lane]);
                    assert_eq!(element(limbs), expected, "{number} of {:x?} and {:x?}", a[lane], b[lane]);
                }
            }
            let zeros: u8 = (0..LANES).map(|lane| u8::from(element(&a[lane]).is_zero()) << lane).sum();
            assert_eq!(x.zeros(), zeros);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn integers_at_the_bound_are_computed_with() {
    if Backend::Avx512Ifma.is_supported() {
        check::<FrParams>();
        check::<FqParams>();
    }
}
