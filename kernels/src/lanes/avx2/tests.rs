//! Vectors of the largest and oddest limbs that their bounds allow.

use super::super::interface::{LANES, Products};
use super::super::points::{PointLanes, Row, SIGN};
use super::constants::{BOUND, Constants};
use super::products::VectorProducts;
use super::register::{Doubles, Integers, WIDTH};
use super::vector::{Half, Vector, each};
use crate::backend::Backend;
use crate::field::{FieldParams, Fp, FqParams, FrParams};

type Limbs = [i64; 5];

const LIMB: i64 = 1 << 51;

/// The element that an integer stands for: the integer divided by `2^255`.
fn element<P: FieldParams>(limbs: &Limbs) -> Fp<P> {
    let radix = Fp::from(LIMB.unsigned_abs());
    let sum = limbs.iter().rev().fold(Fp::<P>::ZERO, |sum, &limb| {
        let magnitude = Fp::from(limb.unsigned_abs());
        sum * radix + if limb < 0 { -magnitude } else { magnitude }
    });
    sum * Fp::from(2u64).pow(&[255, 0, 0, 0]).inverse().unwrap()
}

/// An integer's quotient by p, about.
fn size<P: FieldParams>(limbs: &Limbs) -> f64 {
    (limbs[4] as f64 + limbs[3] as f64 / LIMB as f64) * Constants::<P>::RECIPROCAL
}

/// Integers whose lower limbs are up to `limb` and that are up to `bound` times p in size.
fn integers<P: FieldParams>(limb: i64, bound: f64) -> Vec<Limbs> {
    let highest = (bound / Constants::<P>::RECIPROCAL) as i64 - 2;
    let modulus = Constants::<P>::MODULUS.map(|limb| limb as i64);
    let half = LIMB / 2;
    let mut integers = vec![modulus, modulus.map(|limb| -limb), [0; 5], [1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]];
    for highest in [highest, -highest, 0] {
        integers.extend([[limb; 5], [-limb; 5], [half; 5], [half - 1; 5], [-half; 5]].map(|mut limbs| {
            limbs[4] = highest;
            limbs
        }));
        integers.push([limb, -limb, limb, -limb, highest]);
        integers.push([-limb, limb, -limb, limb, highest]);
        // Digits of 2^50, and of 2^50 from below.
        integers.push([1 << 25, 0, 0, 1 << 25, highest]);
        integers.push([half, 1 - half, 1, half, highest]);
    }
    integers
}

fn half(lanes: &[Limbs]) -> Half {
    each!(I => {
        let bits: [u64; WIDTH] = std::array::from_fn(|lane| (lanes[lane][I] as f64).to_bits());
        Integers::load(&bits).as_doubles()
    })
}

fn vector<P: FieldParams>(lanes: &[Limbs; LANES]) -> Vector<P> {
    Vector::new([half(&lanes[..WIDTH]), half(&lanes[WIDTH..])])
}

fn lanes<P: FieldParams>(vector: Vector<P>) -> [Limbs; LANES] {
    let mut lanes = [[0; 5]; LANES];
    for (half, lanes) in vector.halves.iter().zip(lanes.chunks_mut(WIDTH)) {
        for (i, doubles) in half.iter().enumerate() {
            let mut bits = [0; WIDTH];
            Doubles::bits(*doubles).store(&mut bits);
            for (limbs, bits) in lanes.iter_mut().zip(bits) {
                let limb = f64::from_bits(bits);
                limbs[i] = limb as i64;
                assert_eq!(limbs[i] as f64, limb, "an integer");
            }
        }
    }
    lanes
}

