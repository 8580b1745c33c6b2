//! Every backend against single elements, on edge values, any values and all tail lengths.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::interface::{LANES, Lanes, MAX_PRODUCTS, Products};
use super::portable::Portable;
use super::{Kernel, dispatch};
use crate::backend::Backend;
use crate::field::{FieldParams, Fp, FqParams, FrParams};

/// Tries of a law; Miri takes minutes for one.
const CASES: u32 = if cfg!(miri) { 1 } else { 256 };

/// All results of one pair of vectors.
type Results<P> = Vec<[Fp<P>; LANES]>;

/// Every operation.
struct Operations<'a, P: FieldParams> {
    a: &'a [Fp<P>; LANES],
    b: &'a [Fp<P>; LANES],
    integers: &'a [i32; LANES],
}

impl<P: FieldParams> Kernel<P> for Operations<'_, P> {
    type Output = (Results<P>, Vec<u8>);

    #[inline(always)]
    fn run<L: Lanes<P>>(self) -> Self::Output {
        let (a, b) = (L::load(self.a), L::load(self.b));
        let constant = self.b[0];
        let mut assigned = [a; 3];
        assigned[0] += b;
        assigned[1] -= b;
        assigned[2] *= b;
        let mut products = L::Products::new();
        for count in 0..MAX_PRODUCTS {
            let factor = L::splat(Fp::from(u64::from(count)));
            products.add(a * factor, b);
        }
        let both: [[Fp<P>; 2]; LANES] = std::array::from_fn(|i| [self.a[i], self.b[i]]);
        let pairs: [L; 2] = L::load_pairs(both.each_ref()).into();
        let mut swapped = both;
        L::store_pairs(pairs[1], pairs[0] + pairs[0], swapped.each_mut());
        let written: [[Fp<P>; LANES]; 2] =
            std::array::from_fn(|number| std::array::from_fn(|i| swapped[i][number]));
        let vectors = [
            a,
            a + b,
            a - b,
            a * b,
            -a,
            a + constant,
            a - constant,
            a * constant,
            assigned[0],
            assigned[1],
            assigned[2],
            a.double(),
            a.square(),
            L::splat(constant),
            L::zero(),
            L::one(),
            products.sum(),
            L::Products::new().sum(),
            L::scale(self.integers, L::factor(constant)),
            L::scale(self.integers, L::factor(Fp::ONE)),
            a.replace(0b1010_0110, b),
            pairs[0],
            pairs[1],
            L::load(&written[0]),
            L::load(&written[1]),
            // Sums and differences of what is not reduced.
            (a + a) * (b + b) - (a - b) * (b - a) + (-a).square(),
        ];
        let zeros = vec![a.zeros(), (b + (-b)).zeros(), (a * b).zeros(), (a + (-a)).zeros(), (a - b).zeros()];
        (vectors.map(L::to_array).to_vec(), zeros)
    }
}

fn check_operations<P: FieldParams>(a: &[Fp<P>; LANES], b: &[Fp<P>; LANES], integers: &[i32; LANES]) {
    let operations = || Operations { a, b, integers };
    let integer = |integer: i32| {
        let magnitude = Fp::from(integer.unsigned_abs());
        if integer < 0 { -magnitude } else { magnitude }
    };
    let expected: Results<P> = {
        let each = |f: &dyn Fn(Fp<P>, Fp<P>, Fp<P>) -> Fp<P>| -> [Fp<P>; LANES] {
            std::array::from_fn(|i| f(a[i], b[i], integer(integers[i])))
        };
        let constant = b[0];
        let count = u64::from(MAX_PRODUCTS);
        let triangle = Fp::from(count * (count - 1) / 2);
        vec![
            *a,
            each(&|a, b, _| a + b),
            each(&|a, b, _| a - b),
            each(&|a, b, _| a * b),
            each(&|a, _, _| -a),
            each(&|a, _, _| a + constant),
            each(&|a, _, _| a - constant),
            each(&|a, _, _| a * constant),
            each(&|a, b, _| a + b),
            each(&|a, b, _| a - b),
            each(&|a, b, _| a * b),
            each(&|a, _, _| a.double()),
            each(&|a, _, _| a.square()),
            [constant; LANES],
            [Fp::ZERO; LANES],
            [Fp::ONE; LANES],
            each(&|a, b, _| a * b * triangle),
            [Fp::ZERO; LANES],
            each(&|_, _, integer| integer * constant),
            each(&|_, _, integer| integer),
            std::array::from_fn(|i| if 0b1010_0110 >> i & 1 == 1 { b[i] } else { a[i] }),
            *a,
            *b,
            *b,
            each(&|a, _, _| a.double()),
            each(&|a, b, _| a.double() * b.double() - (a - b) * (b - a) + a.square()),
        ]
    };
    let mask = |f: &dyn Fn(Fp<P>, Fp<P>) -> Fp<P>| -> u8 {
        (0..LANES).map(|i| u8::from(f(a[i], b[i]).is_zero()) << i).sum()
    };
    let zeros = vec![mask(&|a, _| a), u8::MAX, mask(&|a, b| a * b), u8::MAX, mask(&|a, b| a - b)];
    let expected = (expected, zeros);
    assert_eq!(operations().run::<Portable<P>>(), expected);
    for backend in Backend::ALL {
        if backend.force().is_ok() {
            assert_eq!(dispatch(operations()), expected, "{backend}");
        }
    }
}

