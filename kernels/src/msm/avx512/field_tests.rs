//! Lanes against single elements, at the bounds that the functions promise to keep.

use super::super::is_supported;
use super::*;
use crate::field::{Fp, FqParams, FrParams};

/// A lane's integer modulo p.
fn element<P: FieldParams>(vector: &Vector, lane: usize) -> Fp<P> {
    let step = Fp::<P>::from(1u64 << LIMB_BITS);
    limbs(vector, lane).iter().rev().fold(Fp::ZERO, |sum, &limb| sum * step + Fp::from(limb))
}

fn limbs(vector: &Vector, lane: usize) -> Limbs52 {
    vector.0.map(|register| {
        // SAFETY: both are 64 bytes, and every bit pattern is eight integers.
        let lanes: [u64; LANES] = unsafe { std::mem::transmute(register) };
        lanes[lane]
    })
}

fn vector(lanes: &[Limbs52; LANES]) -> Vector {
    Vector(std::array::from_fn(|limb| {
        let column: [u64; LANES] = std::array::from_fn(|lane| lanes[lane][limb]);
        // SAFETY: as above.
        unsafe { std::mem::transmute::<[u64; LANES], __m512i>(column) }
    }))
}

const fn is_below(a: &Limbs52, b: &Limbs52) -> bool {
    let mut i = 5;
    while i > 0 {
        i -= 1;
        if a[i] != b[i] {
            return a[i] < b[i];
        }
    }
    false
}

/// Edge values below `2^260`, eight at a time.
fn edges<P: FieldParams>() -> [Limbs52; LANES] {
    let m = Constants::<P>::MODULUS;
    let full = [LIMB_MASK; 5];
    let mut below = m;
    below[0] -= 1;
    let mut above = m;
    above[0] += 1;
    [[0; 5], [1, 0, 0, 0, 0], below, m, above, Constants::<P>::FOUR_TIMES, full, [0, 0, 0, 0, LIMB_MASK]]
}

fn check<P: FieldParams>() {
    let edges = edges::<P>();
    let a = vector(&edges);
    // SAFETY: the caller has checked for the instructions.
    let settled = unsafe { settle::<P>(&a) };
    let twice = Constants::<P>::TWICE;
    for lane in 0..LANES {
        assert_eq!(element::<P>(&settled, lane), element::<P>(&a, lane));
        assert!(is_below(&limbs(&settled, lane), &twice));
        assert!(limbs(&settled, lane).iter().all(|&limb| limb <= LIMB_MASK));
    }
    let factor = Fp::<P>::from(1u64 << 52).pow(&[5, 0, 0, 0]).inverse().unwrap();
    for shift in 0..LANES {
        let rotated: [Limbs52; LANES] = std::array::from_fn(|lane| edges[(lane + shift) % LANES]);
        // Products of the largest operands that additions have: one below 64 p, one settled.
        // SAFETY: as above.
        let (b, product) = unsafe {
            let b = settle::<P>(&vector(&rotated));
            (b, mul::<P>(&a, &b))
        };
        let zero = vector(&[[0; 5]; LANES]);
        // SAFETY: as above.
        let difference = unsafe { sub(&sub(&settled, &b, &twice), &zero, &twice) };
        for lane in 0..LANES {
            let (x, y) = (element::<P>(&a, lane), element::<P>(&b, lane));
            assert_eq!(element::<P>(&product, lane), x * y * factor);
            assert!(is_below(&limbs(&product, lane), &Constants::<P>::FOUR_TIMES));
            assert_eq!(element::<P>(&difference, lane), x - y);
        }
    }
}

#[test]
fn lanes_are_elements() {
    if is_supported() {
        check::<FrParams>();
        check::<FqParams>();
    }
}