fn check<P: FieldParams>() {
    type Operation<P> = fn(Fp<P>, Fp<P>) -> Fp<P>;
    let integers = integers::<P>(LIMB, BOUND);
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
            let results: [(Vector<P>, Operation<P>); 6] = [
                (x.add(y), |a, b| a + b),
                (x.sub(y), |a, b| a - b),
                (x.mul(y), |a, b| a * b),
                (x.square(), |a, _| a.square()),
                (products.sum(), |a, b| a * b * Fp::from(64u64)),
                (x.neg(), |a, _| -a),
            ];
            for (number, (result, expected)) in results.into_iter().enumerate() {
                let mut stored = [Fp::ZERO; LANES];
                result.store(&mut stored);
                for (lane, limbs) in lanes(result).iter().enumerate() {
                    let expected = expected(element(&a[lane]), element(&b[lane]));
                    let context = || format!("{number} of {:x?} and {:x?}", a[lane], b[lane]);
                    let limb_max = if number == 5 { LIMB } else { LIMB / 2 + 4 };
                    assert!(limbs[..4].iter().all(|limb| limb.abs() <= limb_max), "{}", context());
                    assert!(size::<P>(limbs).abs() <= BOUND, "{}", context());
                    assert_eq!(element::<P>(limbs), expected, "{}", context());
                    assert_eq!(stored[lane], expected, "{}", context());
                }
            }
            let zeros: u8 = (0..LANES).map(|lane| u8::from(element::<P>(&a[lane]).is_zero()) << lane).sum();
            assert_eq!(x.zeros(), zeros);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn integers_at_the_bounds_are_computed_with() {
    if Backend::Avx2.is_supported() {
        check::<FrParams>();
        check::<FqParams>();
    }
}

/// Coordinates: integers around 0, p and the largest, 1.01 p.
fn coordinates<P: FieldParams>() -> Vec<[u64; 4]> {
    let modulus = P::MODULUS;
    let [low, middle, next, high] = modulus;
    let largest = [u64::MAX, u64::MAX, u64::MAX, high + high / 128];
    let below = [low - 1, middle, next, high];
    let above = [low + 1, middle, next, high];
    let bits = [u64::MAX, u64::MAX, u64::MAX, high - 1];
    vec![
        [0; 4],
        [1, 0, 0, 0],
        below,
        modulus,
        above,
        largest,
        bits,
        [0, 0, 0, high],
        [1 << 51, 1 << 38, 1 << 25, 1 << 12],
    ]
}

fn row(x: &[u64; 4], y: &[u64; 4], sign: u64) -> Row {
    [x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3] | sign]
}

fn check_points<P: FieldParams>() {
    let coordinates = coordinates::<P>();
    let inverses = integers::<P>(LIMB / 2, 1.05);
    let coordinate = |number: usize| &coordinates[number % coordinates.len()];
    let number = |limbs: &[u64; 4]| Fp::<P>::from_montgomery_below_twice(*limbs);
    let signed = |limbs: &[u64; 4], sign: u64| if sign == 0 { number(limbs) } else { -number(limbs) };
    for step in 0..coordinates.len() * inverses.len() {
        let sign = |lane: usize| if (step + lane) & 1 == 0 { 0 } else { SIGN };
        let left: [Row; LANES] =
            std::array::from_fn(|lane| row(coordinate(step), coordinate(lane + 3 * step), sign(lane)));
        let right: [Row; LANES] =
            std::array::from_fn(|lane| row(coordinate(lane), coordinate(lane + step / 3), sign(lane / 2)));
        let inverse: [Limbs; LANES] = std::array::from_fn(|lane| inverses[(lane + step) % inverses.len()]);
        let (x1, y1) = Vector::<P>::load_rows(left.each_ref());
        let (x2, y2) = Vector::<P>::load_rows(right.each_ref());
        let slope = y2.difference(y1).mul(vector::<P>(&inverse));
        let x3 = Vector::third(slope, x1, x2);
        let y3 = Vector::last(slope, x1, x3, y1);
        let denominator = lanes(x2.difference(x1).mul(vector::<P>(&inverse)));
        let rows = Vector::store_rows(x3, y3);
        let zeros = x1.integer_zeros();
        for lane in 0..LANES {
            let of = |row: &Row| {
                let [x0, x1, x2, x3, y0, y1, y2, y3] = *row;
                (number(&[x0, x1, x2, x3]), signed(&[y0, y1, y2, y3 & !SIGN], y3 & SIGN))
            };
            let ((x1, y1), (x2, y2)) = (of(&left[lane]), of(&right[lane]));
            // What stands for a coordinate among elements is twice the coordinate.
            let inverse = element::<P>(&inverse[lane]);
            assert_eq!(element::<P>(&denominator[lane]), (x2 - x1).double() * inverse);
            let slope = (y2 - y1).double() * inverse;
            let x3 = slope.square() - x1 - x2;
            let y3 = slope * (x1 - x3) - y1;
            assert_eq!(of(&rows[lane]), (x3, y3), "lane {lane} of step {step}");
            for integer in rows[lane].as_chunks::<4>().0 {
                assert!(*integer != [0; 4] && integer[3] <= P::MODULUS[3] + (P::MODULUS[3] >> 29));
            }
            assert_eq!(zeros >> lane & 1 == 1, left[lane][..4] == [0; 4]);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn coordinates_at_the_bounds_are_computed_with() {
    if Backend::Avx2.is_supported() {
        check_points::<FrParams>();
        check_points::<FqParams>();
    }
}