/// Zero, one, their neighbours, patterns of bits, and elements whose Montgomery forms are those.
fn edges<P: FieldParams>() -> Vec<Fp<P>> {
    let patterns =
        [0, 1, 2, 3, 0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa, u64::MAX, 1 << 52, (1 << 52) - 1];
    let mut edges: Vec<Fp<P>> =
        patterns.into_iter().flat_map(|limb| [Fp::from(limb), -Fp::from(limb)]).collect();
    for power in [51, 52, 63, 64, 104, 127, 128, 156, 192, 208, 252, 253] {
        let power = Fp::from(2u64).pow(&[power, 0, 0, 0]);
        edges.extend([power, -power, power - Fp::ONE]);
    }
    // An element whose form is `form`: the form is the element times 2^256.
    let factor = Fp::<P>::from(2u64).pow(&[256, 0, 0, 0]).inverse().unwrap();
    for i in 0..edges.len() {
        edges.push(edges[i] * factor);
    }
    edges
}

fn check_edges<P: FieldParams>() {
    let edges = edges::<P>();
    let integers = [0, 1, -1, i32::MIN, i32::MAX, 1 - i32::MAX, 0x5555_5555, 1 << 28];
    for (i, &left) in edges.iter().enumerate() {
        for start in (0..edges.len()).step_by(LANES) {
            let b = std::array::from_fn(|lane| edges[(start + lane) % edges.len()]);
            let a = std::array::from_fn(
                |lane| if lane % 2 == 0 { left } else { edges[(i + lane) % edges.len()] },
            );
            check_operations(&a, &b, &integers);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn edges_are_computed_with() {
    check_edges::<FrParams>();
    check_edges::<FqParams>();
}

fn check_any<P: FieldParams>() {
    let vector =
        prop::array::uniform8(any::<[u8; 32]>().prop_map(|bytes| Fp::<P>::from_be_bytes_reduced(&bytes)));
    let integers = prop::array::uniform8(any::<i32>());
    TestRunner::new(Config::with_cases(CASES))
        .run(&(vector.clone(), vector, integers), |(a, b, integers)| {
            check_operations(&a, &b, &integers);
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_elements_are_computed_with() {
    check_any::<FrParams>();
    check_any::<FqParams>();
}

/// `2 x + 1` of a slice of any length.
struct Lines<'a, P: FieldParams>(&'a mut [Fp<P>]);

impl<P: FieldParams> Kernel<P> for Lines<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<P>>(self) {
        for group in self.0.chunks_mut(LANES) {
            (L::load_some(group).double() + L::one()).store_some(group);
        }
    }
}

#[test]
fn tails_of_every_length_are_loaded_and_stored() {
    for len in 0..=17u64 {
        let elements: Vec<Fp<FrParams>> = (0..len).map(|i| -Fp::from(i)).collect();
        let expected: Vec<_> = elements.iter().map(|element| element.double() + Fp::ONE).collect();
        let mut portable = elements.clone();
        Lines(&mut portable).run::<Portable<FrParams>>();
        assert_eq!(portable, expected);
        for backend in Backend::ALL {
            if backend.force().is_ok() {
                let mut lines = elements.clone();
                dispatch(Lines(&mut lines));
                assert_eq!(lines, expected, "{backend}");
            }
        }
    }
}

/// A sum of `0` products.
struct Count(u32);

impl Kernel<FrParams> for Count {
    type Output = bool;

    #[inline(always)]
    fn run<L: Lanes<FrParams>>(self) -> bool {
        let mut products = L::Products::new();
        for _ in 0..self.0 {
            products.add(-L::one(), -L::one());
        }
        products.sum().to_array() == [Fp::from(u64::from(self.0)); LANES]
    }
}

#[test]
fn the_largest_number_of_products_is_summed() {
    for backend in Backend::ALL {
        if backend.force().is_ok() {
            assert!(dispatch(Count(MAX_PRODUCTS)));
        }
    }
}

#[test]
#[should_panic(expected = "at most 64 products")]
fn too_many_products_are_refused() {
    dispatch(Count(MAX_PRODUCTS + 1));
}
